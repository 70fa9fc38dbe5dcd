/**
 * Starts a container and prints its log while it is written: run-and-log BUNDLE [RUNTIME]. Ends with the container's status.
 */
import { startContainer } from 'conmon-node';

const [bundle = '.', runtime] = process.argv.slice(2);
const container = await startContainer({ bundle, runtime });
for await (const { time, stream, text } of container.log({ follow: true })) {
  console.log(time, stream, text.toString());
}
const { status } = await container.wait();
await container.delete();
process.exitCode = status & 0xff;
