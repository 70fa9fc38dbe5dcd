/** Which monitor a word names. */
import t from 'tap';
import { findMonitor, othersText } from '../../ts/ctl/monitors/find.js';
import type { MonitorInfo } from '../../ts/node/monitors/info.js';
import { monitorInfo as info } from '../support/monitor-info.js';

const USER = 1000;

const ROOTS = info({ pid: 10, cid: 'aaaa1' });
const OWN = info({ pid: 11, cid: 'aaaa1', uid: USER });
const FOREIGN = info({ pid: 12, cid: 'aaaa1', uid: 424242, isForeign: true });
const EXEC = info({ pid: 13, cid: 'aaaa1', mode: 'exec' });
const UNEXAMINED = info({ pid: 14, cid: '', name: undefined, isForeign: true, problem: 'late' });
const ALL = [FOREIGN, EXEC, ROOTS, OWN, UNEXAMINED];

const pidOf = (word: string, all: readonly MonitorInfo[], caller = USER): number =>
  findMonitor(word, all, caller).monitor.pid;

t.test("the caller's own takes precedence over root's, and root's over any other", async (t) => {
  for (const word of ['web', 'aaaa1', 'aaa']) {
    t.equal(pidOf(word, ALL), 11, word);
    t.equal(
      pidOf(
        word,
        ALL.filter((each) => each !== OWN),
      ),
      10,
      word,
    );
    t.equal(pidOf(word, [FOREIGN, EXEC, UNEXAMINED]), 12, word);
  }
  t.equal(pidOf('aaa', [ROOTS, info({ pid: 20, name: 'aaa', cid: 'b', isForeign: true })]), 10, 'even an exact name');
});

t.test('monitors that were passed over are named, up to a limit', async (t) => {
  t.match(
    othersText('web', findMonitor('web', ALL, USER)),
    /"web" is also claimed by pid:10 of user .*pid:12 of user 424242\n$/,
  );
  t.equal(othersText('web', findMonitor('web', [ROOTS, EXEC], USER)), '');
  const crowd = Array.from({ length: 100 }, (_, at) => info({ pid: 100 + at, isForeign: true, uid: 7 }));
  t.match(othersText('web', findMonitor('web', [ROOTS, ...crowd], USER)), / and 95 more\n$/);
});

t.test('a pid names any monitor', async (t) => {
  for (const { pid } of ALL) t.equal(pidOf(`pid:${pid}`, ALL), pid);
  t.throws(() => findMonitor('pid:99', ALL, USER), /no monitor here has a container "pid:99"/);
});

t.test('a part of an id has at least three characters, a name any number', async (t) => {
  t.equal(pidOf('aaa', [ROOTS]), 10);
  t.throws(() => findMonitor('aa', [ROOTS], USER), {
    message: /no monitor here has a container "aa"/,
    advice: /at least three characters/,
  });
  t.equal(pidOf('b', [ROOTS, info({ pid: 30, name: 'b', cid: 'cccc' })]), 30);
  t.equal(pidOf('c', [ROOTS, info({ pid: 30, cid: 'c' }), info({ pid: 31, cid: 'cc' })]), 30);
});

t.test('a word that fits two equally trusted monitors is refused', async (t) => {
  const other = info({ pid: 21, cid: 'aaaa2\x1b[2J' });
  t.throws(() => findMonitor('web', [ROOTS, other], USER), /aaaa1 \(pid:10\), aaaa2\u241b\[2J \(pid:21\)/);
  t.throws(() => findMonitor('', ALL, USER), /no monitor here/);
});
