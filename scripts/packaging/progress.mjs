/**
 * Says on a terminal what is being done. In a pipe or a file there is nobody who waits: nothing is said.
 * @module
 */
import ora from 'ora';

/**
 * On stderr; stdout is for the results.
 * @template T
 * @param {(now: (doing: string) => void) => Promise<T>} work calls `now` with what it is doing from then on
 * @param {NodeJS.WriteStream} [stream]
 */
export async function withProgress(work, stream = process.stderr) {
  // A terminal without a width, as some programs make them, cannot be drawn on: the spinner would fill it without end.
  const isSilent = stream.isTTY !== true || !(stream.columns > 0);
  const spinner = ora({ stream, isSilent, discardStdin: false });
  let begun = performance.now();
  const done = () => {
    if (spinner.isSpinning) spinner.succeed(`${spinner.text} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
    begun = performance.now();
  };
  try {
    const result = await work((doing) => {
      done();
      spinner.start(doing);
    });
    done();
    return result;
  } catch (error) {
    if (spinner.isSpinning) spinner.fail();
    throw error;
  }
}
