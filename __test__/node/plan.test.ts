import t from 'tap';
import { plan } from '../../ts/node/plan.js';

const OPTIONS = { cid: 'c', cuuid: 'u', runtime: '/bin/true', bundle: '/b', logPath: ['k8s-file:/l'] };

t.test('options and the command line that they make have the same plan', async (t) => {
  const words = ['--bundle', '/b', '-c', 'c', '-u', 'u', '-r', '/bin/true', '-l', 'k8s-file:/l'];
  const found = plan(OPTIONS, { env: {} });
  t.same(found, plan(words, { env: {} }));
  t.match(found, { plan: { cid: 'c', mode: 'create', attach: { socket: '/b/attach' } } });
});

t.test('a refusal names each message and its receiver', async (t) => {
  const { cid: _, ...rest } = OPTIONS;
  t.match(plan(rest, { env: { _OCI_SYNCPIPE: '7' } }), {
    refusal: { stderr: 'conmon: Container ID not provided. Use --cid\n', replies: [{ fd: 7 }], status: 1 },
  });
});

t.test('a text is what would be printed', async (t) => {
  t.match(plan(['--version']), { text: { status: 0, stdout: /^conmon version \d/ } });
});

t.test('environment and host can be given', async (t) => {
  const host = { cwd: () => '/elsewhere', isExecutable: () => true, whyNotExecutable: () => '' };
  const { bundle: _, ...rest } = OPTIONS;
  t.match(plan({ ...rest, runtime: '/not/there' }, { env: {}, host }), {
    plan: { attach: { socket: '/elsewhere/attach' } },
  });
});
