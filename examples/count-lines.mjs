// Counts the lines of each stream of a log, across its rotated files. With --follow it continues, also across rotation, until it is
// interrupted (SIGINT).
//
//   node count-lines.mjs LOG [--follow]
import { joinLines, readLog } from 'conmon-node';

const [log, option] = process.argv.slice(2);
if (log === undefined) {
  console.error('usage: node count-lines.mjs LOG [--follow]');
  process.exit(125);
}
// Until the promise is settled, and then to the end of what there is.
const follow =
  option === '--follow' ? new Promise((resolve) => process.once('SIGINT', () => resolve(undefined))) : false;

const counts = { stdout: 0, stderr: 0, parts: 0 };
const records = readLog(log, { follow, onMalformed: (error) => console.error(error.message) });
for await (const { stream, partial } of joinLines(records)) counts[partial ? 'parts' : stream] += 1;
console.log(`${counts.stdout} lines of stdout, ${counts.stderr} of stderr, ${counts.parts} without an end`);
