/**
 * The size of a terminal on a command line.
 */
import { MAX_WINDOW_SIZE } from '../../planner/constants.js';
import { CtlError } from '../error.js';

/** In characters. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** `24x80`, height first. Throws a {@link CtlError}. */
export function parseSize(text: string): Size {
  const [, rows, columns] = /^(\d{1,4})x(\d{1,4})$/.exec(text) ?? [];
  const size = { rows: Number(rows), columns: Number(columns) };
  if (size.rows <= MAX_WINDOW_SIZE && size.columns <= MAX_WINDOW_SIZE) return size;
  throw new CtlError(`this is not a size: ${JSON.stringify(text)}`, {
    advice: `HEIGHTxWIDTH, up to ${MAX_WINDOW_SIZE}: 24x80`,
  });
}
