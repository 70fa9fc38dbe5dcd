/** The monitor's own messages on stderr. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { actor } from '../support/actor.js';
import { createArguments } from '../support/arguments.js';
import { launch } from '../support/monitor.js';
import { needs } from '../support/needs.js';
import { scene } from '../support/scene.js';
import { betterThanC } from '../support/target.js';

void t.test(
  'a message is one write, so that it does not mix with those of other monitors',
  { ...needs('strace'), ...betterThanC('2.1.6 knows no such variable') },
  async (t) => {
    const s = scene(t);
    const trace = `${s.dir}/trace`;
    const prefix = ['strace', '-D', '-f', '-s', '200', '-e', 'trace=write', '-o', trace];
    const runtime = actor(s, { ungated: true });
    const env = { CONMON_LOG_ROTATE: 'often' };
    const run = launch(t, s, createArguments(s, runtime.path), { prefix, env });
    await run.finished();
    const messages = readFileSync(trace, 'utf8').match(/write\(2, "\[conmon:w.*/g);
    t.match(messages, [/"\[conmon:w\]: CONMON_LOG_ROTATE=often is ignored.*\\n", \d+\) = \d+$/]);
  },
);
