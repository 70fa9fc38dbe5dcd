import t from 'tap';
import { LineSplitter, LONGEST_LINE } from '../../../ts/node/logs/line-splitter.js';

function split(pieces: readonly Buffer[], from = 0): { readonly lines: string[]; readonly offsets: number[] } {
  const lines: string[] = [];
  const offsets: number[] = [];
  const splitter = new LineSplitter(from, (bytes, start, end, offset) => {
    lines.push(bytes.toString('latin1', start, end));
    offsets.push(offset);
  });
  for (const piece of pieces) splitter.feed(piece);
  splitter.finish();
  return { lines, offsets };
}

t.test('wherever it is cut, the lines and their places are the same', async (t) => {
  const text = Buffer.from('one\n\ntwo and \xff\0\r\n\nthree', 'latin1');
  const whole = split([text]);
  t.same(whole.lines, ['one', '', 'two and \xff\0\r', '', 'three']);
  t.same(whole.offsets, [0, 4, 5, 17, 18]);
  for (let a = 0; a <= text.length; a += 1) {
    for (let b = a; b <= text.length; b += 1) {
      t.same(split([text.subarray(0, a), text.subarray(a, b), text.subarray(b)]), whole);
    }
  }
});

t.test('offsets are counted from the offset of the first piece', async (t) => {
  t.same(split([Buffer.from('a\nb'), Buffer.from('c\n')], 100).offsets, [100, 102]);
});

t.test('of a line that is too long the beginning is handed on, and what follows is in its place', async (t) => {
  const piece = Buffer.alloc(LONGEST_LINE / 4, 'x');
  const { lines, offsets } = split([...Array.from({ length: 9 }, () => piece), Buffer.from('y\nnext\n')]);
  t.same(
    lines.map((line) => line.length),
    [LONGEST_LINE, 4],
  );
  t.same(offsets, [0, 9 * piece.length + 2]);
});

t.test('of a line that is too long, what follows its last NUL is handed on as well', async (t) => {
  const [text, nuls] = [Buffer.alloc(LONGEST_LINE / 4, 'x'), Buffer.alloc(LONGEST_LINE / 4)];
  for (const pieces of [
    [text, ...Array.from({ length: 8 }, () => nuls)],
    [nuls, nuls, nuls, nuls],
    [text, text, text, text, text, Buffer.from('\0')],
  ]) {
    const { lines, offsets } = split([...pieces, Buffer.from('af'), Buffer.from('ter\nnext\n')]);
    const length = Buffer.concat(pieces).length;
    t.same(lines.slice(1), ['after', 'next']);
    t.same(offsets, [0, length, length + 6]);
  }
});
