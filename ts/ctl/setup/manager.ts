/**
 * What `setup` and `doctor` need to know about a container manager.
 */

/** Which monitor a manager uses. */
export interface Usage {
  /** Path of the monitor. */
  readonly conmon: string;
  /** First line of its `--version`, if the manager reports it. */
  readonly version: string | undefined;
}

/** What the manager itself reports. */
export type Answer =
  | { readonly kind: 'uses'; readonly usages: readonly Usage[] }
  /** It is not installed; the reason is for the reader. */
  | { readonly kind: 'not asked'; readonly reason: string }
  /** It is installed, and does not answer. */
  | { readonly kind: 'failed'; readonly reason: string };

/** A monitor that a manager's files name. */
export interface Configured {
  readonly conmon: string;
  /** The file that decides. */
  readonly file: string;
}

/** A manager's configuration, with the place of our file. */
export interface ManagerConfig {
  /** Its name in messages. */
  readonly title: string;
  /** Our file. */
  readonly path: string;
  /** What must be in it so that this monitor is used. */
  text(conmon: string): Promise<string>;
  /** Asks the manager. */
  ask(): Promise<Answer>;
  /** All files that it reads, in this order, ours among them. */
  files(): Promise<readonly string[]>;
  /** The monitors that these files name, or some of them: one, or those of several runtimes. */
  configured(files?: readonly string[]): Promise<readonly Configured[]>;
  /** Whether our file, if it is there, is what {@link text} would be now for the same monitors. */
  isCurrent(): Promise<boolean>;
  /** The files that win over ours, or over all others if ours is not there. */
  rivals(): Promise<readonly string[]>;
  /** The command that is left to the user after a change; undefined if there is none. */
  readonly next: string | undefined;
}
