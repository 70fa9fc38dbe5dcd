import t from 'tap';
import { DEFAULT_DETACH_KEYS, DetachKeys, parseDetachKeys } from '../../ts/ctl/attach/detach-keys.js';

void t.test('keys are written as Docker and Podman write them', async (t) => {
  for (const [text, bytes] of [
    [DEFAULT_DETACH_KEYS, [16, 17]],
    ['a', [0x61]],
    ['ctrl-@,ctrl-A,ctrl-[,ctrl-_', [0, 1, 27, 31]],
    ['', []],
  ] as const) {
    t.same([...parseDetachKeys(text)], bytes, text);
  }
  for (const text of ['ctrl-1', 'ctrl-', 'ab', 'ctrl-p,', ' ', 'ä']) {
    t.throws(() => parseDetachKeys(text), { message: /not detach keys/ }, text);
  }
});

interface Typing {
  readonly rule: string;
  readonly keys: string;
  readonly typed: readonly string[];
  readonly passed: string;
  readonly detached: boolean;
}

const TYPING: readonly Typing[] = [
  { rule: 'in one read', keys: 'ctrl-p,ctrl-q', typed: ['ls\n\x10\x11rest'], passed: 'ls\n', detached: true },
  { rule: 'apart', keys: 'ctrl-p,ctrl-q', typed: ['a\x10', '\x11'], passed: 'a', detached: true },
  { rule: 'incomplete', keys: 'ctrl-p,ctrl-q', typed: ['\x10', 'x'], passed: '\x10x', detached: false },
  { rule: 'held back', keys: 'ctrl-p,ctrl-q', typed: ['x\x10'], passed: 'x', detached: false },
  { rule: 'the first key twice', keys: 'ctrl-p,ctrl-q', typed: ['\x10\x10\x11'], passed: '\x10', detached: true },
  { rule: 'a begin within', keys: 'a,a,b', typed: ['aaab'], passed: 'a', detached: true },
  { rule: 'no keys', keys: '', typed: ['\x10\x11'], passed: '\x10\x11', detached: false },
];

for (const { rule, keys, typed, passed, detached } of TYPING) {
  void t.test(`everything typed except the keys is passed on: ${rule}`, async (t) => {
    const reader = new DetachKeys(parseDetachKeys(keys));
    const fed = typed.map((piece) => reader.feed(Buffer.from(piece, 'latin1')));
    t.equal(Buffer.concat(fed.map((each) => each.passed)).toString('latin1'), passed);
    t.equal(fed.at(-1)?.detached, detached);
  });
}
