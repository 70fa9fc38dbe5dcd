/** The three standard streams of the container: what they are, and what passing them on costs. */
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, readLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { contextSwitches, descriptors, stat } from '../support/proc.js';
import { scene } from '../support/scene.js';
import { betterThanC, betterThanCNeeds } from '../support/target.js';
import { until, untilExists } from '../support/wait.js';

void t.test(
  'the container has pipes for stdout and stderr that any user can reopen, and /dev/null for stdin',
  betterThanC('2.1.6 leaves mode 0600'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s);
    const container = await launch(t, s, createArguments(s, runtime.path)).started();
    const open = descriptors(container);
    t.equal(open.get(0), '/dev/null');
    for (const fd of [1, 2]) {
      t.match(open.get(fd), /^pipe:/);
      t.equal(statSync(`/proc/${container}/fd/${fd}`).mode & 0o777, 0o777);
    }
  },
);

void t.test('only pipes get that mode: /dev/null, which all share, keeps its own', async (t) => {
  const before = statSync('/dev/null').mode;
  for (const extra of [[], ['-l', 'passthrough']]) {
    const s = scene(t);
    const runtime = actor(s);
    const run = launch(t, s, createArguments(s, runtime.path, extra), { stdio: ['ignore', 'ignore', 'ignore'] });
    await run.started();
    await runtime.start();
    await run.finished();
    t.equal(statSync('/dev/null').mode, before, extra.join(' '));
  }
});

void t.test('a container that makes its output non-blocking loses nothing', async (t) => {
  const s = scene(t);
  // Writes again what was not taken, as programs with an event loop do.
  const program = `
    use Fcntl; use Errno;
    fcntl(STDOUT, F_SETFL, O_NONBLOCK | O_WRONLY) or die;
    my $text = join("", map { "$_\\n" } 1 .. 200000);
    while (length $text) {
      my $written = syswrite(STDOUT, $text);
      if (defined $written) { substr($text, 0, $written) = "" } elsif (!$!{EAGAIN}) { die $! }
    }`;
  writeFileSync(`${s.dir}/program.pl`, program);
  const runtime = actor(s, { payload: `perl '${s.dir}/program.pl'` });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  await runtime.start();
  t.equal(await run.finished(), '0');
  t.equal(joined(readLog(s.log), 'stdout'), Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join(''));
});

void t.test('with --stdin the container has a pipe for stdin, too', async (t) => {
  const s = scene(t);
  const container = await launch(t, s, createArguments(s, actor(s).path, ['-i'])).started();
  t.match(descriptors(container).get(0), /^pipe:/);
});

void t.test(
  'a container of another user can write to /dev/stdout',
  betterThanCNeeds('2.1.6 leaves mode 0600', 'root'),
  async (t) => {
    const s = scene(t);
    const runtime = actor(s, {
      payload: `setpriv --reuid 65534 --clear-groups sh -c 'echo out > /dev/stdout; echo err > /dev/stderr'`,
    });
    const run = launch(t, s, createArguments(s, runtime.path));
    await run.started();
    await runtime.start();
    t.equal(await run.finished(), '0');
    t.equal(joined(readLog(s.log), 'stdout'), 'out\n');
    t.equal(joined(readLog(s.log), 'stderr'), 'err\n');
  },
);

void t.test(
  'passthrough: the container gets the descriptors of the caller, and there is nothing to attach to',
  async (t) => {
    const s = scene(t);
    const out = openSync(`${s.dir}/out`, 'w');
    t.teardown(() => closeSync(out));
    const runtime = actor(s, { payload: 'echo out; echo err >&2' });
    const run = launch(t, s, createArguments(s, runtime.path, [], { '-l': 'passthrough' }), {
      stdio: ['ignore', out, out],
    });
    const container = await run.started();
    t.equal(descriptors(container).get(1), `${s.dir}/out`);
    for (const name of ['attach', 'ctl', 'winsz']) t.notOk(existsSync(`${s.bundle}/${name}`), name);
    const open = descriptors(await run.pid());
    t.notOk([...open.values()].includes(`${s.dir}/out`), 'the monitor does not hold them');
    await runtime.start();
    await run.finished();
    t.equal(readFileSync(`${s.dir}/out`, 'utf8'), 'out\nerr\n');
  },
);

void t.test('passthrough: what the container writes costs the monitor nothing', async (t) => {
  const s = scene(t);
  const payload = `head -c 50000000 /dev/zero; : > '${s.dir}/written'; read -r _ < '${s.dir}/end'`;
  const runtime = actor(s, { payload, before: `mkfifo '${s.dir}/end'` });
  const args = createArguments(s, runtime.path, [], { '-l': 'passthrough' });
  const run = launch(t, s, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  await run.started();
  const monitor = await run.pid();
  await until('it to sleep', () => stat(monitor)?.state === 'S');
  const before = contextSwitches(monitor);
  await runtime.start();
  await untilExists(`${s.dir}/written`);
  t.equal(contextSwitches(monitor), before, 'not one wake-up');
  // Waits for the reader, which opens it shortly after the file exists.
  writeFileSync(`${s.dir}/end`, '\n');
  t.equal(await run.finished(), '0');
});
