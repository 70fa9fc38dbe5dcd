/** Facts about processes. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { factsOf } from '../../../ts/node/monitors/process.js';
import { needs } from '../../support/needs.js';
import { until } from '../../support/wait.js';

const THREAD_THAT_STAYS = `
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(60,)).start()
ctypes.CDLL(None).pthread_exit(None)`;

t.test(
  'a process of which only another thread than the first runs is alive',
  needs('python3-prometheus-client'),
  async (t) => {
    const child = spawn('python3', ['-c', THREAD_THAT_STAYS], { stdio: 'ignore' });
    t.teardown(() => child.kill('SIGKILL'));
    const pid = child.pid ?? 0;
    await until('the end of the first thread', () => / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')));
    t.equal((await factsOf(pid))?.isAlive, true);
  },
);
