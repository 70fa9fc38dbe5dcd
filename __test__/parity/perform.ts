/** Runs one scenario under one monitor, and records the observations. */
import type { Test } from 'tap';
import { type Actor, actor } from '../support/actor.js';
import { type Launched, launch } from '../support/monitor.js';
import { status } from '../support/proc.js';
import { processesOf, scene } from '../support/scene.js';
import type { Scene } from '../support/scene.js';
import { until } from '../support/wait.js';
import { normalise } from './normalise.js';
import { type Facts, observeContainer, observeFiles, observeMonitor } from './observe.js';
import type { Scenario } from './scenarios.js';

export async function perform(t: Test, command: string, scenario: Scenario): Promise<Facts> {
  const s = scene(t);
  const runtime = actor(s, scenario.role);
  const args = scenario.args(s, runtime.path);
  const facts: Facts = new Map();
  const run = launch(t, s, args, {
    command,
    attachPipe: scenario.kind === 'exec',
    env: { MARK: 'x', ...scenario.env },
  });
  const known = new Map<number, string>();
  if (scenario.kind === 'exec') {
    await run.attach.message();
    observeFiles(facts, 'ready', s, new Map([[await run.pid(), 'MONITOR']]));
    run.go();
  }
  if (scenario.kind === 'create' || (scenario.kind === 'exec' && scenario.role.instead === undefined)) {
    await running(facts, scenario, s, run, runtime, args, known);
  }
  facts.set('launcher', JSON.stringify(await run.launcher()));
  await until('the end of all processes', () => processesOf(s.dir).length === 0);
  facts.set('sync pipe', normalise(await run.sync.rest(), s, known));
  facts.set('attach pipe', normalise(await run.attach.rest(), s, known));
  facts.set('stdout', normalise((await run.stdout?.rest()) ?? '', s, known));
  facts.set('stderr', normalise((await run.stderr?.rest()) ?? '', s, known));
  if (scenario.kind !== 'refused') observeRuntime(facts, s, runtime, known);
  if (scenario.sync !== true && scenario.kind !== 'refused') known.set(await run.pid(), 'MONITOR');
  observeFiles(facts, 'end', s, known);
  return facts;
}

async function running(
  facts: Facts,
  scenario: Scenario,
  s: Scene,
  run: Launched,
  runtime: Actor,
  args: readonly string[],
  known: Map<number, string>,
): Promise<void> {
  const container = await run.started();
  const monitor = scenario.sync === true ? (run.child.pid ?? 0) : await run.pid();
  known.set(container, 'CONTAINER').set(monitor, 'MONITOR');
  observeMonitor(facts, monitor, args, s);
  observeContainer(facts, container, monitor, s);
  await until('the monitor to rest', () => status(monitor, 'State')?.startsWith('S'));
  observeFiles(facts, 'running', s, known);
  await runtime.start();
}

function observeRuntime(facts: Facts, s: Scene, runtime: Actor, known: Map<number, string>): void {
  known.set(Number(runtime.record('pid')), 'RUNTIME');
  facts.set('runtime: arguments', normalise(runtime.args().join(' '), s));
  const env = [...runtime.env()]
    .filter(([name]) => !/^(_TAPJS|NODE_OPTIONS)/.test(name))
    .map(([name, value]) => `${name}=${value}`)
    .toSorted();
  facts.set('runtime: environment', normalise(env.join('\n'), s, known));
  facts.set('runtime: umask', runtime.record('umask').trim());
  facts.set('runtime: oom_score_adj', runtime.record('oom_score_adj').trim());
  const fds = [...runtime.record('fds').matchAll(/ (\d+) -> (.*)$/gm)].map(([, fd, to]) => `${fd} ${to}`);
  // The interpreter keeps the script open as descriptor 10 or above.
  facts.set(
    'runtime: descriptors',
    normalise(
      fds
        .filter((line) => !line.includes('/runtime'))
        .toSorted()
        .join(', '),
      s,
    ),
  );
}
