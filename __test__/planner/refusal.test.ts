import t from 'tap';
import { replyLine } from '../../ts/planner/refusal.js';
import { bytesOf, CREATE, refusalOf } from './support.js';

t.test('every pipe that exists gets one line, without the prefix that stderr has', async (t) => {
  const env = { _OCI_SYNCPIPE: '3', _OCI_ATTACHPIPE: '5' };
  const line = '{"data": -1, "message": "option parsing failed: Unknown option --nope"}\n';
  t.same(refusalOf(['--api-version', '1', '--nope'], { env }).replies, [
    { fd: 3, line },
    { fd: 5, line },
  ]);
  t.same(refusalOf(['--nope'], {}).replies, []);
});

t.test('two variables that name one pipe make one line', async (t) => {
  t.equal(refusalOf([], { env: { _OCI_SYNCPIPE: '3', _OCI_ATTACHPIPE: '3' } }).replies.length, 1);
});

t.test('an invalid descriptor in a variable is ignored', async (t) => {
  t.same(refusalOf(CREATE, { env: { _OCI_SYNCPIPE: 'x' } }).replies, []);
  t.same(refusalOf(CREATE, { env: { _OCI_SYNCPIPE: '-1' } }).replies, []);
});

t.test('the key is the one of the protocol that was asked for', async (t) => {
  const keys: readonly (readonly [argv: readonly string[], start: string])[] = [
    [['--api-version'], '{"data": -1, '],
    [['--api-version', '-e'], '{"data": -1, '],
    [['-e'], '{"exit_code": -1, '],
    [[], '{"pid": -1, '],
  ];
  for (const [argv, start] of keys) {
    t.ok(refusalOf(argv, { env: { _OCI_SYNCPIPE: '3' } }).replies[0]?.line.startsWith(start), argv.join(' '));
  }
});

t.test('with --syslog a refusal goes to syslog too, with the start of the id', async (t) => {
  const id = '0123456789012345678901234567890';
  t.equal(
    refusalOf(['-c', id, '--syslog']).syslog,
    'conmon 01234567890123456789 <error>: Container UUID not provided. Use --cuuid',
  );
  t.equal(refusalOf(['-c', id]).syslog, null);
  t.equal(refusalOf(['--syslog']).syslog, 'conmon <error>: Container ID not provided. Use --cid');
  t.equal(
    refusalOf(['--syslog', '-c', 'a', '--nope']).syslog,
    'conmon a <error>: option parsing failed: Unknown option --nope',
  );
  t.equal(refusalOf(['-c', 'a', '--nope', '--syslog']).syslog, null, 'options after an error are not read');
});

t.test('a line is valid JSON and UTF-8 whatever the message holds', async (t) => {
  const message = 'a"\\\n\t\u0001é😀\udcff\udcfe';
  const bytes = bytesOf(replyLine('data', message));
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  t.same(JSON.parse(text), { data: -1, message: 'a"\\\n\t\u0001é😀\ufffd\ufffd' });
});

t.test(
  'a line has at most 4096 bytes: of a longer message the beginning and the end, cut between characters',
  async (t) => {
    for (const character of ['a', 'é', '😀', '\n', '\u0001', '\udcff']) {
      for (const shift of ['', 'x', 'xx', 'xxx', 'xxxx', 'xxxxx']) {
        for (const count of [4200, 200_000]) {
          const bytes = bytesOf(replyLine('exit_code', `${shift}first${character.repeat(count)}last`));
          t.ok(bytes.length <= 4096 && bytes.length > 4096 - 13, `${bytes.length}`);
          const { message } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
          const [beginning, end, ...others] = message.split(' … ');
          const shown = character === '\udcff' ? '\ufffd' : character;
          t.equal(beginning.replaceAll(shown, ''), `${shift}first`.replaceAll(shown, ''));
          t.equal(end.replaceAll(shown, ''), 'last'.replaceAll(shown, ''));
          t.same(others, []);
        }
      }
    }
  },
);

t.test('a message that just fits is whole', async (t) => {
  const room = 4096 - '{"data": -1, "message": ""}\n'.length;
  t.equal(bytesOf(replyLine('data', 'a'.repeat(room))).length, 4096);
  t.equal(JSON.parse(replyLine('data', 'a'.repeat(room))).message.length, room);
  t.match(JSON.parse(replyLine('data', 'a'.repeat(room + 1))).message, /^a+ … a+$/);
});
