//! A note in the executable that says which program it is, so that others can tell it from C conmon without running it
//! and without reading all of it. `elf(5)`, Notes; the linker gives notes a program header of type `PT_NOTE`.
//! `ts/node/monitors/elf-note.ts` reads it.

/// Room for the version; the rest is NUL.
const DESCRIPTION: usize = 32;

/// A note as it is in the file.
#[repr(C, align(4))]
struct Note {
    name_size: u32,
    description_size: u32,
    kind: u32,
    name: [u8; 12],
    description: [u8; DESCRIPTION],
}

#[used]
// SAFETY: the section holds this note only, in the layout that `elf(5)` gives notes, and nothing is written to it.
#[unsafe(link_section = ".note.conmon-node")]
static NOTE: Note = Note {
    name_size: 12,
    description_size: 32,
    kind: 1,
    name: *b"conmon-node\0",
    description: padded(env!("CARGO_PKG_VERSION").as_bytes()),
};

/// The text and NULs after it; a longer one does not compile.
const fn padded(text: &[u8]) -> [u8; DESCRIPTION] {
    let mut room = [0; DESCRIPTION];
    let mut at = 0;
    while at < text.len() {
        room[at] = text[at];
        at += 1;
    }
    room
}
