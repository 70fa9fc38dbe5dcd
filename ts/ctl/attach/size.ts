/**
 * The size of a terminal on a command line.
 */
import { CtlError } from '../error.js';

/** In characters. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** What monitors take. */
export const MOST = 1000;

/** `24x80`, height first. Throws a {@link CtlError}. */
export function parseSize(text: string): Size {
  const [, rows, columns] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  const size = { rows: Number(rows), columns: Number(columns) };
  if (size.rows <= MOST && size.columns <= MOST) return size;
  throw new CtlError(`this is not a size: ${JSON.stringify(text)}`, { advice: `HEIGHTxWIDTH, up to ${MOST}: 24x80` });
}
