import t from 'tap';
import { execOptions } from '../../../ts/ctl/containers/exec-command.js';

t.test('a command line becomes options of the library', async (t) => {
  const words = ['ls', '-l', '/'];
  const found = execOptions({ container: 'web', env: ['A=1', 'B=x=y'], user: '7', cwd: '/srv', timeout: '2' }, words);
  t.match(found, {
    args: words,
    env: { A: '1', B: 'x=y' },
    cwd: '/srv',
    user: { uid: 7, gid: 7 },
    terminal: false,
    stdin: false,
    timeout: 2,
  });
});

t.test('a terminal has a TERM, which --env can replace', async (t) => {
  const { TERM } = execOptions({ container: 'web', terminal: true }, ['sh']).env ?? {};
  t.equal(TERM, process.env['TERM'] ?? 'xterm');
  t.equal(execOptions({ container: 'web', terminal: true, env: ['TERM=dumb'] }, ['sh']).env?.['TERM'], 'dumb');
});

t.test('without a command, or with a user that is not a number, it is refused', async (t) => {
  t.throws(() => execOptions({ container: 'web' }, []), { name: 'CtlError', message: 'no command given' });
  t.throws(() => execOptions({ container: 'web', user: 'root' }, ['sh']), { message: /--user needs UID or UID:GID/ });
});
