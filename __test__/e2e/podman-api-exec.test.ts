/** Exec sessions of Podman's REST API, which are cleaned up after a delay. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { type Reply, callApi } from '../../bench/podman-api.mjs';
import { pss } from '../support/memory.js';
import { needs } from '../support/needs.js';
import { IMAGE, Podman } from '../support/podman.js';
import { cmdline, comm, stat } from '../support/proc.js';
import { processesOf } from '../support/scene.js';
import { betterThanC } from '../support/target.js';
import { until } from '../support/wait.js';

/** 10000 for a long run, which takes Podman's own delay. */
const SESSIONS = Number(process.env['CONMON_TEST_SESSIONS'] ?? 60);
/** Podman reads and writes all sessions of a container for each of them: one container takes hours for thousands. */
const SESSIONS_EACH = 500;
const IS_LONG = SESSIONS > SESSIONS_EACH;
const AT_A_TIME = IS_LONG ? 64 : 16;
const DELAY_SECONDS = IS_LONG ? 300 : 8;
const EXIT_CODE = 7;
/** A clean-up takes a tenth of a second of a quiet processor, and more the more sessions the container has. */
const PATIENCE_MS = IS_LONG ? 3_000_000 : 120_000;
/** Of all processes that wait with exit commands. */
const PSS_LIMIT_KB = 10_240;

void t.test(
  `${SESSIONS} exec sessions of the API`,
  { ...needs('root', 'podman', 'crun', 'busybox', 'unshare', 'nsenter'), ...betterThanC('keeps two processes each') },
  async (t) => {
    const podman = await Podman.setUp();
    t.teardown(() => podman.tearDown());
    const file = `${podman.dir}/containers.conf`;
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('[engine]', `[engine]\nexit_command_delay = ${DELAY_SECONDS}`));
    const api = `${podman.dir}/api.sock`;
    const [program = '', ...words] = podman.words(['system', 'service', '--time', '0', `unix://${api}`]);
    const service = spawn(program, words, { env: podman.env(), stdio: 'ignore' });
    t.teardown(() => service.kill('SIGTERM'));
    const ids: string[] = [];
    while (ids.length * SESSIONS_EACH < SESSIONS) {
      ids.push(await podman.ok('run', '--detach', '--log-driver', 'k8s-file', IMAGE, 'sleep', 'infinity'));
    }
    await until('the service', () => callApi(api, 'GET', '/_ping').then(Boolean, () => false));
    const named = (name: string): number[] => processesOf(podman.dir).filter((pid) => comm(pid) === name);

    const inspect = (session: string): Promise<Reply> => callApi(api, 'GET', `/exec/${session}/json`);
    const codeOf = (reply: Reply): number | undefined => (reply.body as { ExitCode?: number }).ExitCode;
    const sessions: string[] = [];
    const wrong: Reply[] = [];
    let left = SESSIONS;
    const work = async (): Promise<void> => {
      while (left-- > 0) {
        const id = ids[left % ids.length] ?? '';
        const command = { Cmd: ['sh', '-c', `exit ${EXIT_CODE}`], AttachStdout: true, AttachStderr: true };
        const { body } = await callApi(api, 'POST', `/containers/${id}/exec`, command);
        const session = (body as { Id: string }).Id;
        const started = await callApi(api, 'POST', `/exec/${session}/start`, { Detach: false });
        const reply = await inspect(session);
        if (started.status !== 200 || codeOf(reply) !== EXIT_CODE) wrong.push(started, reply);
        sessions.push(session);
      }
    };
    const started = performance.now();
    const peak = new Peak(podman.dir);
    t.teardown(() => peak.stop());
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
    const seconds = Math.round((performance.now() - started) / 1000);
    t.same(wrong, [], 'each ends with its exit code, which can be inspected');

    await until('no process of a session to be left', () => named('conmon').length === ids.length);
    t.same(named('conmon-exit'), []);

    const remaining = [...sessions];
    const allGone = async (): Promise<boolean> => {
      const [session] = remaining;
      if (session === undefined) return true;
      const reply = await inspect(session);
      if (reply.status === 404) {
        remaining.shift();
        return false;
      }
      // Podman answers 500 to a request in the middle of the removal.
      if (reply.status === 200 && codeOf(reply) !== EXIT_CODE) wrong.push(reply);
      // Such an answer takes the lock of the container, which the clean-ups need.
      if (IS_LONG) await sleep(100);
      return false;
    };
    await until('all sessions to be removed', allGone, PATIENCE_MS);
    t.same(wrong, [], 'the exit code can be inspected until the session is removed');
    t.ok(peak.cleanups <= 2, `${peak.cleanups} clean-ups of a container at a time`);
    t.ok(peak.kilobytes <= PSS_LIMIT_KB, `${peak.kilobytes} kB PSS at most`);
    const all = Math.round((performance.now() - started) / 1000);
    t.comment(
      `${SESSIONS} sessions of ${ids.length} containers in ${seconds} s, all removed after ${all} s, ${peak.kilobytes} kB PSS at most`,
    );
  },
);

/** Highest memory, and number of clean-ups of one container, sampled. */
class Peak {
  kilobytes = 0;
  cleanups = 0;
  readonly #dir: string;
  readonly #timer: NodeJS.Timeout;

  constructor(dir: string) {
    this.#dir = dir;
    this.#timer = setInterval(() => this.#sample(), IS_LONG ? 1000 : 50);
  }

  #sample(): void {
    const pids = processesOf(this.#dir);
    // Read once: that of a process which has ended is empty.
    const commands = new Map(pids.map((pid) => [pid, comm(pid) === 'podman' ? cmdline(pid) : []]));
    const cleanups = pids.filter((pid) => commands.get(pid)?.includes('cleanup'));
    // A child that is about to execute another program has the command line of its parent for a moment.
    const first = cleanups.filter((pid) => !cleanups.includes(stat(pid)?.parent ?? 0));
    const containers = first.map((pid) => commands.get(pid)?.at(-1));
    const ofOne = containers.map((container) => containers.filter((other) => other === container).length);
    this.cleanups = Math.max(this.cleanups, ...ofOne);
    const waiting = pids.filter(
      (pid) => comm(pid)?.startsWith('conmon') === true && !cmdline(pid).includes('--exec-process-spec'),
    );
    this.kilobytes = Math.max(
      this.kilobytes,
      waiting.reduce((sum, pid) => sum + pss(pid), 0),
    );
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
