/** Arguments are bytes: what the locale makes of them does not matter. */
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { joined, parseLog } from '../support/cri-log.js';
import { launch } from '../support/monitor.js';
import { scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';

/** Replaces `@` in the arguments of a command by a byte that is not UTF-8, which Node cannot pass itself. */
const WITH_BYTES = [
  '/bin/sh',
  '-c',
  'for word do shift; set -- "$@" "$(printf %s "$word" | tr @ "\\377")"; done; exec "$@"',
  'sh',
];

for (const locale of ['C', 'C.UTF-8']) {
  void t.test(
    `LC_ALL=${locale}: name, log, bundle and runtime arguments that are not UTF-8 arrive unchanged`,
    betterThanC('2.1.6 refuses them or prints what it cannot read'),
    async (t) => {
      const s = scene(t);
      const runtime = actor(s, { payload: 'echo x; exit 2' });
      const changes = { '-n': 'na@me', '-l': `k8s-file:${s.dir}/l@g.log` };
      const args = createArguments(s, runtime.path, ['--runtime-arg', 'a@b', '--runtime-opt', 'c@d'], changes);
      const run = launch(t, s, args, { prefix: WITH_BYTES, env: { LC_ALL: locale } });
      await run.started();
      await runtime.start();
      t.equal(await run.finished(), '2');
      t.equal(runtime.args()[0], 'a\xffb');
      t.ok(runtime.args().includes('c\xffd'));
      t.equal(joined(parseLog(readFileSync(Buffer.from(`${s.dir}/l\xffg.log`, 'latin1'))), 'stdout'), 'x\n');
    },
  );
}

void t.test(
  'a message about a path that is not UTF-8 is valid JSON',
  betterThanC('2.1.6 reports nothing on the pipe'),
  async (t) => {
    const s = scene(t);
    const args = createArguments(s, `${s.dir}/no-@-runtime`);
    const run = launch(t, s, args, { prefix: WITH_BYTES, env: { LC_ALL: 'C' } });
    const message = await run.sync.message();
    t.equal(message['data'], -1);
    t.match(message['message'], /no-\uFFFD-runtime is not valid/);
    t.notOk(existsSync(s.exitFile));
  },
);
