/** Root's `conmonctl ps` next to many processes of user nobody that claim to be monitors. */
import { existsSync, mkdirSync } from 'node:fs';
import t, { type Test } from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { ctl, entries } from '../support/ps.js';
import { scene } from '../support/scene.js';
import { AS_NOBODY, NOBODY, stranger, strangersDirectory } from '../support/stranger.js';

const NEEDED = needs('root', 'setpriv', 'unshare', 'miniruntime');
const FUSE = existsSync('/dev/fuse') ? {} : { skip: 'this kernel has no FUSE' };
const CID = 'c'.repeat(64);

void t.test('a real monitor is described in full next to a hundred others', NEEDED, async (t) => {
  const { s } = await real(t);
  const dir = strangersDirectory(t);
  const alone = await fastest();
  const pids: number[] = [];
  for (let at = 0; at < 100; at += 1) pids.push(await stranger(t, { dir, cid: `${at}`.padStart(64, 'f') }));
  const crowd = await entries();
  t.match(
    crowd.find(({ cid }) => cid === s.cid),
    { state: 'running', uid: 0, problem: undefined },
  );
  t.equal(crowd.filter(({ pid }) => pids.includes(pid)).length, pids.length, 'each of them has its line');
  const together = await fastest();
  // Their lines are printed as well; on a busy machine all of it takes longer, alone and together.
  t.ok(together <= alone * 3 + 500, `${alone} ms alone, ${together} ms together`);
});

void t.test('a file system that does not respond costs a limited time', { ...NEEDED, ...FUSE }, async (t) => {
  const dir = strangersDirectory(t);
  mkdirSync(`${dir}/fuse`, { mode: 0o777 });
  const options = 'fd=7,rootmode=40000,user_id=0,group_id=0,allow_other';
  // Its server, which holds the descriptor, never reads.
  const mount = `exec 7<>/dev/fuse && mount -i -t fuse -o ${options} none ${dir}/fuse`;
  const before = `${mount} && exec ${AS_NOBODY.join(' ')} "$0" "$@"`;
  const { s } = await real(t);
  const claims = Array.from({ length: 70 }, (_, at) => ({ at, cid: `${at}`.padStart(64, 'a') }));
  const holder = await stranger(
    t,
    { dir, cid: CID, pidfile: `${dir}/fuse/pid`, before, prefix: ['unshare', '-m'] },
    [],
  );
  const inside = ['nsenter', '-m', '-t', String(holder), ...AS_NOBODY];
  for (const { cid } of claims) await stranger(t, { dir, cid, pidfile: `${dir}/fuse/pid` }, inside);
  const alone = await entries();
  t.match(
    alone.find(({ cid }) => cid === s.cid),
    { state: 'running', problem: undefined },
  );
  t.match(
    alone.find(({ pid }) => pid === holder),
    { uid: NOBODY, problem: /time/ },
  );
  t.match(await ctl('ps'), { code: 0, text: /PROBLEM/ });
});

async function fastest(): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const start = performance.now();
    await entries();
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

/** A container of root. */
async function real(t: Test) {
  const s = scene(t);
  const runtime = actor(s, { payload: 'sleep 60', ungated: true });
  const run = launch(t, s, createArguments(s, runtime.path));
  await run.started();
  return { s, run };
}
