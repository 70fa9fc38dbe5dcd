// Runs a command in a container that is started for it, with stdout and stderr apart. Our input is the command's. Ends with its
// status; with 127 when it could not be executed.
//
//   node exec.mjs BUNDLE RUNTIME COMMAND [ARGUMENT…]
import { RuntimeError, startContainer } from 'conmon-node';

const [bundle, runtime, command, ...rest] = process.argv.slice(2);
if (bundle === undefined || command === undefined) {
  console.error('usage: node exec.mjs BUNDLE RUNTIME COMMAND [ARGUMENT…]');
  process.exit(125);
}
const container = await startContainer({ bundle, runtime, logPath: ['none'] });
try {
  const child = await container.exec({ args: [command, ...rest], stdin: true });
  process.stdin.pipe(child.streams).pipe(process.stdout);
  child.streams.stderr.pipe(process.stderr);
  const { status } = await child.wait();
  process.exitCode = status & 0xff;
} catch (error) {
  if (!(error instanceof RuntimeError)) throw error;
  console.error(error.message);
  process.exitCode = 127;
} finally {
  process.stdin.destroy();
  await container.delete();
}
