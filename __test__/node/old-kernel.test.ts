/** A session inside a Node process to which pidfds are refused: nobody sends it SIGCHLD, so it looks for ends itself. */
import t from 'tap';
import { command } from '../support/command.js';
import { container } from '../support/container.js';
import { REFUSALS, without } from '../support/kernel.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';
import { ROOT } from '../support/target.js';
import { untilExists } from '../support/wait.js';
import { commandLine } from './monitored.js';

const SCRIPT = `
import { monitor } from ${JSON.stringify(`${ROOT}dist/index.js`)};
console.log(JSON.stringify(await monitor(process.argv.slice(1))));
`;

for (const refusal of REFUSALS) {
  for (const [what, script, further, expected] of [
    ['its status', 'exit 7', [], { status: 7, timedOut: false }],
    ['the time limit', 'sleep 60', ['--timeout', '1'], { status: -1, timedOut: true }],
  ] as const) {
    t.test(`without pidfds (${refusal}) a container has ${what}`, needs('miniruntime'), async (t) => {
      const world = scene(t);
      const made = container(t, world, 'miniruntime', { args: ['/bin/sh', '-c', script] });
      const node = [process.execPath, '--input-type=module', '--eval', SCRIPT, '--'];
      const words = [...without('pidfd_open', refusal), ...node, ...commandLine(world, made, further)];
      const ended = command(words, { env: { ...process.env, TMPDIR: world.dir } });
      await untilExists(world.pidfile);
      await made.start();
      const { code, text, stderr } = await ended;
      t.equal(code, 0, stderr);
      t.match(JSON.parse(text), expected);
    });
  }
}
