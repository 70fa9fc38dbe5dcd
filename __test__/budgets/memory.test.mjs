/**
 * An idle monitor is small, sleeps, and is as small again after work.
 *
 * It can fail: 16 kB kept from the start break the budgets of anonymous and of dirty memory, an executable that stays mapped
 * breaks that of one PSS, 512 bytes kept per attach client break that of growth.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { SETTLED, visits } from '../../bench/measures/dense.mjs';
import { grow } from '../../bench/measures/growth.mjs';
import { idle } from '../../bench/measures/idle.mjs';
import { inWorld } from '../../bench/world.mjs';
import { comparing, holdTo, tools } from './budget.mjs';

/** Kilobytes; with an executable that stays mapped it is 1800. */
const MOST_PSS_OF_ONE = 600;
/**
 * Kilobytes: a page of variables, three of the heap, and one with the heap's end and the other variables. Without `layout.ld` there
 * is another one.
 */
const MOST_WRITTEN = 20;
/** Kilobytes: eight pages for each kind of work. */
const MOST_GROWTH = 32;
const MOST_GROWTH_IN_ALL = 50;
/** What the heap keeps at its end, and three pages. */
const MOST_AFTER_VISITS = 28;

void t.test('an idle monitor takes less than a quarter of C conmon, and is never woken', comparing(), async (t) => {
  const rows = await idle(tools());
  const find = (pattern) => {
    const found = rows.find(({ name }) => pattern.test(name));
    if (found === undefined) throw new Error(`the benchmark measures no ${pattern}`);
    return found;
  };
  holdTo(t, find(/anonymous memory of each/), 0.23);
  holdTo(t, find(/private dirty memory of each/), 0.24);
  // Not a ratio: C conmon's share of its libraries depends on the other processes that use them.
  const [one = Infinity] = find(/PSS of one/).values['ours'];
  t.ok(one <= MOST_PSS_OF_ONE, `PSS of one monitor: ${one} kB, at most ${MOST_PSS_OF_ONE}`);
  holdTo(t, find(/PSS of each/), 0.35);
  t.ok(
    find(/wake-ups/).values['ours'].every((count) => count === 0),
    'no wake-up',
  );
  t.ok(
    find(/CPU/).values['ours'].every((count) => count === 0),
    'no CPU',
  );
});

void t.test('an idle monitor has written to few pages of variables and heap', comparing(), async (t) => {
  const kilobytes = await inWorld(tools(), async (world) => {
    const { monitor } = await world.create('ours', 'written', ['/bin/sleep', '3600']);
    await sleep(SETTLED);
    return written(monitor);
  });
  t.ok(kilobytes <= MOST_WRITTEN, `${kilobytes} kB, at most ${MOST_WRITTEN}`);
});

/** Kilobytes of the executable's variables that a process has written to, with those that follow in memory without a file. */
function written(pid) {
  const executable = readlinkSync(`/proc/${pid}/exe`);
  const mappings = readFileSync(`/proc/${pid}/smaps`, 'utf8').split(/\n(?=[0-9a-f]+-)/);
  const at = mappings.findIndex((each) => new RegExp(`^\\S+ rw-p .* ${executable}$`, 'm').test(each));
  const end = /-([0-9a-f]+)/.exec(mappings[at])?.[1];
  return mappings
    .slice(at, at + 2)
    .filter((each, index) => index === 0 || each.startsWith(`${end}-`))
    .reduce((sum, each) => sum + Number(/^Anonymous: +(\d+)/m.exec(each)?.[1]), 0);
}

void t.test('logs, attaches, reopens and resizes leave nothing in memory', comparing(), async (t) => {
  const growths = await grow(tools(), 'ours', 64, { visits: 300, reopens: 100, resizes: 5000 });
  let [anonymous, private_] = [0, 0];
  for (const [work, of] of Object.entries(growths)) {
    t.ok(of.private <= MOST_GROWTH, `${work}: grown by ${of.private} kB, at most ${MOST_GROWTH}`);
    anonymous += of.anonymous;
    private_ += of.private;
  }
  t.ok(Math.max(anonymous, private_) <= MOST_GROWTH_IN_ALL, `in all ${private_} kB, at most ${MOST_GROWTH_IN_ALL}`);
});

void t.test('clients that connect and leave while the container is silent leave nothing', comparing(), async (t) => {
  const { descriptors, grown } = await inWorld(tools(), (world) => visits(world, 'ours', 3000));
  t.ok(grown <= MOST_AFTER_VISITS, `grown by ${grown} kB, at most ${MOST_AFTER_VISITS}`);
  t.ok(descriptors <= 24, `${descriptors} descriptors`);
});
