/**
 * Something the reader can put right: printed without a stack trace.
 * @module
 */
export class Problem extends Error {
  name = 'Problem';
}

/**
 * Runs a script's main function and turns what it throws into a message and an exit status.
 * @param {() => Promise<number>} main resolves with the exit status
 */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof Problem ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
