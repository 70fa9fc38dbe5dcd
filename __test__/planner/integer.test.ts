import t from 'tap';
import { leadingDecimal, parseInteger } from '../../ts/planner/integer.js';

const FORMS: readonly (readonly [rule: string, text: string, value: number | 'malformed'])[] = [
  ['decimal', '42', 42],
  ['zero', '0', 0],
  ['a minus', '-7', -7],
  ['minus zero is zero', '-0', 0],
  ['a plus', '+7', 7],
  ['white space before, of every kind', ' \t\n\v\f\r5', 5],
  ['hexadecimal after 0x', '0x1F', 31],
  ['hexadecimal after 0X, with a sign', '-0Xff', -255],
  ['octal after 0', '010', 8],
  ['many zeros', '0000', 0],
  ['an empty text', '', 'malformed'],
  ['white space alone', ' ', 'malformed'],
  ['a sign alone', '-', 'malformed'],
  ['white space after a sign', '- 5', 'malformed'],
  ['white space at the end', '5 ', 'malformed'],
  ['a newline at the end', '5\n', 'malformed'],
  ['letters at the end', '5x', 'malformed'],
  ['a digit that is not octal', '09', 'malformed'],
  ['0x alone', '0x', 'malformed'],
  ['0x and no hexadecimal digit', '0xg', 'malformed'],
  ['binary', '0b1', 'malformed'],
  ['an exponent', '1e3', 'malformed'],
  ['a fraction', '1.5', 'malformed'],
  ['digits of other scripts', '٣', 'malformed'],
  ['a no-break space before', '\u00a05', 'malformed'],
  ['letters after an overflow', '99999999999999999999x', 'malformed'],
];

t.test('a number is read as strtol reads it, and nothing may follow', async (t) => {
  for (const [rule, text, value] of FORMS) {
    t.equal(parseInteger(text, 'int32'), value, `${rule}, int32`);
    t.equal(parseInteger(text, 'int64'), value, `${rule}, int64`);
  }
});

t.test('the bounds of the types are exact', async (t) => {
  const bounds: readonly (readonly [string, 'int32' | 'int64', number | 'out of range'])[] = [
    ['2147483647', 'int32', 2147483647],
    ['2147483648', 'int32', 'out of range'],
    ['0x7fffffff', 'int32', 2147483647],
    ['0x80000000', 'int32', 'out of range'],
    ['-2147483648', 'int32', -2147483648],
    ['-2147483649', 'int32', 'out of range'],
    ['4294967297', 'int32', 'out of range'],
    ['18446744073709551617', 'int32', 'out of range'],
    ['4294967297', 'int64', 4294967297],
    ['9223372036854775808', 'int64', 'out of range'],
    ['0777777777777777777777', 'int64', Number.MAX_SAFE_INTEGER],
    ['01000000000000000000000', 'int64', 'out of range'],
    ['-9223372036854775809', 'int64', 'out of range'],
    [`1${'0'.repeat(400)}`, 'int64', 'out of range'],
  ];
  for (const [text, type, value] of bounds) t.equal(parseInteger(text, type), value, `${text} as ${type}`);
});

t.test('an int64 beyond what a double holds exactly is cut to that', async (t) => {
  t.equal(parseInteger('9007199254740991', 'int64'), 9007199254740991);
  t.equal(parseInteger('9007199254740993', 'int64'), 9007199254740991);
  t.equal(parseInteger('9223372036854775807', 'int64'), 9007199254740991);
  t.equal(parseInteger('-9223372036854775808', 'int64'), -9007199254740991);
});

t.test('a leading decimal reports its length, and has no other base', async (t) => {
  t.same(leadingDecimal('17x'), { value: 17, end: 2 });
  t.same(leadingDecimal('0x10'), { value: 0, end: 1 });
  t.same(leadingDecimal('010'), { value: 10, end: 3 });
  t.same(leadingDecimal('x'), { value: 0, end: 0 });
  t.same(leadingDecimal('99999999999'), { value: null, end: 11 });
});
