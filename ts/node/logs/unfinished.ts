/** The last line of a log, while it has no newline: its writer is about to finish it, or has gone. */
import { linesFromEnd } from './backwards.js';
import type { FileReader } from './file-reader.js';
import type { LogFile } from './log-file.js';
import type { ReadLogOptions } from './options.js';

/** Whether such a line is read as it is, because no process will finish it. */
export type OnUnfinished = NonNullable<ReadLogOptions['onUnfinished']>;

/** A last line without a newline. */
export type UnfinishedLine = Parameters<OnUnfinished>[0];

/** Whether the last line that was read has no newline and will not get one. */
export async function isLastLine(
  { file, unfinishedAt }: FileReader,
  onUnfinished: OnUnfinished | undefined,
): Promise<boolean> {
  if (unfinishedAt === undefined || onUnfinished === undefined) return false;
  return onUnfinished({ path: file.path, offset: unfinishedAt });
}

/** The last line of a file if it has no newline; undefined if it has one. */
export async function unfinishedLine(file: LogFile): Promise<UnfinishedLine | undefined> {
  const size = file.size();
  let offset = size;
  await linesFromEnd(file, true, (_bytes, start, end, at) => {
    offset = end > start ? at : size;
    return true;
  });
  return offset < size ? { path: file.path, offset } : undefined;
}
