import t from 'tap';
import { brokenToml, dropInsOf, readToml, setting } from '../../ts/ctl/setup/toml-file.js';

t.test('files that cannot be understood are named with the reason; absent ones are nothing', async (t) => {
  const directory = t.testdir({ 'good.conf': '[engine]\nruntime = "crun"\n', 'bad.conf': '[engine\n', sub: {} });
  const paths = ['good.conf', 'bad.conf', 'none.conf', 'good.conf/below', 'sub'].map((name) => `${directory}/${name}`);
  t.match(readToml(paths), [{ path: `${directory}/good.conf`, settings: { engine: { runtime: 'crun' } } }]);
  t.match(brokenToml(paths), [
    { path: `${directory}/bad.conf`, reason: /^line 1: / },
    { path: `${directory}/sub`, reason: /regular file/ },
  ]);
});

t.test('drop-ins are the .conf files of a directory, sorted', async (t) => {
  const directory = t.testdir({ 'b.conf': '', 'a.conf': '', 'c.toml': '' });
  t.same(dropInsOf(directory), [`${directory}/a.conf`, `${directory}/b.conf`]);
  t.same(dropInsOf(`${directory}/none`), []);
});

t.test('a setting is found by its path of keys', async (t) => {
  const table = { engine: { runtime: 'crun', list: ['a'] } };
  t.equal(setting(table, 'engine', 'runtime'), 'crun');
  t.equal(setting(table, 'engine', 'none'), undefined);
  t.equal(setting(table, 'engine', 'runtime', 'below'), undefined);
  t.equal(setting(table, 'engine', 'list', '0'), undefined);
});
