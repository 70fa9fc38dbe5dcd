/**
 * Messages for the journal: the time of each and its cost for the monitor. The receiver is not journald but our own socket,
 * which only counts, in a private mount namespace: journald is slower than the monitor, so it would be measured instead.
 * Every byte of text must arrive.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpu, settledCpu } from '../proc.mjs';
import { ownRun } from '../namespace.mjs';
import { inWorld, until } from '../world.mjs';

/** @import { Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

const DIRECTORY = '/run/systemd/journal';
const LINE = 100;
const MEBIBYTE = 2 ** 20;

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function journald(tools) {
  const [rounds, mebibytes] = tools.quick ? [1, 1] : [13, 8];
  const names = Object.keys(tools.monitors);
  const time = Object.fromEntries(names.map((name) => [name, /** @type {number[]} */ ([])]));
  const cost = structuredClone(time);
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      tools.progress(`journald: ${name}, ${round + 1} of ${rounds}`);
      const found = await inWorld(tools, (world) => messages(world, name, mebibytes));
      time[name]?.push(found.nanoseconds / 1000 / found.lines);
      cost[name]?.push(found.cpu / 1000 / found.lines);
    }
  }
  return [
    { name: `journald, ${LINE}-byte lines: time of each`, unit: 'µs', better: 'less', kind: 'rounds', values: time },
    { name: `journald, ${LINE}-byte lines: CPU of each`, unit: 'µs', better: 'less', kind: 'rounds', values: cost },
  ];
}

/**
 * @param {World} world
 * @param {string} name of the monitor
 * @param {number} mebibytes
 */
async function messages(world, name, mebibytes) {
  // `flood` writes whole lines in pieces of about a mebibyte.
  const piece = Math.floor(MEBIBYTE / LINE);
  const lines = piece * Math.ceil((mebibytes * MEBIBYTE) / (piece * LINE));
  const { prefix, leave } = await ownRun(DIRECTORY);
  try {
    const sink = await listen([...prefix, world.tools.harness, 'sink', `${DIRECTORY}/socket`, String(lines * LINE)]);
    const words = [world.tools.harness, 'flood', String(LINE), String(mebibytes), `${world.dir}/mark`];
    const container = await world.create(name, '0123456789abcdef', words, { log: 'journald:', prefix });
    const before = cpu(container.monitor);
    await world.start(container);
    const nanoseconds = await sink();
    const spent = (await settledCpu(container.monitor)) - before;
    await world.end(container);
    return { lines, nanoseconds, cpu: spent };
  } finally {
    leave();
  }
}

/**
 * Starts the sink; the returned function waits until it has received everything, and returns nanoseconds.
 * @param {readonly string[]} words
 */
async function listen([program = '', ...words]) {
  const sink = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  sink.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const closed = once(sink, 'close');
  await until(() => text.includes('\n'));
  return async () => {
    const [status] = await closed;
    if (status !== 0) throw new Error('messages for the journal are missing');
    return Number(text.split('\n')[1]?.split(' ')[2]);
  };
}
