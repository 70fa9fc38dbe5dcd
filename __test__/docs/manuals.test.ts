/** Man pages and completions are what the option tables make of them, and what their readers take. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { OPTION_SPECS } from '../../ts/planner/options.js';
import { COMMANDS } from '../../ts/ctl/commands/index.js';
import { command } from '../support/command.js';
import { needs } from '../support/needs.js';
import { ROOT } from './page.js';

/** Without what tap gives to every Node that a test starts: a loader, which is slow, and on a busy machine at times never begins. */
const CLEAN = ['env', '-u', 'NODE_OPTIONS'];
const PAGES = ['conmon.8', 'conmonctl.1'] as const;

/** `X`, backspace, `X` is a bold X on a printer. */
const OVERSTRUCK = new RegExp(`.${String.fromCharCode(8)}`, 'g');

/** Every file in a directory and its content. */
function contents(directory: string): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`);
  return Object.fromEntries(files.map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]));
}

void t.test('the committed files are those that npm run manuals generates from the tables', async (t) => {
  const made = t.testdir({});
  const [program = '', ...args] = [...CLEAN, process.execPath, `${ROOT}scripts/manuals.mjs`, made];
  execFileSync(program, args, { stdio: 'ignore' });
  const generated = contents(made);
  for (const [path, text] of Object.entries(generated)) t.equal(readFileSync(`${ROOT}${path}`, 'utf8'), text, path);
  for (const directory of ['man', 'completions']) {
    for (const name of readdirSync(`${ROOT}${directory}`)) t.ok(`${directory}/${name}` in generated, name);
  }
});

void t.test('every option and every command is in its manual', async (t) => {
  const plain = (page: string): string => readFileSync(`${ROOT}man/${page}`, 'utf8').replaceAll('\\-', '-');
  const [conmon, conmonctl] = PAGES.map(plain);
  for (const [name, { hidden }] of Object.entries(OPTION_SPECS)) {
    if (hidden !== true) t.match(conmon, `--${name}\\fR`, name);
  }
  for (const { name, options } of COMMANDS) {
    t.match(conmonctl, `.SS conmonctl ${name}\n`);
    for (const option of Object.keys(options)) t.match(conmonctl, `--${option}\\fR`, `${name} --${option}`);
  }
});

for (const page of PAGES) {
  void t.test(`${page} is clean under mandoc and man`, needs('mandoc', 'man'), async (t) => {
    const path = `${ROOT}man/${page}`;
    const lint = await command(['mandoc', '-Tlint', '-Wwarning', path]);
    t.strictSame([lint.code, lint.text, lint.stderr], [0, '', '']);
    const env = { ...process.env, LC_ALL: 'C.UTF-8', MANWIDTH: '80' };
    const { code, text, stderr } = await command(['man', '--warnings', '-Tutf8', '-l', path], { env });
    t.strictSame([code, stderr], [0, '']);
    t.match(text.replaceAll(OVERSTRUCK, ''), 'EXIT STATUS');
  });
}
