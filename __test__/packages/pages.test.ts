/** README and docs in the npm package: every link leads somewhere, and every command works there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import t from 'tap';
import { anchors, linksOf } from '../docs/page.js';
import { ROOT } from '../support/target.js';
import { emptyDirectory, packed } from './packed.js';

const { main } = packed();
const directory = emptyDirectory(t);
execFileSync('tar', ['-xzf', main.path, '-C', directory, '--strip-components=1']);

const inRepository = new Set(execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0'));
const { repository } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const ADDRESS: string = repository.url.replace(/^git\+/, '').replace(/\.git$/, '');
const read = (path: string): string => readFileSync(join(directory, path), 'utf8');
const isIn = (paths: Iterable<string>, path: string): boolean =>
  [...paths].some((each) => each === path || each.startsWith(`${path.replace(/\/$/, '')}/`));

/** Commands in fenced blocks, without comments and continuation lines of other languages. */
function commandsOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block.replaceAll(/\\\n/g, ' '));
  return blocks.flatMap((block) => block.split('\n')).map((line) => line.replace(/\s#.*$/, '').trim());
}

const PAGES = main.files.filter((path) => path.endsWith('.md'));

t.test('README, changelog, security policy and the pages for users are in the package', async (t) => {
  for (const path of ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'docs/podman.md', 'docs/api.md'])
    t.ok(PAGES.includes(path), path);
  for (const path of ['docs/architecture.md', 'docs/benchmarks.md', 'docs/performance.md'])
    t.notOk(PAGES.includes(path), `${path} is for people who change the code`);
});

for (const path of PAGES) {
  t.test(
    `links of ${path} lead into the package, or to a file of the repository at the tag of this version`,
    async (t) => {
      for (const target of linksOf(read(path))) {
        const [place = '', anchor] = target.split('#');
        const [address, file = ''] = place.split(`/v${main.manifest.version}/`);
        if (address === `${ADDRESS}/blob` || address === `${ADDRESS}/raw`) {
          if (!t.ok(isIn(inRepository, file), target)) continue;
          if (anchor !== undefined) t.ok(anchors(readFileSync(ROOT + file, 'utf8')).has(anchor), target);
        } else if (/^[a-z]+:/.test(target)) {
          t.notOk(target.startsWith(ADDRESS), `${target} names a file and the tag`);
        } else {
          const wanted = place === '' ? path : posix.join(posix.dirname(path), place);
          if (!t.ok(isIn(main.files, wanted), target) || anchor === undefined) continue;
          t.ok(anchors(read(wanted)).has(anchor), target);
        }
      }
    },
  );

  t.test(`commands of ${path} need no clone of the repository`, async (t) => {
    const text = read(path).replaceAll(/<!--[^]*?-->/g, '');
    t.same(
      [...text.matchAll(/\bnpm (?:run [\w:-]+|test\b)/g)].map(([found]) => found),
      [],
      'the package has no scripts',
    );
    for (const line of commandsOf(text)) {
      for (const [, file = ''] of line.matchAll(/(?<![\w/.-])(?:\.\/)?((?:bin|dist|docs|examples|man|scripts)\/\S+)/g))
        t.ok(isIn(main.files, file), line);
    }
  });
}

/** The help of a command of conmonctl; undefined if there is no such command. */
function helpOf(name: string): string | undefined {
  const { status, stdout } = spawnSync(process.execPath, [join(directory, 'dist/conmonctl.js'), name, '--help'], {
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '200' },
  });
  // An unknown command has no help.
  return status === 0 && stdout.startsWith(`conmonctl ${name}`) ? stdout : undefined;
}

t.test('every command of conmonctl in the pages exists, with its options', async (t) => {
  const lines = PAGES.flatMap((path) => commandsOf(read(path))).flatMap(
    (line) => line.match(/\bconmonctl [a-z][^|&;)]*/g) ?? [],
  );
  t.ok(lines.length >= 10);
  const helps = new Map<string, string | undefined>();
  for (const line of lines) {
    const [, name = '', ...words] = line.split(' -- ')[0]?.split(/\s+/) ?? [];
    if (!helps.has(name)) helps.set(name, helpOf(name));
    const help = helps.get(name);
    if (!t.ok(help, line)) continue;
    for (const word of words) {
      const [, option] = /^(--[a-z][a-z-]*)/.exec(word) ?? [];
      if (option !== undefined) t.match(help, new RegExp(`${option}\\b`), line);
    }
  }
});
