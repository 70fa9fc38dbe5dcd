import t from 'tap';
import { CREATE, EXEC, planOf } from './support.js';

const N = '\u0001';
const M = '\u0002';

t.test('version 1 has the key data for everything', async (t) => {
  t.same(planOf([...CREATE, '--api-version']).syncPipe, {
    fd: null,
    started: `{"data": ${N}}\n`,
    failed: `{"data": -1, "message": "${M}"}\n`,
    exited: null,
    timedOut: null,
  });
  t.same(planOf([...EXEC, '--api-version']).syncPipe, {
    fd: null,
    started: `{"data": ${N}}\n`,
    failed: `{"data": -1, "message": "${M}"}\n`,
    exited: `{"data": ${N}}\n`,
    timedOut: '{"data": -1, "message": "command timed out"}\n',
  });
});

t.test('create without --api-version reports a pid', async (t) => {
  t.same(planOf(CREATE).syncPipe, {
    fd: null,
    started: `{"pid": ${N}}\n`,
    failed: `{"pid": -1, "message": "${M}"}\n`,
    exited: null,
    timedOut: null,
  });
});

t.test('exec without --api-version reports an exit code, and no pid', async (t) => {
  t.same(planOf(EXEC).syncPipe, {
    fd: null,
    started: null,
    failed: `{"exit_code": -1, "message": "${M}"}\n`,
    exited: `{"exit_code": ${N}}\n`,
    timedOut: '{"exit_code": -1, "message": "command timed out"}\n',
  });
});

t.test('restore answers as create does', async (t) => {
  t.same(planOf([...CREATE, '--restore', '/image']).syncPipe, planOf(CREATE).syncPipe);
});

t.test('the attach pipe reports that the socket listens, or the error', async (t) => {
  const env = { _OCI_ATTACHPIPE: '5' };
  t.same(planOf([...EXEC, '--api-version', '--exec-attach'], { env }).attachPipe, {
    fd: 5,
    ready: '{"data": 0}\n',
    failed: `{"data": -1, "message": "${M}"}\n`,
  });
});
