import t from 'tap';
import { CONMON_VERSION, versionText } from '../../ts/planner/version.js';
import { run } from './support.js';

t.test('--version has two lines, and the version is the third word, as managers parse it', async (t) => {
  const words = versionText().split(/\s+/);
  t.same(words.slice(0, 2), ['conmon', 'version']);
  t.match(words[2] ?? '', /^\d+\.\d+\.\d+$/);
  t.match(versionText(), /^conmon version \S+\ncommit: \S+\n$/);
});

t.test(
  'the third word is the version of C conmon, and the second line names the version of this project',
  async (t) => {
    t.equal(versionText(), `conmon version ${CONMON_VERSION}\ncommit: conmon-node-0.0.0-unknown\n`);
  },
);

t.test('--version wins over other options, with status 0', async (t) => {
  t.same(run(['--version', '-t', 'stray']), { text: { stdout: versionText(), status: 0 } });
});
