/** A private syslog for a test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import type { Test } from 'tap';
import { type Namespace, enterNamespace } from './namespace.js';
import type { Scene } from './scene.js';
import { untilExists } from './wait.js';

/** The monitor's syslog messages. */
export interface Syslog {
  readonly namespace: Namespace;
  readonly text: () => string;
}

/** A mount namespace with a private /dev without a log socket. */
export async function ownDevices(s: Scene): Promise<Namespace> {
  const dev = `${s.dir}/dev`;
  mkdirSync(dev);
  return enterNamespace(
    `mount -t tmpfs none '${dev}'`,
    `cp -a /dev/null /dev/zero /dev/urandom /dev/random /dev/ptmx '${dev}'`,
    `mkdir '${dev}/pts' && mount --bind /dev/pts '${dev}/pts'`,
    `mount --move '${dev}' /dev`,
  );
}

/** The same with a listener at /dev/log. */
export async function syslog(t: Test, s: Scene): Promise<Syslog> {
  const namespace = await ownDevices(s);
  const messages = `${s.dir}/messages`;
  const [program = '', ...words] = [
    ...namespace.prefix,
    s.dir,
    'socat',
    '-u',
    'UNIX-RECV:/dev/log',
    `CREATE:${messages}`,
  ];
  const daemon: ChildProcess = spawn(program, words, { stdio: 'ignore' });
  t.teardown(() => {
    daemon.kill();
    namespace.leave();
  });
  await untilExists(messages);
  return { namespace, text: () => readFileSync(messages, 'utf8') };
}
