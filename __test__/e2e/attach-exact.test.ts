/**
 * Output is byte-exact for attach clients and in the log, whatever its size and however busy the machine.
 * `CONMON_TEST_ROUNDS` says how often all cases are tried (72 containers and execs a round).
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { createArguments } from '../support/arguments.js';
import { type Container, container } from '../support/container.js';
import { joined, readLog } from '../support/cri-log.js';
import { burn, inParallel } from '../support/load.js';
import { type Launched, launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { type Scene, scene } from '../support/scene.js';
import { STDERR, STDOUT, type StreamClient, connect } from '../support/stream-client.js';
import { CONMON } from '../support/target.js';

/** Node takes its time to start, the more so on busy processors. */
const USUAL_ROUNDS = CONMON.endsWith('conmon-node') ? 1 : 2;
const ROUNDS = Number(process.env['CONMON_TEST_ROUNDS'] ?? USUAL_ROUNDS);
const WIDTH = 6;
/** Around what a packet, a read and a pipe hold. */
const SIZES = [0, 1, 8191, 8192, 8193, 65_535, 65_536, 65_537, 500_000];
const WAYS = ['attach', 'exec'] as const;
const OUTPUTS = ['stdout', 'stderr', 'both', 'terminal'] as const;
const DATA = randomBytes(SIZES.at(-1) ?? 0);

interface Case {
  readonly way: (typeof WAYS)[number];
  readonly output: (typeof OUTPUTS)[number];
  readonly size: number;
}

const CASES: readonly Case[] = WAYS.flatMap((way) =>
  OUTPUTS.flatMap((output) => SIZES.map((size) => ({ way, output, size }))),
);

/** stdout gets the start of the data, stderr its end. */
function script(data: string, { output, size }: Case): string {
  const out = `head -c ${size} '${data}'`;
  const err = `tail -c ${size} '${data}' >&2`;
  return { stdout: out, terminal: out, stderr: err, both: `${out} & ${err}; wait` }[output];
}

/** A terminal puts a carriage return before each newline. */
function expected({ output, size }: Case): { out: Buffer; err: Buffer } {
  const nothing = Buffer.alloc(0);
  const out = output === 'stderr' ? nothing : DATA.subarray(0, size);
  const err = output === 'stderr' || output === 'both' ? DATA.subarray(DATA.length - size) : nothing;
  if (output !== 'terminal') return { out, err };
  return { out: Buffer.from(out.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'), err };
}

/** A container: the client connects between `create` and `start`. */
async function contain(t: Test, s: Scene, args: readonly string[], terminal: boolean) {
  const c = container(t, s, 'miniruntime', { args, terminal });
  const run = launch(t, s, createArguments(s, c.runtime, [...c.options, ...(terminal ? ['-t'] : [])]));
  await run.started();
  const client = connect(t, `${s.bundle}/attach`);
  await c.start();
  return { run, client };
}

/** A process beside a running container: the client connects before the runtime is called. */
async function execute(t: Test, s: Scene, c: Container, args: readonly string[], terminal: boolean) {
  const spec = c.process({ args, terminal });
  const extra = ['-e', '--exec-attach', '--exec-process-spec', spec, ...c.options, ...(terminal ? ['-t'] : [])];
  const run = launch(t, s, createArguments(s, c.runtime, extra), { attachPipe: true });
  await run.attach.message();
  const client = connect(t, `${s.bundle}/attach`);
  run.go();
  return { run, client };
}

async function judge(t: Test, s: Scene, one: Case, run: Launched, client: StreamClient): Promise<void> {
  const name = `${one.way} ${one.output} ${one.size}`;
  const status = await run.finished();
  await client.closed();
  const { out, err } = expected(one);
  const log = readLog(s.log);
  const right = {
    status: status === '0',
    stdout: client.bytes(STDOUT).equals(out),
    stderr: client.bytes(STDERR).equals(err),
    packets: client.isModest,
    'stdout in the log': joined(log, 'stdout') === out.toString('latin1'),
    'stderr in the log': joined(log, 'stderr') === err.toString('latin1'),
  };
  const wrong = Object.entries(right).filter(([, holds]) => !holds);
  t.same(wrong, [], `${name}: ${client.bytes(STDOUT).length} and ${client.bytes(STDERR).length} bytes`);
}

for (let round = 1; round <= ROUNDS; round++) {
  const name = `no byte is lost or added in ${CASES.length} containers and execs on busy processors (${round})`;
  void t.test(name, { ...needs('miniruntime'), timeout: 120_000 }, async (t) => {
    burn(t);
    const world = scene(t);
    const data = `${world.dir}/data`;
    writeFileSync(data, DATA);
    const base = container(t, world, 'miniruntime', { args: ['sleep', '600'] });
    await launch(t, world, createArguments(world, base.runtime, base.options)).started();
    await base.start();
    await inParallel(WIDTH, CASES, async (one) => {
      const own = scene(t);
      const s = one.way === 'exec' ? { ...own, cid: world.cid, exitFile: `${own.exits}/${world.cid}` } : own;
      const args = ['/bin/sh', '-c', script(data, one)];
      const terminal = one.output === 'terminal';
      const { run, client } = await (one.way === 'exec'
        ? execute(t, s, base, args, terminal)
        : contain(t, s, args, terminal));
      await judge(t, s, one, run, client);
    });
  });
}
