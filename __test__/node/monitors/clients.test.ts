/** Attach clients in the kernel's table of unix sockets (unix(7), `/proc/net/unix`). */
import t from 'tap';
import { inodeOfClient } from '../../../ts/node/monitors/clients.js';

const LINE = '0000000000000000: 00000003 00000000 00000000';

void t.test('an accepted connection of an attach socket is a client, also where the path has blanks', async (t) => {
  t.same(inodeOfClient(`${LINE} 0005 03 48211 /run/b/attach`), ['48211']);
  t.same(inodeOfClient(`${LINE} 0005 03    91 /home/a user/my bundle/attach`), ['91']);
});

void t.test(
  'a listening socket, and one of another type, with another name or without one, is not a client',
  async (t) => {
    for (const rest of [
      '0005 01 48211 /run/b/attach',
      '0001 03 48211 /run/b/attach',
      '0005 03 48211 /run/b/ctl',
      '0005 03 48211',
    ]) {
      t.same(inodeOfClient(`${LINE} ${rest}`), [], rest);
    }
    t.same(inodeOfClient('Num       RefCount Protocol Flags    Type St Inode Path'), []);
  },
);
