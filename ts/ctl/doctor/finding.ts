/**
 * A finding of `doctor`.
 */

/**
 * `problem`: containers cannot run, or not under this monitor as they were set up to. `warning`: something works worse than
 * it could. `note`: for information. `good`: as it should be.
 */
export type Level = 'good' | 'note' | 'warning' | 'problem';

export interface Finding {
  /** What was looked at. */
  readonly topic: string;
  readonly level: Level;
  readonly what: string;
  /** What to do; there for every warning and problem. */
  readonly advice?: string | undefined;
}

export function good(topic: string, what: string): Finding {
  return { topic, level: 'good', what };
}

export function note(topic: string, what: string, advice?: string): Finding {
  return { topic, level: 'note', what, advice };
}

export function warning(topic: string, what: string, advice: string): Finding {
  return { topic, level: 'warning', what, advice };
}

export function problem(topic: string, what: string, advice: string): Finding {
  return { topic, level: 'problem', what, advice };
}
