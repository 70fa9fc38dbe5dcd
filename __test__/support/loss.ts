/** The losses reported in a log. */
import type { Test } from 'tap';
import type { LogRecord } from './cri-log.js';

/** The text of a record that reports a loss: bytes, lines, reason. */
export const LOST = /^conmon: lost (\d+) bytes in (\d+) lines: ([^\n]*)\n?$/;

interface Loss {
  readonly bytes: number;
  readonly lines: number;
  readonly reason: string;
}

/** The losses that a log reports. */
export function losses(records: readonly LogRecord[]): Loss[] {
  return records.flatMap(({ text }) => {
    const [, bytes, lines, reason] = LOST.exec(text) ?? [];
    return reason === undefined ? [] : [{ bytes: Number(bytes), lines: Number(lines), reason }];
  });
}

/** Logged output and reported losses add up to `total` bytes and `lines` lines. */
export function balances(t: Test, records: readonly LogRecord[], total: number, lines: number, reason: string): void {
  const reported = losses(records);
  t.ok(
    reported.length > 0 && reported.every((loss) => loss.reason === reason),
    'losses are reported with their reason',
  );
  const own = records.filter(({ text }) => !LOST.test(text));
  const lost = reported.reduce((sum, loss) => ({ bytes: sum.bytes + loss.bytes, lines: sum.lines + loss.lines }), {
    bytes: 0,
    lines: 0,
  });
  t.equal(own.length + lost.lines, lines, 'lines');
  t.equal(own.reduce((sum, { text }) => sum + text.length + 1, 0) + lost.bytes, total, 'bytes');
}

/** The same for bytes only, where a wait in the middle of a line may have split it. */
export function balancesInBytes(t: Test, records: readonly LogRecord[], total: number, reason: string): void {
  const reported = losses(records);
  t.ok(
    reported.length > 0 && reported.every((loss) => loss.reason === reason),
    'losses are reported with their reason',
  );
  const own = records.filter(({ text }) => !LOST.test(text));
  const logged = own.reduce((sum, { text, tag }) => sum + text.length + (tag === 'F' ? 1 : 0), 0);
  t.equal(logged + reported.reduce((sum, { bytes }) => sum + bytes, 0), total, 'bytes');
}
