import t from 'tap';
import { readExport } from '../../../ts/node/logs/export-format.js';

/** The values of a field in the entries of these pieces. */
async function valuesOf(name: string, ...pieces: readonly string[]): Promise<string[]> {
  async function* stream(): AsyncGenerator<Buffer> {
    for (const piece of pieces) yield Buffer.from(piece, 'latin1');
  }
  const found: string[] = [];
  for await (const entry of readExport(stream())) found.push(entry.get(name)?.toString('latin1') ?? 'none');
  return found;
}

const ENTRIES = '__CURSOR=a\nMESSAGE=one\n\n__CURSOR=b\nMESSAGE\n\x03\0\0\0\0\0\0\0x\ny\n\n';

t.test('entries are read, wherever the stream is cut into pieces', async (t) => {
  for (let at = 0; at <= ENTRIES.length; at += 1) {
    t.same(await valuesOf('MESSAGE', ENTRIES.slice(0, at), ENTRIES.slice(at)), ['one', 'x\ny'], `at ${at}`);
  }
});

t.test(
  'an entry that the end of the stream cuts off is not one: it is read again after the last that is whole',
  async (t) => {
    const second = ENTRIES.indexOf('__CURSOR=b');
    for (let end = second; end < ENTRIES.length; end += 1) {
      t.same(await valuesOf('__CURSOR', ENTRIES.slice(0, end)), ['a'], `end ${end}`);
    }
  },
);
