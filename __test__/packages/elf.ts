/** Reads the headers of an ELF file of 64 bits and little-endian; elf(5). */
import { readFileSync } from 'node:fs';

/** Types of a program header, by their names in `<elf.h>`. */
export const PT = { load: 1, dynamic: 2, interp: 3, gnuStack: 0x6474e551, gnuRelro: 0x6474e552 } as const;
/** Access to a segment. */
export const PF = { execute: 1, write: 2 } as const;
/** Tags of the dynamic section, and the flags that some of them hold. */
export const DT = { textrel: 22, flags: 30, flags1: 0x6ffffffb } as const;
export const DF = { textrel: 4, bindNow: 8 } as const;
export const DF_1 = { now: 1, pie: 0x08000000 } as const;
/** The type of a file that can be loaded at any address. */
export const ET_DYN = 3;

export interface Segment {
  readonly type: number;
  readonly access: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

export interface Section {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

export interface Elf {
  readonly type: number;
  readonly segments: readonly Segment[];
  readonly sections: readonly Section[];
  /** Values of the dynamic section by their tags. */
  readonly dynamic: ReadonlyMap<number, number>;
}

/** @throws when the file cannot be read, or is not a little-endian 64-bit ELF file */
export function readElf(path: string): Elf {
  const bytes = readFileSync(path);
  if (bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) throw new Error(`${path} is not ELF`);
  const word = (at: number): number => Number(bytes.readBigUInt64LE(at));
  const table = (at: number, size: number, count: number): readonly number[] =>
    Array.from({ length: count }, (_, index) => word(at) + index * bytes.readUInt16LE(size));
  const segments = table(32, 54, bytes.readUInt16LE(56)).map((at) => ({
    type: bytes.readUInt32LE(at),
    access: bytes.readUInt32LE(at + 4),
    offset: word(at + 8),
    address: word(at + 16),
    size: word(at + 40),
  }));
  const headers = table(40, 58, bytes.readUInt16LE(60));
  const names = word((headers[bytes.readUInt16LE(62)] ?? Number.NaN) + 24);
  const sections = headers.map((at) => {
    const name = names + bytes.readUInt32LE(at);
    return {
      name: bytes.toString('latin1', name, bytes.indexOf(0, name)),
      address: word(at + 16),
      size: word(at + 32),
    };
  });
  const dynamic = new Map<number, number>();
  for (const { offset, size } of segments.filter(({ type }) => type === PT.dynamic)) {
    for (let at = offset; at < offset + size; at += 16) dynamic.set(word(at), word(at + 8));
  }
  return { type: bytes.readUInt16LE(16), segments, sections, dynamic };
}
