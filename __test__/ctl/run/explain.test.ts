import t from 'tap';
import { Explainer } from '../../../ts/ctl/run/explain.js';
import { commandLines, optionGroups, quote } from '../../../ts/ctl/run/option-meanings.js';
import { paint } from '../../../ts/ctl/paint.js';
import { visible } from '../../../ts/ctl/visible.js';

function explained(isTerminal: boolean): { readonly onEvent: Explainer['onEvent']; readonly text: () => string } {
  const parts: string[] = [];
  const explainer = new Explainer((text) => void parts.push(text), paint(isTerminal, {}));
  return { onEvent: explainer.onEvent, text: () => parts.join('') };
}

t.test('records of the log are shown as they are, under one heading until something else happens', async (t) => {
  const { onEvent, text } = explained(false);
  onEvent({ kind: 'logged', record: 'TIME stdout F one' });
  onEvent({ kind: 'logged', record: 'TIME stderr P two' });
  onEvent({ kind: 'signalled', signal: 'SIGTERM' });
  onEvent({ kind: 'logged', record: 'TIME stdout F three' });
  t.match(text(), '   │ TIME stdout F one\n   │ TIME stderr P two\n');
  t.equal(text().match(/The log grows/g)?.length, 2);
  t.match(text(), ' 2 · SIGTERM is sent to the container');
});

t.test('output that arrives before the start has returned is shown after it', async (t) => {
  const { onEvent, text } = explained(false);
  onEvent({ kind: 'reported', milliseconds: 1, line: '{"data": 7}\n', pid: 7 });
  onEvent({ kind: 'logged', record: 'TIME stdout F early' });
  onEvent({ kind: 'started', milliseconds: 1, argv: ['runc', 'start'] });
  t.notMatch(text(), 'early');
  onEvent({ kind: 'exited', path: '/x', content: '0', status: 0 });
  t.match(text(), /runc start[^]*early/);
  onEvent({ kind: 'logged', record: 'TIME stdout F late' });
  t.match(text(), 'late');
});

t.test('only a terminal gets colours', async (t) => {
  for (const isTerminal of [false, true]) {
    const { onEvent, text } = explained(isTerminal);
    onEvent({ kind: 'signalled', signal: 'SIGTERM' });
    t.equal(text().includes('\u001b['), isTerminal);
  }
});

t.test('a container cannot steer the terminal through its log', async (t) => {
  const { onEvent, text } = explained(true);
  onEvent({ kind: 'logged', record: 'TIME stdout F \u001b]0;title\u0007' });
  t.match(text(), 'F ␛]0;title␇');
  t.equal(visible('a\tb\n\u007f€😀'), 'a\tb␊␡€😀');
});

t.test('what could not be removed is not called removed', async (t) => {
  const { onEvent, text } = explained(false);
  onEvent({ kind: 'removed', what: ['one'], problems: ['cannot remove two'] });
  t.match(text(), 'Not everything could be removed');
  t.match(text(), 'cannot remove two');
  t.notMatch(text(), 'Nothing is left behind');
});

t.test('a command line has one option a line, with the meanings in a column', async (t) => {
  const long = 'x'.repeat(80);
  const lines = commandLines([
    { args: ['--cid', 'box'], meaning: 'id' },
    { args: ['--full-attach'], meaning: 'attach' },
    { args: [long], meaning: 'long' },
  ]);
  t.same(lines, [
    ['--cid box    ', 'id'],
    ['--full-attach', 'attach'],
    [long, 'long'],
  ]);
});

t.test('a command line is grouped by its options, each with its meaning', async (t) => {
  t.same(
    optionGroups(['--api-version', '--runtime-arg', '--root', '--cid', 'box', '--syslog', 'x'], ['--syslog', 'x']),
    [
      { args: ['--api-version'], meaning: 'the sync pipe speaks protocol 1' },
      { args: ['--runtime-arg', '--root'], meaning: 'for the runtime' },
      { args: ['--cid', 'box'], meaning: 'container id' },
      { args: ['--syslog'], meaning: 'given with --conmon-arg' },
      { args: ['x'], meaning: 'given with --conmon-arg' },
    ],
  );
});

t.test('arguments are quoted as a shell would take them', async (t) => {
  t.equal(quote('k8s-file:/a/b.log'), 'k8s-file:/a/b.log');
  t.equal(quote(''), "''");
  t.equal(quote("it's $x"), "'it'\\''s $x'");
});
