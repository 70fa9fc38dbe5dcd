/** Reads json-file logs strictly: a record not in Docker's own form is an error. */
import { readFileSync } from 'node:fs';

export interface DockerRecord {
  readonly log: string;
  readonly stream: 'stdout' | 'stderr';
  /** RFC 3339, UTC. */
  readonly time: string;
}

const RECORD =
  /^\{"log":"(?:[^"\\<>&]|\\.)*","stream":"(?:stdout|stderr)","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,8}[1-9])?Z"\}$/;

/** All records of a log. */
export function readDockerLog(path: string): DockerRecord[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.pop() !== '') throw new Error('the last record has no newline');
  return lines.map((line) => {
    if (!RECORD.test(line)) throw new Error(`not a record: ${JSON.stringify(line)}`);
    return JSON.parse(line) as DockerRecord;
  });
}

/** What the container wrote to one stream. */
export function joinedLog(records: readonly DockerRecord[], stream: 'stdout' | 'stderr'): string {
  return records
    .filter((record) => record.stream === stream)
    .map((record) => record.log)
    .join('');
}
