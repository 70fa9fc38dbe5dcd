/**
 * The note by which our executable is recognised; `crates/conmon/src/sys/note.rs` puts it there. The linker places notes at
 * the beginning of the file, after the program headers: elf(5), Notes.
 */

/** How many bytes of the file are examined. */
export const LOOKED_AT = 4096;

const NAME = 'conmon-node\0';
const KIND = 1;
const MAGIC = '\x7fELF\x02\x01';
const HEADERS = { offset: 0x20, size: 0x36, count: 0x38 } as const;
const PT_NOTE = 4;
const NOTE_HEADER = 12;
/** Our executable has ten. */
const MOST_HEADERS = 32;

/** The version in the note, if the file begins with these bytes; undefined without such a note. */
export function versionInNote(beginning: Buffer): string | undefined {
  if (beginning.length < 64 || beginning.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const count = Math.min(beginning.readUInt16LE(HEADERS.count), MOST_HEADERS);
  const size = beginning.readUInt16LE(HEADERS.size);
  const first = Number(beginning.readBigUInt64LE(HEADERS.offset));
  for (let index = 0; index < count; index += 1) {
    const header = within(beginning, first + index * size, 0x38);
    if (header?.readUInt32LE(0) !== PT_NOTE) continue;
    const notes = within(beginning, Number(header.readBigUInt64LE(0x08)), Number(header.readBigUInt64LE(0x20)));
    const version = notes && ours(notes);
    if (version !== undefined) return version;
  }
  return undefined;
}

function ours(notes: Buffer): string | undefined {
  for (let at = 0; at + NOTE_HEADER <= notes.length;) {
    const [nameSize, size, kind] = [notes.readUInt32LE(at), notes.readUInt32LE(at + 4), notes.readUInt32LE(at + 8)];
    const description = at + NOTE_HEADER + aligned(nameSize);
    const isOurs = kind === KIND && notes.toString('latin1', at + NOTE_HEADER, at + NOTE_HEADER + nameSize) === NAME;
    if (isOurs) return versionIn(within(notes, description, size));
    at = description + aligned(size);
  }
  return undefined;
}

function versionIn(description: Buffer | undefined): string | undefined {
  return /^(\d+\.\d+\.\d+[-+.\w]*)\0*$/.exec(description?.toString('latin1') ?? '')?.[1];
}

/** Names and descriptions are padded to four bytes. */
function aligned(size: number): number {
  return Math.ceil(size / 4) * 4;
}

function within(bytes: Buffer, start: number, length: number): Buffer | undefined {
  return start >= 0 && start + length <= bytes.length ? bytes.subarray(start, start + length) : undefined;
}
