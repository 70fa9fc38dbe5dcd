// Starts a container from an OCI bundle and prints its log while it is written. Ends with the container's status.
//
//   node run-and-log.mjs BUNDLE [RUNTIME]
import { startContainer } from 'conmon-node';

const [bundle, runtime] = process.argv.slice(2);
if (bundle === undefined) {
  console.error('usage: node run-and-log.mjs BUNDLE [RUNTIME]');
  process.exit(125);
}
const container = await startContainer({ bundle, runtime });
try {
  for await (const { time, stream, text } of container.log({ follow: true })) {
    console.log(time, stream, text.toString());
  }
  const { status } = await container.wait();
  process.exitCode = status & 0xff;
} finally {
  await container.delete();
}
