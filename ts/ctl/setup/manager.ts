/**
 * What `setup` has to know of a container manager.
 */

/** Which monitor a manager uses. */
export interface Usage {
  /** Path of the monitor. */
  readonly conmon: string;
  /** First line of its `--version`, if the manager reports it. */
  readonly version: string | undefined;
}

/** What the manager itself says. */
export type Answer =
  | { readonly kind: 'uses'; readonly usages: readonly Usage[] }
  /** It cannot be asked; the reason is for the reader. */
  | { readonly kind: 'not asked'; readonly reason: string };

/** A manager's configuration, with the place of our file. */
export interface Manager {
  /** As people call it. */
  readonly title: string;
  /** Our file. */
  readonly path: string;
  /** What must be in it so that this monitor is used. */
  text(conmon: string): Promise<string>;
  /** Asks the manager. */
  ask(): Promise<Answer>;
  /** The files that decide, in the order in which they are read, without ours. */
  rivals(): readonly string[];
  /** What is left to do for the reader after a change; undefined if nothing is. */
  readonly next: string | undefined;
}
