/**
 * Settings for which C conmon's command line has no option. They are environment variables, because managers let the user
 * set those (`conmon_env_vars`, `monitor_env`). An invalid value never keeps a container from starting: it is a warning,
 * and the default applies.
 */
import type { Environment } from './host.js';
import { leadingDecimal } from './integer.js';

export interface Knobs {
  /** `CONMON_LOG_ROTATE=N`: `--log-rotate --log-max-files N`, where these are not given; null when not set. */
  readonly logRotate: number | null;
  /** `CONMON_LOG_COMPRESS=gzip`: compress the files that rotation keeps. */
  readonly logCompress: 'gzip' | null;
  /** `CONMON_LOG_LOSS_MARKER=0`: no record in the log about lost ones. */
  readonly lossMarker: boolean;
  /** `CONMON_ATTACH_STALL_SECONDS=N`: how long an attach client that does not read may block the container. */
  readonly stallSeconds: number;
  /** `CONMON_EXIT_COMMANDS=N`: how many adopted exit commands run at a time. */
  readonly exitCommands: number;
  /** `CONMON_CONFINE=off`: give nothing up once the container runs. */
  readonly confine: boolean;
  /** `CONMON_GUARDIAN=1`: a process that starts another monitor if this one is killed. */
  readonly guardian: boolean;
  /** Invalid values. */
  readonly warnings: readonly string[];
}

const DEFAULT_STALL_SECONDS = 10;
const DEFAULT_EXIT_COMMANDS = 2;

/** Reads the settings. */
export function readKnobs(env: Environment): Knobs {
  const warnings: string[] = [];
  const number = (name: string, least: number): number | null => {
    const text = env(name);
    if (text === undefined) return null;
    const { value, end } = leadingDecimal(text);
    if (value !== null && end > 0 && end === text.length && value >= least) return value;
    warnings.push(`${name}=${text} is ignored: a number of at least ${least} was expected`);
    return null;
  };
  const oneOf = (name: string, choices: readonly string[]): string | null => {
    const text = env(name);
    if (text === undefined || choices.indexOf(text) >= 0) return text ?? null;
    warnings.push(`${name}=${text} is ignored: ${choices.join(' or ')} was expected`);
    return null;
  };
  return {
    logRotate: number('CONMON_LOG_ROTATE', 1),
    logCompress: oneOf('CONMON_LOG_COMPRESS', ['gzip']) === null ? null : 'gzip',
    lossMarker: oneOf('CONMON_LOG_LOSS_MARKER', ['0', '1']) !== '0',
    stallSeconds: number('CONMON_ATTACH_STALL_SECONDS', 0) ?? DEFAULT_STALL_SECONDS,
    exitCommands: number('CONMON_EXIT_COMMANDS', 1) ?? DEFAULT_EXIT_COMMANDS,
    confine: oneOf('CONMON_CONFINE', ['on', 'off']) !== 'off',
    guardian: oneOf('CONMON_GUARDIAN', ['0', '1']) === '1',
    warnings,
  };
}
