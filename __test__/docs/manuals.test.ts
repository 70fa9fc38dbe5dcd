/** Man pages and completions are what the option tables make of them, and what their readers take. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import t, { type Test } from 'tap';
import { OPTION_SPECS } from '../../ts/planner/options.js';
import { COMMANDS } from '../../ts/ctl/commands/index.js';
import { command } from '../support/command.js';
import { needs } from '../support/needs.js';
import { onTerminal } from '../support/terminal.js';
import { until } from '../support/wait.js';
import { ROOT } from './page.js';

/** Without what tap gives to every Node that a test starts: a loader, which is slow, and on a busy machine at times never begins. */
const CLEAN = ['env', '-u', 'NODE_OPTIONS'];
const PAGES = ['conmon.8', 'conmonctl.1'] as const;

/** `X`, backspace, `X` is a bold X on a printer. */
const OVERSTRUCK = new RegExp(`.${String.fromCharCode(8)}`, 'g');

/** Every file in a folder and its content. */
function contents(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`);
  return Object.fromEntries(files.map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]));
}

void t.test('what is committed is what npm run manuals generates from the tables', async (t) => {
  const made = t.testdir({});
  const [program = '', ...args] = [...CLEAN, process.execPath, `${ROOT}scripts/manuals.mjs`, made];
  execFileSync(program, args, { stdio: 'ignore' });
  const generated = contents(made);
  for (const [path, text] of Object.entries(generated)) t.equal(readFileSync(`${ROOT}${path}`, 'utf8'), text, path);
  for (const folder of ['man', 'completions']) {
    for (const name of readdirSync(`${ROOT}${folder}`)) t.ok(`${folder}/${name}` in generated, name);
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

/** A shell on a terminal, in whose PATH our commands are, and with our completions loaded as an administrator would. */
class Shell {
  readonly #child: ReturnType<typeof spawn>;
  #shown = '';

  constructor(t: Test, words: readonly string[]) {
    const bin = t.testdir({});
    for (const name of ['conmon', 'conmonctl']) symlinkSync(`${ROOT}bin/${name}`, `${bin}/${name}`);
    const [program = '', ...args] = onTerminal([...CLEAN, ...words], 50, 200);
    const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: bin, TERM: 'xterm', LC_ALL: 'C.UTF-8', PS1: '> ' };
    this.#child = spawn(program, args, { env, cwd: bin });
    this.#child.stdout?.setEncoding('latin1').on('data', (text: string) => (this.#shown += text));
    t.teardown(() => this.#child.kill('SIGKILL'));
  }

  async prepare(line: string): Promise<void> {
    this.#child.stdin?.write(`${line}; echo rea""dy\r`);
    await until('the shell', () => this.#shown.includes('ready'));
  }

  /** Types a line and the tabulator, and waits for what is added. Escape sequences do not stand between. */
  async completes(line: string, added: string): Promise<void> {
    this.#shown = '';
    this.#child.stdin?.write(`${line}\t`);
    await until(`${added} behind ${line}; there is ${JSON.stringify(this.#shown)}`, () =>
      this.#shown.includes(line + added),
    );
    this.#child.stdin?.write('\x15');
  }
}

const COMPLETIONS = `${ROOT}completions`;
const LINES = [
  ['conmon --conmon-p', 'idfile'],
  ['conmon --log-level warn', 'ing'],
  ['conmon --log-level=warn', 'ing'],
  ['conmon -l jour', 'nald'],
  ['conmonctl docto', 'r'],
  ['conmonctl stats --format openm', 'etrics'],
  ['conmonctl run --expl', 'ain'],
] as const;

void t.test('bash completes', needs('script'), async (t) => {
  const shell = new Shell(t, ['bash', '--norc', '--noprofile', '-i']);
  await shell.prepare(
    `bind 'set enable-bracketed-paste off'; source ${COMPLETIONS}/conmon.bash; source ${COMPLETIONS}/conmonctl.bash`,
  );
  for (const [line, added] of LINES) await shell.completes(line, added);
  t.pass('all of them');
});

void t.test('zsh completes', needs('script', 'zsh'), async (t) => {
  const shell = new Shell(t, ['zsh', '-f', '-i']);
  await shell.prepare(`fpath=(${COMPLETIONS} $fpath); autoload -U compinit; compinit -u -D`);
  for (const [line, added] of LINES) await shell.completes(line, added);
  t.pass('all of them');
});

void t.test('fish completes', needs('fish'), async (t) => {
  const bin = t.testdir({});
  symlinkSync(`${ROOT}bin/conmonctl`, `${bin}/conmonctl`);
  const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: bin, LC_ALL: 'C.UTF-8' };
  const source = `source ${COMPLETIONS}/conmon.fish; source ${COMPLETIONS}/conmonctl.fish`;
  for (const [line, added] of LINES) {
    const { text, stderr } = await command([...CLEAN, 'fish', '-N', '-c', `${source}; complete -C "${line}"`], { env });
    const word = `${line.split(' ').at(-1)}${added}`;
    t.ok(
      text.split('\n').some((each) => each.split('\t')[0] === word || each.split('\t')[0] === word.replace(/^.*=/, '')),
      `${line}: ${text}${stderr}`,
    );
  }
});
