/**
 * A command line as the completion scripts of shells need it.
 */

/** What can follow an option: nothing, any text, a path, or one of some words. */
export type Value = 'none' | 'text' | 'file' | 'directory' | readonly string[];

export interface CompletedOption {
  /** `-f`, `--follow`. */
  readonly spellings: readonly string[];
  readonly value: Value;
  /** Name of the value. */
  readonly placeholder: string;
  readonly describe: string;
  readonly isRepeatable: boolean;
}

/** What follows a command: nothing, one container or several, one or a file, another command line, or one of some words. */
export type Operand = 'none' | 'container' | 'containers' | 'container or file' | 'command line' | readonly string[];

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly operand: Operand;
}

export interface Program {
  readonly name: string;
  /** First line of the script, after the sign of a comment. */
  readonly title: string;
  /** Those that come before a command, or all without commands. */
  readonly options: readonly CompletedOption[];
  readonly commands: readonly CompletedCommand[];
}

/** All spellings of some options. */
export function spellingsOf(options: readonly CompletedOption[]): readonly string[] {
  return options.flatMap(({ spellings }) => spellings);
}
