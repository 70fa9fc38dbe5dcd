/**
 * What happens while a container runs, step by step: printed by `--explain` and `--json`.
 */
import type { Step } from '../../node/containers/steps.js';
import type { Footprint } from './footprint.js';
import type { OptionGroup } from './option-meanings.js';

type StepOf<Kind extends Step['kind']> = Extract<Step, { kind: Kind }>;
/** How long it took. */
interface Timed {
  readonly milliseconds: number;
}

export type RunEvent =
  | {
      readonly kind: 'prepared';
      readonly id: string;
      readonly bundle: string;
      /** Whether conmonctl wrote the bundle's config.json. */
      readonly written: boolean;
      readonly runtime: string;
      /** Why this runtime. */
      readonly reason: string;
      readonly directory: string;
    }
  | { readonly kind: 'launching'; readonly program: string; readonly options: readonly OptionGroup[] }
  | (StepOf<'launched' | 'reported' | 'started'> & Timed)
  | { readonly kind: 'measured'; readonly monitor: number; readonly memory: Footprint }
  /** A record of the log as it is in the file, without its newline. */
  | { readonly kind: 'logged'; readonly record: string }
  | { readonly kind: 'signalled'; readonly signal: string }
  | StepOf<'exited'>
  | { readonly kind: 'removed'; readonly what: readonly string[]; readonly problems: readonly string[] };

/** Called once for each event, in order. */
export type OnEvent = (event: RunEvent) => void;
