/** Command lines that the planner treats otherwise than C conmon, and why. */
import { EXEC, type GoldenCase, RUN } from './golden-cases.js';

/** A command line that the planner treats otherwise, on purpose. */
export interface Difference extends GoldenCase {
  readonly reason: string;
  /** What C conmon prints, or that it calls the runtime. */
  readonly c: string | 'runs';
  /** What the planner prints, or that it has a plan. */
  readonly ours: string | 'runs';
}

const ENCODING = 'arguments are bytes, whatever the locale is';
const ATTACHED = 'a value may follow its letter in the same word, where GOption has no reading';
const COLON = 'a path may hold colons; C cuts it at the first';
const STALE = 'C adds the text of an error number that has nothing to do with it';
const PLAIN_NUMBER = 'a descriptor is a decimal number that fits';

export const DIFFERENT: readonly Difference[] = [
  {
    reason: ENCODING,
    argv: [...RUN, '-c', '\udcff'],
    c: 'conmon: option parsing failed: Invalid byte sequence in conversion input',
    ours: 'runs',
  },
  {
    reason: ATTACHED,
    argv: [...RUN, '-cxyz'],
    c: 'conmon: option parsing failed: Missing argument for -c',
    ours: 'runs',
  },
  { reason: ATTACHED, argv: ['-c=v', ...RUN], c: 'conmon: option parsing failed: Unknown option -c=v', ours: 'runs' },
  {
    reason: ATTACHED,
    argv: ['-TT', '7'],
    c: 'conmon: option parsing failed: Error parsing option -T',
    ours: 'conmon: option parsing failed: Cannot parse integer value “T” for -T',
  },
  { reason: COLON, argv: [...RUN, '-l', ':x:y'], c: '[conmon:e]: No such log driver x', ours: 'runs' },
  { reason: COLON, argv: [...RUN, '-l', './x:y'], c: '[conmon:e]: No such log driver ./x', ours: 'runs' },
  { reason: COLON, argv: [...RUN, '-l', 'k8s-file::'], c: '[conmon:e]: k8s-file requires a filename', ours: 'runs' },
  {
    reason: 'json-file is our addition',
    argv: [...RUN, '-l', 'json-file:log'],
    c: '[conmon:e]: No such log driver json-file',
    ours: 'runs',
  },
  {
    reason: 'json-file is our addition',
    argv: [...RUN, '-l', 'json-file'],
    c: 'runs',
    ours: '[conmon:e]: json-file requires a filename',
  },
  {
    reason: STALE,
    argv: RUN,
    env: { _OCI_SYNCPIPE: 'x' },
    c: '[conmon:e]: unable to parse _OCI_SYNCPIPE Success',
    ours: '[conmon:e]: unable to parse _OCI_SYNCPIPE',
  },
  {
    reason: STALE,
    argv: RUN,
    env: { _OCI_STARTPIPE: '3 ', _OCI_SYNCPIPE: 'x' },
    c: '[conmon:e]: unable to parse _OCI_STARTPIPE Success',
    ours: '[conmon:e]: unable to parse _OCI_STARTPIPE',
  },
  {
    reason: STALE,
    argv: [...EXEC, '--api-version', '--exec-attach'],
    env: { _OCI_ATTACHPIPE: '0x1', LISTEN_PID: 'x' },
    c: '[conmon:e]: unable to parse _OCI_ATTACHPIPE Success',
    ours: '[conmon:e]: unable to parse _OCI_ATTACHPIPE',
  },
  ...['x', '', '0', '-1', 'longer than ten'].map((value) => ({
    reason: STALE,
    argv: RUN,
    env: { LISTEN_PID: value },
    c: `[conmon:e]: Invalid LISTEN_PID ${value.slice(0, 10)} Success`,
    ours: `[conmon:e]: Invalid LISTEN_PID ${value.slice(0, 10)}`,
  })),
  {
    reason: PLAIN_NUMBER,
    argv: RUN,
    env: { _OCI_SYNCPIPE: '' },
    c: 'runs',
    ours: '[conmon:e]: unable to parse _OCI_SYNCPIPE',
  },
  {
    reason: PLAIN_NUMBER,
    argv: RUN,
    env: { _OCI_SYNCPIPE: '4294967297' },
    c: 'runs',
    ours: '[conmon:e]: unable to parse _OCI_SYNCPIPE',
  },
  {
    reason: 'a pid is a number that fits',
    argv: RUN,
    env: { LISTEN_PID: '4294967297' },
    c: 'runs',
    ours: '[conmon:e]: Invalid LISTEN_PID 4294967297',
  },
];
