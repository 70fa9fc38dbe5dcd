/**
 * Colours, on a terminal only; `NO_COLOR` (https://no-color.org) and `TERM=dumb` switch them off there.
 */
import picocolors from 'picocolors';

type Painter = (text: string) => string;

/** What a piece of text is, not how it looks. */
export interface Paint {
  readonly strong: Painter;
  readonly faint: Painter;
  readonly good: Painter;
  readonly warm: Painter;
  readonly bad: Painter;
}

/** For a stream that is a terminal or not: stdout, unless given. */
export function paint(isTerminal = process.stdout.isTTY === true, env: NodeJS.ProcessEnv = process.env): Paint {
  const { bold, dim, green, yellow, red } = picocolors.createColors(
    isTerminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
  );
  return { strong: bold, faint: dim, good: green, warm: yellow, bad: red };
}
