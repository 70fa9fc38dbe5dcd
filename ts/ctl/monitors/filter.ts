/** `--filter KEY=VALUE` of `ps` and `stats`. */
import type { MonitorInfo } from '../../node/monitors/info.js';
import { CtlError } from '../error.js';
import { userNames } from '../passwd.js';

type Test = (info: MonitorInfo, value: string) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  id: ({ cid }, value) => cid.startsWith(value) && value !== '',
  name: ({ name }, value) => name?.includes(value) === true,
  state: ({ state = 'unknown' }, value) => state === value,
  user: ({ uid }, value) => value === String(uid) || value === userNames()(uid),
  kind: ({ kind }, value) => kind === value,
  mode: ({ mode }, value) => (mode === 'exec') === (value === 'exec'),
};

/** The values that a key can have, where they are few. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  state: ['creating', 'running', 'paused', 'stopped', 'ended', 'unknown'],
  kind: ['conmon-node', 'conmon', 'unknown'],
  mode: ['container', 'exec'],
};

/**
 * Which monitors pass: filters with the same key are alternatives, those with different keys are all required. Throws a
 * {@link CtlError}.
 */
export function filterOf(words: readonly string[]): (info: MonitorInfo) => boolean {
  const groups = new Map<string, string[]>();
  for (const word of words) {
    const [key, value] = parsed(word);
    groups.set(key, [...(groups.get(key) ?? []), value]);
  }
  return (info) => [...groups].every(([key, values]) => values.some((value) => TESTS[key]?.(info, value) === true));
}

function parsed(word: string): readonly [key: string, value: string] {
  const [, given = '', value = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
  // As in podman ps and docker ps.
  const key = given === 'status' ? 'state' : given;
  if (!Object.hasOwn(TESTS, key)) {
    const advice = `It is KEY=VALUE, with a key of ${Object.keys(TESTS).join(', ')}.`;
    throw new CtlError(`--filter does not know ${JSON.stringify(word)}`, { advice });
  }
  const known = VALUES[key];
  if (known !== undefined && !known.includes(value)) {
    throw new CtlError(`--filter ${key} is ${known.join(' or ')}, not ${JSON.stringify(value)}`);
  }
  return [key, value];
}
