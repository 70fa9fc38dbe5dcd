// Leaves a container running, and finds it again in another run of the program.
//
//   node find-again.mjs ROOTFS          starts one, and prints its id
//   node find-again.mjs --end ID        says what it does, ends it, and removes it
import { Container, ContainerError, run } from 'conmon-node';

const [first, id] = process.argv.slice(2);
if (first === undefined || (first === '--end') === (id === undefined)) {
  console.error('usage: node find-again.mjs ROOTFS, or node find-again.mjs --end ID');
  process.exit(125);
}
if (id === undefined) {
  const { cid } = await run({
    rootfs: first,
    args: ['/bin/sh', '-c', 'trap "exit 3" TERM; while :; do sleep 1; done'],
  });
  console.log(cid);
} else {
  try {
    const container = await Container.open(id);
    const { stdout, exitCode } = await container.execOutput({ args: ['/bin/sh', '-c', 'echo "pid $$"'] });
    console.log((await container.state()).status, exitCode, stdout.trim());
    const { status } = await container.stop({ timeout: 5 });
    await container.delete();
    console.log(`ended with ${status}`);
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  }
}
