/** Reads what a compressed log file holds, of a damaged one everything before the damage. */
import { LogError } from './errors.js';
import { Inflater } from './inflater.js';
import type { LogFile } from './log-file.js';

/** Bytes that are read at a time; each can become 1032, which are all in memory. */
const PIECE = 32 * 1024;
/**
 * A step that fails loses what it has decompressed. So the file is read again, up to the step that failed as before, and then in
 * smaller ones.
 */
const STEPS = [PIECE, 512, 1] as const;

/** A step that failed: where its bytes are, and how many decompressed ones are known before. */
interface Damage {
  readonly start: number;
  readonly end: number;
  readonly known: number;
  readonly failure: Error | undefined;
}

/**
 * The content in pieces. The file stays open.
 *
 * @throws {@link LogError} after what can be read of a damaged file
 */
export async function* gunzip(file: LogFile): AsyncGenerator<Buffer> {
  let damage: Damage = { start: 0, end: 0, known: 0, failure: undefined };
  for (const step of STEPS) {
    const found: Damage | undefined = yield* inflate(file, damage, step);
    if (found === undefined) return;
    damage = found;
  }
  const { failure: cause } = damage;
  throw new LogError(`cannot decompress the log ${file.path}: ${cause?.message}`, { cause });
}

/** The content after the known bytes; in small steps where there is damage. */
async function* inflate(
  file: LogFile,
  { start, end, known }: Damage,
  step: number,
): AsyncGenerator<Buffer, Damage | undefined> {
  const inflater = new Inflater();
  let seen = 0;
  for (let at = 0; ;) {
    const length = at < start ? Math.min(PIECE, start - at) : at < end ? step : PIECE;
    const piece = await file.read(at, length);
    for (const out of await (piece.length > 0 ? inflater.feed(piece) : inflater.finish())) {
      const fresh = out.subarray(Math.max(known - seen, 0));
      seen += out.length;
      if (fresh.length > 0) yield fresh;
    }
    const { failure } = inflater;
    if (failure !== undefined) return { start: at, end: at + piece.length, known: Math.max(seen, known), failure };
    if (piece.length === 0) return undefined;
    at += piece.length;
  }
}
