/** Whether a compressed file is made from a file that we know: it then begins with the same record, whose time is exact. */
import { gunzip } from './gunzip.js';
import type { LogFile } from './log-file.js';

const COMPARED = 512;

/** Whether two files, of which the first is compressed, begin with the same bytes. An empty file matches no other. */
export async function beginsAlike(packed: LogFile, other: LogFile): Promise<boolean> {
  const wanted = await other.read(0, COMPARED);
  const found = await beginningOfPacked(packed);
  const length = Math.min(wanted.length, found.length);
  return length > 0 && wanted.subarray(0, length).equals(found.subarray(0, length));
}

/** Empty when it cannot be decompressed: that is reported when it is read. */
async function beginningOfPacked(file: LogFile): Promise<Buffer> {
  try {
    for await (const piece of gunzip(file)) return piece.subarray(0, COMPARED);
  } catch {
    return Buffer.alloc(0);
  }
  return Buffer.alloc(0);
}
