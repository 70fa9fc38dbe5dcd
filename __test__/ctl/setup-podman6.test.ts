/** `conmonctl setup` and `doctor` with Podman 6's order of configuration, and a program that plays Podman 6. */
import { mkdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { needs } from '../support/needs.js';
import { CONMONCTL } from './live.js';
import { machine, OURS, PODMAN_FILE } from './setup-machine.js';

/** It uses the first path of the last of its drop-ins by name, wherever that is. */
const PODMAN = `#!/bin/sh
cd /etc/containers
last=$(ls containers.conf.d containers.rootful.conf.d 2>/dev/null | grep 'conf$' | sort | tail -1)
path=$(sed -n 's/.*conmon_path *= *\\[ *"\\([^"]*\\)".*/\\1/p' containers*.d/$last)
case $1:$3 in
  --version:*) echo 'podman version 6.0.1' ;;
  info:*ServiceIsRemote*) echo false ;;
  info:*) printf '{"path":"%s","version":"conmon version 9.9.9"}' "$path" ;;
  *) echo '[]' ;;
esac
`;

void t.test('a drop-in for root that comes later by name wins, and is named', needs('root'), async (t) => {
  const { etc, dir, call } = await machine(t);
  for (const name of [
    `${dir}/bin`,
    `${etc}/containers/containers.rootful.conf.d`,
    `${etc}/containers/containers.conf.d`,
  ]) {
    mkdirSync(name, { recursive: true });
  }
  writeFileSync(`${dir}/bin/podman`, PODMAN, { mode: 0o755 });
  const env = { PATH: `${dir}/bin:${process.env['PATH']}` };
  const first = await call([CONMONCTL, 'setup', 'podman'], env);
  t.strictSame([first.code, first.stderr], [0, ''], first.text);
  t.match(first.text, `✓ Podman reports that it uses ${OURS} (conmon version 9.9.9)`);

  const rival = '[engine]\nconmon_path = ["/usr/bin/env"]\n';
  writeFileSync(`${etc}/containers/containers.rootful.conf.d/60-root.conf`, rival);
  writeFileSync(`${etc}/containers/containers.rootful.conf.d/10-root.conf`, rival);
  const doctor = await call([CONMONCTL, 'doctor', '--json'], env);
  const problems = JSON.parse(doctor.text).findings.filter((each: { level: string }) => each.level === 'problem');
  t.match(problems, [
    {
      what: `although ${PODMAN_FILE} names another`,
      advice: 'It is set in /etc/containers/containers.rootful.conf.d/60-root.conf: remove it there.',
    },
  ]);
  t.equal(problems.length, 1);

  writeFileSync(`${etc}/containers/containers.rootful.conf.d/70-broken.conf`, 'engine = [');
  const refused = await call([CONMONCTL, 'setup', 'podman'], env);
  t.equal(refused.code, 125);
  t.match(refused.stderr, 'cannot read /etc/containers/containers.rootful.conf.d/70-broken.conf: line 1');
});
