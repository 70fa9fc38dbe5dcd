/** A process that is called `conmon`, and what must be known of it before anything it claims is trusted. */
import type { Files } from '../foreign/files.js';
import type { Found } from '../foreign/read-regular.js';
import type { Owner } from './owner.js';
import type { ProcessFacts } from './process.js';

export interface Candidate {
  readonly facts: ProcessFacts;
  readonly owner: Owner;
  /** How the files that it names are read. */
  readonly files: Files;
  /** Those processes whose parent it is. */
  readonly children: readonly ProcessFacts[];
  /** As the kernel keeps it, cut where it is longer than any manager makes it; undefined if it could not be read. */
  readonly commandLine: Buffer | undefined;
  /** The beginning of its executable. */
  readonly executable: Promise<Found>;
}

/** Managers pass some kilobytes: labels, and an argument for each exit command's. */
export const LONGEST_COMMAND_LINE = 1 << 20;
