/** Command lines for property tests, generated from the option table. */
import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { OPTION_SPECS, type OptionSpec } from '../../ts/planner/options.js';

/** One option as it is written, and what a reader must understand. */
export interface Written {
  /** The option that it means: of an alias the other one. */
  readonly name: string;
  /** Undefined for a flag. */
  readonly value?: string;
  readonly words: readonly string[];
}

export type Entry = readonly [name: string, spec: OptionSpec];

const isKind =
  (...kinds: readonly OptionSpec['kind'][]) =>
  ([, { kind }]: Entry): boolean =>
    kinds.includes(kind);
const ALL: readonly Entry[] = Object.entries(OPTION_SPECS);
export const FLAGS = ALL.filter(isKind('flag')).filter(([name]) => name !== 'version');
export const VALUED = ALL.filter(isKind('string', 'strings', 'int', 'int64'));

/** Words that a reader might take for something else than a value. */
const TRAPS = [
  '',
  '-',
  '--',
  '-t',
  '-z',
  '--cid',
  '--version',
  '--nope',
  '--help',
  '=',
  'a=b',
  '--cid=x',
  '-5',
  '\n',
  ' ',
];
const CHARACTERS = fc.string({ unit: 'binary', maxLength: 8 }).map((text) => text.replaceAll('\0', ''));

/** Text that is valid UTF-8. */
export const TEXT = fc.oneof(fc.constantFrom(...TRAPS), CHARACTERS, fc.constantFrom('abc', '/dir/file', 'two words'));
/** It contains bytes that are not UTF-8, in the planner's encoding. */
export const BYTES = fc.oneof(
  { weight: 4, arbitrary: TEXT },
  { weight: 1, arbitrary: fc.constantFrom('\udcff', 'a\udc80', '-\udcfe', '--\udcff', '--cid=\udcff') },
);

const BOUNDS = [0n, 8n, 16n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n];
/** Integers, most of them where a type ends. */
export const INTEGER = fc.oneof(
  fc
    .tuple(fc.constantFrom(...BOUNDS), fc.bigInt(-2n, 2n), fc.boolean())
    .map(([n, d, minus]) => (minus ? -n - d : n + d)),
  fc.bigInt(-(2n ** 70n), 2n ** 70n),
  fc.bigInt(-100n, 100n),
);

/** A number as strtol(3) reads it: blanks, a sign, one of three bases. */
export function written(integer: bigint): Arbitrary<string> {
  const magnitude = integer < 0n ? -integer : integer;
  const forms = [
    String(magnitude),
    `0x${magnitude.toString(16)}`,
    `0X${magnitude.toString(16).toUpperCase()}`,
    `0${magnitude.toString(8)}`,
  ];
  return fc
    .tuple(fc.constantFrom('', ' ', '\t', '\n\v\f\r '), fc.constantFrom('', '+'), fc.constantFrom(...forms))
    .map(([blanks, plus, digits]) => `${blanks}${integer < 0n ? '-' : plus}${digits}`);
}

/** Whether an option of this kind can hold the number. */
export function fits(integer: bigint, kind: OptionSpec['kind']): boolean {
  const bits = kind === 'int' ? 31n : 63n;
  return integer >= -(2n ** bits) && integer < 2n ** bits;
}

/** Values that an option of this kind takes. */
export function valueFor(kind: OptionSpec['kind'], text: Arbitrary<string>): Arbitrary<string> {
  if (kind !== 'int' && kind !== 'int64') return text;
  return INTEGER.filter((integer) => fits(integer, kind)).chain(written);
}

/** An option with a value, in every form that C conmon knows as well. */
export function valued([name, spec]: Entry, value: Arbitrary<string>): Arbitrary<Written> {
  const { short, alias = name } = spec;
  const forms = (text: string): readonly (readonly string[])[] => [
    [`--${name}`, text],
    [`--${name}=${text}`],
    ...(short === undefined ? [] : [[`-${short}`, text]]),
  ];
  return value.chain((text) => fc.constantFrom(...forms(text)).map((words) => ({ name: alias, value: text, words })));
}

/** The same with the value after its letter in one word, which C conmon does not know. */
export function attached([name, { short = '', alias = name }]: Entry, value: Arbitrary<string>): Arbitrary<Written> {
  // What could all be letters of options is read as such.
  return value.map((text) => ({ name: alias, value: `=${text}`, words: [`-${short}=${text}`] }));
}

/** A flag; what follows an equals sign is ignored. */
export function flag([name, { short }]: Entry): Arbitrary<Written> {
  const words = [`--${name}`, `--${name}=no`, `--${name}=`, ...(short === undefined ? [] : [`-${short}`])];
  return fc.constantFrom(...words).map((word) => ({ name, words: [word] }));
}

/** Words that are not options, which are ignored anywhere. */
export const STRAY = fc
  .oneof(fc.constantFrom('', '-', 'stray', 'é', '='), CHARACTERS)
  .filter((word) => word === '-' || !word.startsWith('-'));

const LETTERS = FLAGS.flatMap(([, { short }]) => (short === undefined ? [] : [short]));
/** Flags in one word, the last letter possibly one that wants the next word. */
export const BUNDLE = fc
  .tuple(
    fc.array(fc.constantFrom(...LETTERS), { minLength: 1, maxLength: 5 }),
    fc.constantFrom([], ['T', '5'], ['n', '-t']),
  )
  .map(([flags, [letter = '', ...value]]) => [`-${flags.join('')}${letter}`, ...value]);

/** Words with a mistake in them, or that ask for a text. */
export const ODD = fc.oneof(
  fc.constantFrom(
    '--nope',
    '--nope=5',
    '-z',
    '-tz',
    '-t5',
    '--=x',
    '---cid',
    '--ci',
    '--constructor',
    '--',
    '-é',
    '--é',
  ),
  fc.constantFrom('--help', '-h', '-?', '--help-all', '--version', '--help=', '-th', '--cid', '-c', '-tT'),
);
