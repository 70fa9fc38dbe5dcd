//! An ELF note that identifies the executable, so that other programs can distinguish it from C conmon without running it
//! or reading all of it. `elf(5)`, Notes; the linker gives notes a program header of type `PT_NOTE`.
//! `ts/node/monitors/elf-note.ts` reads it.

/// Room for the version, padded with NULs.
const DESCRIPTION: usize = 32;

/// The note's layout in the file.
#[repr(C, align(4))]
struct Note {
    name_size: u32,
    description_size: u32,
    kind: u32,
    name: [u8; 12],
    description: [u8; DESCRIPTION],
}

#[used]
// SAFETY: the section holds only this note, in the layout of `elf(5)`, and nothing writes to it.
#[unsafe(link_section = ".note.conmon-node")]
static NOTE: Note = Note {
    name_size: 12,
    description_size: 32,
    kind: 1,
    name: *b"conmon-node\0",
    description: padded(env!("CARGO_PKG_VERSION").as_bytes()),
};

/// Pads the text with NULs; a longer one does not compile.
const fn padded(text: &[u8]) -> [u8; DESCRIPTION] {
    let mut room = [0; DESCRIPTION];
    let mut at = 0;
    while at < text.len() {
        room[at] = text[at];
        at += 1;
    }
    room
}
