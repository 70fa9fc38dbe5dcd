import t from 'tap';
import { versionText } from '../../ts/planner/version.js';
import { run } from './support.js';

t.test('managers find the version as the third word, and nothing but two lines', async (t) => {
  const words = versionText().split(/\s+/);
  t.same(words.slice(0, 2), ['conmon', 'version']);
  t.match(words[2] ?? '', /^\d+\.\d+\.\d+$/);
  t.match(versionText(), /^conmon version \S+\ncommit: \S+\n$/);
});

t.test('it is printed with status 0, also beside other options', async (t) => {
  t.same(run(['--version', '-t', 'stray']), { text: { stdout: versionText(), status: 0 } });
});
