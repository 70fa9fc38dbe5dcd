// Runs a command in a root file system, without a bundle, and collects what other commands in the container print. Ends with the
// status of the first command, also after an interrupt.
//
//   node run.mjs ROOTFS COMMAND [ARGUMENT…]
import { run } from 'conmon-node';

const [rootfs, command, ...rest] = process.argv.slice(2);
if (rootfs === undefined || command === undefined) {
  console.error('usage: node run.mjs ROOTFS COMMAND [ARGUMENT…]');
  process.exit(125);
}
const container = await run({ rootfs, args: [command, ...rest], env: { GREETING: 'hello' } });
try {
  process.once('SIGINT', () => container.stop({ timeout: 2 }).catch(console.error));
  container.on('exit', ({ status }) => console.error(`ended with ${status}`));
  for await (const { text } of container.log({ follow: true })) console.log(text.toString());
  const { status } = await container.wait();
  process.exitCode = status & 0xff;
} finally {
  await container.delete();
}
