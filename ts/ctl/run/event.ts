/**
 * What happens while a container runs, step by step: the stuff of `--explain` and `--json`.
 */
import type { Memory } from './memory.js';
import type { OptionGroup } from './monitor-command.js';

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
  | { readonly kind: 'launched'; readonly milliseconds: number; readonly monitor: number }
  /** `line` is what came on the sync pipe, newline included. */
  | { readonly kind: 'reported'; readonly milliseconds: number; readonly line: string; readonly pid: number }
  | { readonly kind: 'measured'; readonly monitor: number; readonly memory: Memory }
  | { readonly kind: 'started'; readonly milliseconds: number; readonly argv: readonly string[] }
  /** A record of the log as it stands in the file, without its newline. */
  | { readonly kind: 'logged'; readonly record: string }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'exited'; readonly path: string; readonly content: string; readonly status: number }
  | { readonly kind: 'removed'; readonly what: readonly string[]; readonly problems: readonly string[] };

/** Called once for each step, in order. */
export type Tell = (event: RunEvent) => void;
