import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { isInstalled } from '../../scripts/install.mjs';
import { bringUpToDate, putInPlace } from '../../scripts/stage.mjs';
import { checkNode, isAtLeast } from '../../scripts/toolchain.mjs';

/** @param {string} folder */
function stageIn(folder) {
  const counter = { builds: 0 };
  const stage = {
    name: 'a stage',
    inputs: [`${folder}/in`, `${folder}/absent`],
    outputs: [`${folder}/out`],
    salt: 'compiler 1',
    build: async () => {
      counter.builds += 1;
      writeFileSync(`${folder}/out`, readFileSync(`${folder}/in/a`));
    },
  };
  return { counter, stage, bring: (changes = {}) => bringUpToDate({ ...stage, ...changes }, `${folder}/stamps`) };
}

t.test('a stage is built once, and again only when something has changed', async (t) => {
  const folder = t.testdir({ in: { a: '1', deep: { b: '2' } } });
  const { counter, bring } = stageIn(folder);
  t.equal(await bring(), true);
  t.equal(await bring(), false);
  utimesSync(`${folder}/in/a`, 1, 1);
  t.equal(await bring(), false, 'a time is no change');
  writeFileSync(`${folder}/in/deep/b`, '3');
  t.equal(await bring(), true, 'a content is');
  renameSync(`${folder}/in/deep/b`, `${folder}/in/deep/c`);
  t.equal(await bring(), true, 'a name is');
  t.equal(await bring({ salt: 'compiler 2' }), true, 'a compiler is');
  rmSync(`${folder}/out`);
  t.equal(await bring({ salt: 'compiler 2' }), true, 'a lost output is');
  t.equal(counter.builds, 5);
});

t.test('a stage that failed is not up to date', async (t) => {
  const { bring } = stageIn(t.testdir({ in: { a: '1' } }));
  const build = async () => {
    throw new Error('broken');
  };
  await t.rejects(bring({ build }), { message: 'broken' });
  t.equal(await bring(), true);
});

t.test('an input that changes while the stage is built makes it stale', async (t) => {
  const folder = t.testdir({ in: { a: '1' } });
  const { bring } = stageIn(folder);
  const build = async () => {
    writeFileSync(`${folder}/out`, 'old');
    writeFileSync(`${folder}/in/a`, '2');
  };
  await bring({ build });
  t.equal(await bring(), true);
  t.equal(readFileSync(`${folder}/out`, 'utf8'), '2');
});

t.test('a file is replaced by a new one, not written over', async (t) => {
  const folder = t.testdir({ from: 'new', to: 'old' });
  const before = t.testdirName;
  await putInPlace(`${folder}/from`, `${before}/to`);
  t.equal(readFileSync(`${folder}/to`, 'utf8'), 'new');
  await t.rejects(putInPlace(`${folder}/absent`, `${folder}/to`), { code: 'ENOENT' });
  t.equal(readFileSync(`${folder}/to`, 'utf8'), 'new', 'a failure leaves what was there');
});

t.test('packages are installed when they are those of the lock file', async (t) => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/b-other-platform': { version: '1.0.0', optional: true },
  };
  t.equal(isInstalled(wanted, { 'node_modules/a': { version: '1.0.0', integrity: 'x' } }), true);
  t.equal(isInstalled(wanted, { 'node_modules/a': { version: '1.0.1', integrity: 'x' } }), false);
  t.equal(isInstalled(wanted, { 'node_modules/a': { version: '1.0.0', integrity: 'y' } }), false);
  t.equal(isInstalled(wanted, {}), false);
  t.equal(isInstalled(wanted, undefined), false);
});

t.test('versions are compared as numbers', async (t) => {
  t.ok(isAtLeast('20.0.0', [20, 0]));
  t.ok(isAtLeast('100.1', [20, 5]));
  t.ok(isAtLeast('1.88', [1, 88]));
  t.notOk(isAtLeast('1.9', [1, 88]));
  t.notOk(isAtLeast('19.99', [20, 0]));
});

t.test('a Node that is too old is told how to get another', async (t) => {
  t.equal(checkNode('20.1.0'), undefined);
  t.match(checkNode('18.20.0'), /Node\.js 20 or newer is needed, this is 18\.20\.0[^]*nodejs\.org/);
});
