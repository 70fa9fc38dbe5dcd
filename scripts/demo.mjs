/**
 * `npm run demo`: runs a real container under our monitor and explains each step.
 *
 * With crun or runc and a static busybox it is a container; else a plain process under the mini runtime.
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, isInPath, runMain } from './project.mjs';
import { findStaticBusybox, makeRootfs } from './static-busybox.mjs';

/** The exit status of the container: not 0, to show that it is passed on. */
const STATUS = 42;
const COMMAND = `
  echo "I am number $$ here; my parent is a runtime that has left."
  echo "this goes to stderr" >&2
  printf "a line, "; sleep 0.3; echo "finished later"
  sleep 0.7
  printf "and at the end a part of one"
  exit ${STATUS}
`;

await runMain(async () => {
  // The whole process group receives them: conmonctl ends the container, and this process waits to clean up.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
  const directory = await mkdtemp(join(tmpdir(), 'conmon-demo-'));
  try {
    const options = await whatToRun(directory);
    const status = await conmonctl(['run', '--explain', ...options, '--', '/bin/sh', '-c', COMMAND]);
    console.log(`\nThe container ended with ${status}${status === STATUS ? ', as requested' : ''}.`);
    return status === STATUS ? 0 : status === 0 ? 1 : status;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

/** @param {string} directory an empty one of our own */
async function whatToRun(directory) {
  const busybox = await findStaticBusybox();
  const isolates = (await isInPath('crun')) || (await isInPath('runc'));
  if (busybox !== undefined && isolates) {
    await makeRootfs(busybox, directory);
    return ['--rootfs', directory];
  }
  const missing = [...(isolates ? [] : ['crun']), ...(busybox === undefined ? ['busybox-static'] : [])].join(' ');
  console.log(`\nA plain process under the mini runtime; for a container, apt-get install ${missing}`);
  return ['--runtime', 'mini'];
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit status
 */
async function conmonctl(args) {
  const child = spawn(process.execPath, [at('dist', 'conmonctl.js'), ...args], { stdio: 'inherit' });
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  const [code, signal] = await once(child, 'exit');
  return code ?? 128 + constants.signals[/** @type {NodeJS.Signals} */ (signal)];
}
