/**
 * The journal's export format, https://systemd.io/JOURNAL_EXPORT_FORMATS/: fields `NAME=text` and a newline, or, for any
 * bytes, `NAME`, a newline, the length as 64 bits little-endian, the bytes and a newline. An empty line ends an entry.
 */
import { LogError } from './errors.js';

/** The fields of an entry. */
export type JournalEntry = ReadonlyMap<string, Buffer>;

const NEWLINE = 0x0a;
const EQUALS = 0x3d;
const LENGTH_BYTES = 8;
/** journald takes no larger field. */
const LARGEST_FIELD = 768n << 20n;

/** The entries of such a stream. One that the end of the stream cuts off is left out: its writer was killed. */
export async function* readExport(stream: AsyncIterable<unknown>): AsyncGenerator<JournalEntry> {
  let bytes: Buffer = Buffer.alloc(0);
  let entry = new Map<string, Buffer>();
  for await (const piece of stream) {
    if (!Buffer.isBuffer(piece)) continue;
    bytes = bytes.length === 0 ? piece : Buffer.concat([bytes, piece]);
    let at = 0;
    for (let line = readLine(bytes, at); line !== undefined; line = readLine(bytes, at)) {
      at = line.end;
      if (line.name !== '') entry.set(line.name, line.value);
      else if (entry.size > 0) {
        yield entry;
        entry = new Map();
      }
    }
    bytes = bytes.subarray(at);
  }
}

interface Line {
  /** Empty for the line that ends an entry. */
  readonly name: string;
  readonly value: Buffer;
  /** Where the next one begins. */
  readonly end: number;
}

/** Undefined when it has not been read to its end. */
function readLine(bytes: Buffer, start: number): Line | undefined {
  const newline = bytes.indexOf(NEWLINE, start);
  if (newline < 0) return undefined;
  const equals = bytes.subarray(start, newline).indexOf(EQUALS);
  const nameEnd = equals < 0 ? newline : start + equals;
  const name = bytes.toString('latin1', start, nameEnd);
  if (equals >= 0 || name === '') return { name, value: bytes.subarray(nameEnd + 1, newline), end: newline + 1 };
  const valueStart = newline + 1 + LENGTH_BYTES;
  if (bytes.length < valueStart) return undefined;
  const length = bytes.readBigUInt64LE(newline + 1);
  if (length > LARGEST_FIELD) throw new LogError(`journalctl printed a field ${name} of ${length} bytes`);
  const end = valueStart + Number(length);
  return bytes.length <= end ? undefined : { name, value: bytes.subarray(valueStart, end), end: end + 1 };
}
