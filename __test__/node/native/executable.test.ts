import { realpathSync } from 'node:fs';
import t from 'tap';
import { executable } from '../../../ts/node/native/executable.js';
import { ROOT } from '../root.js';

const withOverride = (path: string) => (name: string) => (name === 'CONMON_BINARY' ? path : undefined);

t.test('CONMON_BINARY names another executable, which must exist', async (t) => {
  t.equal(executable(withOverride('/bin/true')), '/bin/true');
  t.throws(() => executable(withOverride('/no/such')), {
    name: 'InstallationError',
    code: 'ERR_CONMON_EXECUTABLE_NOT_FOUND',
    message: 'cannot execute the monitor /no/such: CONMON_BINARY names it',
  });
});

t.test('a launcher of this package does not name itself', async (t) => {
  const found = realpathSync(executable(withOverride(`${ROOT}bin/conmon`)));
  t.equal(found, realpathSync(executable(withOverride(''))));
  t.notMatch(found, /\/bin\/conmon$/);
});
