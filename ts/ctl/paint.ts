/**
 * The few colours we use: ECMA-48 SGR sequences, on a terminal only.
 */

type Painter = (text: string) => string;

export interface Paint {
  readonly strong: Painter;
  readonly faint: Painter;
  readonly warm: Painter;
}

export function paint(isTerminal: boolean): Paint {
  const sgr = (on: number, off: number): Painter => {
    return isTerminal ? (text) => `\u001b[${on}m${text}\u001b[${off}m` : (text) => text;
  };
  return { strong: sgr(1, 22), faint: sgr(2, 22), warm: sgr(33, 39) };
}
