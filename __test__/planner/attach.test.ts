import t from 'tap';
import { attachLink } from '../../ts/planner/attach.js';
import { CREATE, EXEC, planOf } from './support.js';

t.test('the socket is bound in the bundle, and linked below the socket directory', async (t) => {
  t.same(planOf([...CREATE, '-b', '/bundle', '--socket-dir-path', '/sockets']).attach, {
    socket: '/bundle/attach',
    link: { path: '/sockets/uuid', target: '/bundle' },
    stallSeconds: 10,
  });
});

t.test('without a directory for links, it is the one of CRI-O', async (t) => {
  t.equal(planOf(CREATE).attach?.link?.path, '/var/run/crio/uuid');
});

t.test('--full-attach makes no link, whatever --socket-dir-path is', async (t) => {
  t.equal(planOf([...CREATE, '--socket-dir-path', '/sockets', '--full-attach']).attach?.link, null);
});

t.test('an exec with a bundle can be attached to; without one, or an old exec, it cannot', async (t) => {
  t.equal(planOf([...EXEC, '--api-version', '-b', '/bundle']).attach?.socket, '/bundle/attach');
  for (const argv of [
    [...EXEC, '--api-version'],
    [...EXEC, '-b', '/bundle'],
  ]) {
    const plan = planOf(argv);
    t.equal(plan.attach, null);
    t.equal(plan.control, null);
  }
});

t.test("a container with the caller's streams can be neither attached to nor resized", async (t) => {
  const plan = planOf([...CREATE, '-l', 'passthrough']);
  t.equal(plan.attach, null);
  t.equal(plan.control, null);
});

t.test('a link of exactly 107 bytes loses its last character', async (t) => {
  const directory = `/${'d'.repeat(99)}`;
  const cases: readonly (readonly [rule: string, cuuid: string, link: string])[] = [
    ['106 bytes stay', '12345', `${directory}/12345`],
    ['107 bytes become 106', '123456', `${directory}/12345`],
    ['108 bytes stay', '1234567', `${directory}/1234567`],
    ['bytes count, not characters', '12é56', `${directory}/12é5`],
    ['107 characters of more bytes stay', '1234é6', `${directory}/1234é6`],
    ['a byte that is not UTF-8 counts as one', '12345\udcff', `${directory}/12345`],
    ['a character of two UTF-16 units goes as a whole', '12😀', `${directory}/12`],
  ];
  for (const [rule, cuuid, link] of cases) t.equal(attachLink(directory, cuuid), link, rule);
});
