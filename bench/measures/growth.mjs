/**
 * How much a monitor's memory grows by a gibibyte of log, attach clients, log reopens, and resizes.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { memory, settledCpu } from '../proc.mjs';
import { inWorld, until } from '../world.mjs';

/** @import { Container, Tools, World } from '../world.mjs' */
/** @import { Measured } from '../verdict.mjs' */

/** Until buffers have been released. */
const SETTLED = 1500;
const LINE = 100;
const LOG_LIMIT = 64 * 2 ** 20;
/** Lines per write to the control FIFO. */
const FEW = 10;
const COUNTS = { visits: 300, reopens: 100, resizes: 1000 };

/** @typedef {Record<'log' | 'visits' | 'reopens' | 'resizes', Growth>} Growths */
/** @typedef {{ anonymous: number, private: number }} Growth */

/**
 * @param {Tools} tools
 * @returns {Promise<Measured[]>}
 */
export async function growth(tools) {
  const mebibytes = tools.quick ? 64 : 1024;
  const names = Object.keys(tools.monitors);
  /** @type {Record<string, Growths[]>} */
  const found = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < (tools.quick ? 1 : 3); round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      tools.progress(`growth of memory, ${name}`);
      found[name]?.push(await grow(tools, name, mebibytes, COUNTS));
    }
  }
  const row = (/** @type {string} */ what, /** @type {(of: Growths) => number} */ pick) => rowOf(what, found, pick);
  const sum = (/** @type {Growths} */ of, /** @type {keyof Growth} */ kind) =>
    Object.values(of).reduce((total, one) => total + one[kind], 0);
  return [
    row(`${mebibytes} MiB of log`, (of) => of.log.private),
    row(`${COUNTS.visits} attaches`, (of) => of.visits.private),
    row(`${COUNTS.reopens} reopened logs`, (of) => of.reopens.private),
    row(`${COUNTS.resizes} resizes`, (of) => of.resizes.private),
    row('all of it', (of) => sum(of, 'private')),
    row('all of it, anonymous', (of) => sum(of, 'anonymous')),
  ];
}

/**
 * How many kilobytes a monitor grows by each kind of work.
 * @param {Tools} tools
 * @param {string} name of the monitor
 * @param {number} mebibytes of output
 * @param {{ visits: number, reopens: number, resizes: number }} counts
 * @returns {Promise<Growths>}
 */
export async function grow(tools, name, mebibytes, counts) {
  return inWorld(tools, async (world) => {
    const lines = Math.ceil((mebibytes * 2 ** 20) / LINE);
    const echo = await writer(world, name, lines);
    const terminal = await world.create(name, 'terminal', ['/bin/sleep', '3600'], { terminal: true });
    await world.start(terminal);
    const atFirst = await rest(echo);
    await world.start(echo);
    await until(() => existsSync(`${echo.dir}/written`));
    const logged = await rest(echo);
    execFileSync(tools.harness, ['visits', `${echo.dir}/attach`, String(counts.visits)]);
    const visited = await rest(echo);
    await reopen(echo, counts.reopens);
    const reopened = await rest(echo);
    const small = await rest(terminal);
    await resize(terminal, counts.resizes);
    return {
      log: difference(atFirst, logged),
      visits: difference(logged, visited),
      reopens: difference(visited, reopened),
      resizes: difference(small, await rest(terminal)),
    };
  });
}

/**
 * A container that writes lines and then echoes its input.
 * @param {World} world
 * @param {string} name of the monitor
 * @param {number} lines
 */
async function writer(world, name, lines) {
  const write = `yes ${'x'.repeat(LINE - 1)} | head -n ${lines}; : > ${world.dir}/echo/written; exec cat`;
  const options = ['-i', '--leave-stdin-open', '--log-size-max', String(LOG_LIMIT)];
  return world.create(name, 'echo', ['/bin/sh', '-c', write], { options });
}

/**
 * @param {Growth} before
 * @param {Growth} after
 * @returns {Growth}
 */
function difference(before, after) {
  return { anonymous: after.anonymous - before.anonymous, private: after.private - before.private };
}

/**
 * Memory of an idle monitor.
 * @param {Container} container
 */
async function rest({ monitor }) {
  await settledCpu(monitor);
  await sleep(SETTLED);
  return memory(monitor);
}

/**
 * Removes the log each time, to detect when it has been reopened.
 * @param {Container} container
 * @param {number} count
 */
async function reopen({ dir }, count) {
  for (let round = 0; round < count; round++) {
    rmSync(`${dir}/log`);
    writeFileSync(`${dir}/ctl`, '2 0 0\n');
    await until(() => existsSync(`${dir}/log`));
  }
}

/**
 * C conmon loses lines written faster than it reads; so this writes a few at a time, and repeats the last until it takes
 * effect.
 * @param {Container} container with a terminal
 * @param {number} count
 */
async function resize({ dir, pid }, count) {
  const isNow = (/** @type {string} */ size) =>
    execFileSync('stty', ['-F', `/proc/${pid}/fd/0`, 'size'], { encoding: 'utf8' }).trim() === size;
  for (let round = 1; round <= count / FEW; round++) {
    const sizes = Array.from({ length: FEW }, (_, at) => `${round} ${at + 1}`);
    const last = sizes.at(-1) ?? '';
    writeFileSync(`${dir}/ctl`, sizes.map((size) => `1 ${size}\n`).join(''));
    for (let tries = 1; !isNow(last); tries++) {
      if (tries > 1000) throw new Error(`the terminal of ${pid} does not become ${last}`);
      if (tries % 10 === 0) writeFileSync(`${dir}/ctl`, `1 ${last}\n`);
    }
  }
}

/**
 * @param {string} what
 * @param {Readonly<Record<string, readonly Growths[]>>} found
 * @param {(of: Growths) => number} pick
 * @returns {Measured}
 */
function rowOf(what, found, pick) {
  const values = Object.fromEntries(Object.entries(found).map(([name, list]) => [name, list.map(pick)]));
  // A difference of two pages depends on the position of the stack.
  return { name: `growth: ${what}`, unit: 'kB', better: 'less', kind: 'difference', even: 8, values };
}
