import t from 'tap';
import { CREATE, EXEC, planOf, refusalOf } from './support.js';

const ATTACH = [...EXEC, '--api-version', '--exec-attach'];

t.test('the variables name the descriptors', async (t) => {
  const env = { _OCI_SYNCPIPE: '3', _OCI_STARTPIPE: '4', _OCI_ATTACHPIPE: '5' };
  const create = planOf(CREATE, { env });
  t.equal(create.syncPipe.fd, 3);
  t.equal(create.launch.startPipe, 4);
  t.equal(create.runtime.startPipe, null);
  t.equal(create.attachPipe, null);
  const exec = planOf(ATTACH, { env });
  t.equal(exec.launch.startPipe, 4);
  t.equal(exec.runtime.startPipe, 4);
  t.equal(exec.attachPipe?.fd, 5);
});

t.test('without them there are no pipes', async (t) => {
  const plan = planOf(CREATE);
  t.equal(plan.syncPipe.fd, null);
  t.equal(plan.launch.startPipe, null);
});

t.test('0 is not a start pipe', async (t) => {
  t.equal(planOf(CREATE, { env: { _OCI_STARTPIPE: '0' } }).launch.startPipe, null);
});

t.test('--exec-attach needs the attach pipe', async (t) => {
  t.equal(refusalOf(ATTACH).stderr, '[conmon:e]: --attach specified but _OCI_ATTACHPIPE was not\n');
});

t.test('an invalid descriptor is refused', async (t) => {
  for (const name of ['_OCI_STARTPIPE', '_OCI_SYNCPIPE']) {
    for (const value of ['', 'x', '3x', '3 ', '0x3', '99999999999']) {
      const refusal = refusalOf(CREATE, { env: { [name]: value } });
      t.equal(refusal.stderr, `[conmon:e]: unable to parse ${name}\n`, `${name}=${value}`);
    }
    const refusal = refusalOf(CREATE, { env: { [name]: '-3' } });
    t.equal(refusal.stderr, `[conmon:e]: unable to make ${name} CLOEXEC Bad file descriptor\n`);
  }
  t.match(refusalOf(ATTACH, { env: { _OCI_ATTACHPIPE: 'x' } }).stderr, 'unable to parse _OCI_ATTACHPIPE');
});

t.test('the attach pipe is not looked at unless it is needed', async (t) => {
  t.equal(planOf(CREATE, { env: { _OCI_ATTACHPIPE: 'x' } }).attachPipe, null);
});
