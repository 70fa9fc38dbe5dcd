/**
 * Follows a log, also across its rotation, and counts the lines of each stream: count-lines LOG. Prints the counts when it is
 * interrupted (SIGINT).
 */
import { joinLines, type MalformedRecord, readLog } from 'conmon-node';

const [log = 'ctr.log'] = process.argv.slice(2);
const interrupted = new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
const onMalformed = (error: MalformedRecord): void => console.error(error.message);

const counts = { stdout: 0, stderr: 0, parts: 0 };
// Until the promise is settled, and then to the end of what there is.
for await (const { stream, partial } of joinLines(readLog(log, { follow: interrupted, onMalformed }))) {
  counts[partial ? 'parts' : stream] += 1;
}
console.log(`${counts.stdout} lines of stdout, ${counts.stderr} of stderr, ${counts.parts} without an end`);
