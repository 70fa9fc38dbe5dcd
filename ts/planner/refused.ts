/**
 * How C conmon begins a line on stderr, which people and tests look for: `usage` for what is found while the command
 * line is read, `plain` for fixed texts, `detailed` for texts that quote something.
 */
export type Voice = 'usage' | 'plain' | 'detailed';

const PREFIXES: Readonly<Record<Voice, string>> = {
  usage: 'conmon: ',
  plain: '[conmon:e] ',
  detailed: '[conmon:e]: ',
};

/** A command line that cannot be carried out. Thrown by the checks, caught in `main.ts`, nowhere else. */
export class Refused extends Error {
  // Declared only, so that no field initialiser runs: the constructor sets it.
  declare readonly voice: Voice;

  constructor(voice: Voice, message: string) {
    super(message);
    this.voice = voice;
  }

  /** The line for stderr, newline included. */
  line(): string {
    return `${PREFIXES[this.voice]}${this.message}\n`;
  }
}
