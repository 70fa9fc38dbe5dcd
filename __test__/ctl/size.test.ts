import t from 'tap';
import { parseSize } from '../../ts/ctl/attach/control-commands.js';

void t.test('a size is height and width, within what monitors take', async (t) => {
  t.same(parseSize('24x80'), { rows: 24, columns: 80 });
  t.same(parseSize('0x1000'), { rows: 0, columns: 1000 });
  for (const text of ['24', '24x', '24 80', '1001x80', '-1x80', '24x80x1', '', '24X80']) {
    t.throws(() => parseSize(text), { message: /not a size/ }, text);
  }
});
