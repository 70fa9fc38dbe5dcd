/**
 * Keys that leave a terminal without ending what runs there, written as Docker and Podman write them: `ctrl-p,ctrl-q`.
 */
import { CtlError } from '../error.js';

export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';

const CONTROL = 'ctrl-';
/** Keys that exist with Ctrl in ASCII: the code of the character without its upper bits. */
const CONTROL_KEY = /^[a-z@[\\\]^_]$/;
const CONTROL_BITS = 0x1f;
const ONE_CHARACTER = /^[\x21-\x7e]$/;

/** The bytes that the keys send; none for no keys at all. Throws a {@link CtlError}. */
export function parseDetachKeys(text: string): Buffer {
  return Buffer.from(text === '' ? [] : text.split(',').map(byteOf));
}

function byteOf(key: string): number {
  if (key.startsWith(CONTROL)) {
    const letter = key.slice(CONTROL.length).toLowerCase();
    if (CONTROL_KEY.test(letter)) return letter.toUpperCase().charCodeAt(0) & CONTROL_BITS;
  } else if (ONE_CHARACTER.test(key)) {
    return key.charCodeAt(0);
  }
  const advice = 'Keys are single characters or ctrl- and one of a–z @ [ \\ ] ^ _, with commas between them.';
  throw new CtlError(`these are not detach keys: ${JSON.stringify(key)}`, { advice });
}

/** Finds the keys in what is typed. Keys that could be their start are held back until that is known. */
export class DetachKeys {
  readonly #keys: Buffer;
  #matched = 0;

  constructor(keys: Buffer) {
    this.#keys = keys;
  }

  /** What is to be sent, and whether the keys are complete; what follows them is dropped. */
  feed(typed: Buffer): { readonly passed: Buffer; readonly detached: boolean } {
    const passed: number[] = [];
    if (this.#keys.length === 0) return { passed: typed, detached: false };
    for (const byte of typed) {
      this.#matched = this.#next(byte, passed);
      if (this.#matched === this.#keys.length) return { passed: Buffer.from(passed), detached: true };
    }
    return { passed: Buffer.from(passed), detached: false };
  }

  /** How many keys match with this byte; what does not belong to them any more is added to `passed`. */
  #next(byte: number, passed: number[]): number {
    const held = [...this.#keys.subarray(0, this.#matched), byte];
    while (held.length > 0 && !this.#begins(held)) passed.push(held.shift() ?? 0);
    return held.length;
  }

  #begins(bytes: readonly number[]): boolean {
    return bytes.every((byte, at) => byte === this.#keys[at]);
  }
}
