/** The completion scripts at the prompt of the real shells, loaded as the manual describes. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import t, { type Test } from 'tap';
import { command } from '../support/command.js';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';
import { Screen } from '../support/screen.js';
import { ROOT } from '../support/target.js';
import { BIN, CONMONCTL, MONITORS, skipWithout } from './live.js';

const SCRIPTS = `${ROOT}completions`;

interface Shell {
  readonly words: readonly string[];
  /** Commands that load the scripts of the package. */
  readonly files: string;
  /** The command that loads what conmonctl prints. */
  readonly printed: string;
}

const SHELLS: Readonly<Record<string, Shell>> = {
  bash: {
    words: ['bash', '--norc', '--noprofile', '-i'],
    files: `source ${SCRIPTS}/conmon.bash; source ${SCRIPTS}/conmonctl.bash`,
    printed: 'source <(conmonctl completion bash)',
  },
  zsh: {
    words: ['zsh', '-f', '-i'],
    files: `fpath=(${SCRIPTS} $fpath); autoload -U compinit; compinit -u -D`,
    printed: 'autoload -U compinit; compinit -u -D; source <(conmonctl completion zsh)',
  },
  fish: {
    words: ['fish', '-N', '-P', '-i', '-C', 'set fish_greeting; function fish_prompt; echo "> "; end'],
    files: `source ${SCRIPTS}/conmon.fish; source ${SCRIPTS}/conmonctl.fish`,
    printed: 'conmonctl completion fish | source',
  },
};

/** What is typed before the tabulator, and what it adds. */
const OF_CONMON = [
  ['conmon --conmon-p', 'idfile'],
  ['conmon --log-level warn', 'ing'],
  ['conmon --log-level=warn', 'ing'],
  ['conmon -l jour', 'nald'],
] as const;
const OF_CONMONCTL = [
  ['conmonctl docto', 'r'],
  ['conmonctl help at', 'tach'],
  ['conmonctl setup pod', 'man'],
  ['conmonctl setup podman --dry', '-run'],
  ['conmonctl stats --format openm', 'etrics'],
  ['conmonctl stats --format=openm', 'etrics'],
  ['conmonctl run --expl', 'ain'],
  ['conmonctl run --network ho', 'st'],
  ['conmonctl run --bundle ./bun', 'dle/'],
  ['conmonctl logs --str', 'eam'],
  ['conmonctl logs --stream std', /stderr\b[^]*stdout\b/],
  ['conmonctl logs ./some', '.log'],
  ['conmonctl completion fi', 'sh'],
  ['conmonctl -', /(?=[^]*--help)(?=[^]*--version)/],
] as const;
const OF_CONTAINERS = [
  ['conmonctl logs zq', 'container'],
  ['conmonctl logs ', /^zqcontainer| zqcontainer/m],
  ['conmonctl attach --no-stdin zq', 'container'],
  ['conmonctl resize zq', 'container'],
  ['conmonctl stats --watch zqcontainer zq', 'container'],
] as const;

/** A prompt where our commands are in PATH, and in a directory with something to complete. */
async function prompt(t: Test, { words }: Shell, prepare: string): Promise<Screen> {
  const dir = realpathSync(mkdtempSync(`${tmpdir()}/conmon-shell-`));
  mkdirSync(`${dir}/bin`);
  mkdirSync(`${dir}/bundle`);
  writeFileSync(`${dir}/some.log`, '');
  symlinkSync(`${ROOT}bin/conmon`, `${dir}/bin/conmon`);
  symlinkSync(BIN, `${dir}/bin/conmonctl`);
  // Nothing is written when the shell is killed.
  const env = {
    HISTFILE: '/dev/null',
    PATH: `${dir}/bin:${process.env['PATH']}`,
    HOME: dir,
    TERM: 'xterm',
    LC_ALL: 'C.UTF-8',
    PS1: '> ',
  };
  const screen = new Screen(words, { env, cwd: dir });
  t.teardown(() => {
    screen.end();
    rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  });
  await screen.shows(/> *$/);
  screen.type(`${prepare}; echo rea""dy\r`);
  await screen.shows(/^ready\n+>/m);
  return screen;
}

type Line = readonly [typed: string, added: string | RegExp];

/** Types each line and a tabulator; an ambiguous word needs two. */
async function complete(screen: Screen, lines: readonly Line[]): Promise<void> {
  for (const [typed, added] of lines) {
    screen.type(typed);
    await screen.shows(typed.trimEnd());
    screen.type(typeof added === 'string' ? '\t' : '\t\t');
    await screen.shows(typeof added === 'string' ? typed + added : added);
    // Removes the line, and the list of what was possible.
    screen.type('\x15\x0c');
    await screen.shows(/^\s*>\s*$/);
  }
}

for (const [name, shell] of Object.entries(SHELLS)) {
  const skip = { ...skipWithout(MONITORS[0]), ...needs('script', name) };

  void t.test(`${name} completes with the scripts of the package`, skip, async (t) => {
    await complete(await prompt(t, shell, shell.files), [...OF_CONMON, ...OF_CONMONCTL]);
    t.pass('all of them');
  });

  void t.test(`${name} completes with what conmonctl prints, containers too`, skip, async (t) => {
    const s = scene(t);
    const runtime = actor(s, { payload: 'sleep 60' });
    const run = launch(t, s, createArguments(s, runtime.path, ['--name', 'zqcontainer']));
    await run.started();
    await complete(await prompt(t, shell, shell.printed), [...OF_CONMONCTL.slice(0, 3), ...OF_CONTAINERS]);
    t.pass('all of them');
  });
}

void t.test('without a shell, the script is that of SHELL', async (t) => {
  const print = async (...args: readonly string[]) =>
    command([CONMONCTL, 'completion', ...args], { env: { ...process.env, SHELL: '/usr/bin/fish' } });
  t.equal((await print()).text, (await print('fish')).text);
  t.not((await print('zsh')).text, (await print()).text);
  const { code, stderr } = await command([CONMONCTL, 'completion'], { env: { ...process.env, SHELL: '/bin/sh' } });
  t.strictSame(
    [code, stderr],
    [125, 'conmonctl: SHELL names none of bash, zsh and fish\n  conmonctl completion bash\n'],
  );
});
