/** Reports on stderr what is not shown of a log, and why. */
import type { LogError, MalformedRecord } from '../../node/logs/errors.js';
import type { UnfinishedLine } from '../../node/logs/unfinished.js';
import { countText } from '../quantities.js';
import { visible } from '../visible.js';

/** This many malformed lines are reported one by one. */
const FIRST = 3;
/** While a log is followed, the number of the others is reported at this interval. */
const EVERY_MS = 1000;

export class Notes {
  readonly #isFollowing: boolean;
  readonly #print: (line: string) => void;
  #malformed = 0;
  /** Malformed lines that were not reported. */
  #more = 0;
  #last: MalformedRecord | undefined;
  #reportedAt = 0;
  #hasProblem = false;

  constructor(isFollowing: boolean, print: (line: string) => void) {
    this.#isFollowing = isFollowing;
    this.#print = print;
  }

  /** A file, or the rest of one, could not be read. */
  get hasProblem(): boolean {
    return this.#hasProblem;
  }

  readonly malformed = (error: MalformedRecord): void => {
    if (error.isTooLong) return this.#report(error.message);
    this.#malformed += 1;
    if (this.#malformed <= FIRST) return this.#report(error.message);
    this.#more += 1;
    this.#last = error;
    if (this.#isFollowing && performance.now() - this.#reportedAt >= EVERY_MS) this.end();
  };

  readonly problem = (error: LogError): void => {
    this.#hasProblem = true;
    this.#report(error.message);
  };

  unfinished({ path, offset }: UnfinishedLine): void {
    this.#report(`${path}: the last line, at byte ${offset}, has no newline yet and is not shown`);
  }

  /** What has not been reported by now. */
  end(): void {
    if (this.#last === undefined) return;
    const lines = this.#more === 1 ? 'malformed record' : 'malformed records';
    this.#report(`${countText(this.#more)} more ${lines}, the last at byte ${this.#last.offset} of ${this.#last.path}`);
    this.#more = 0;
    this.#last = undefined;
  }

  #report(message: string): void {
    this.#reportedAt = performance.now();
    this.#print(`conmonctl: ${visible(message)}\n`);
  }
}
