//! [`Counters`]: what a monitor has counted so far, for readers while it runs.
//!
//! They stand in a page that others read (see [`conmon_sys::shared_page`]), so asking costs a monitor nothing and needs
//! no answer. They are put there at the end of a wake-up, when everything is consistent; a monitor that sleeps has its
//! last state there. The layout has a version and is written down in `docs/architecture.md`; `__test__/vectors/counters.json`
//! keeps readers in step.

mod values;

use std::sync::atomic::{AtomicU64, Ordering, fence};

use conmon_sys::shared_page::{SharedPage, WORDS};

pub(crate) use values::{COUNT, StreamValues, Values};

/// First word: `conmonct` in the order of the machine's bytes. The version comes next.
const MAGIC: u64 = u64::from_ne_bytes(*b"conmonct");
/// Raised when a word changes its meaning; words may be added without that.
const VERSION: u64 = 1;
/// Odd while the words after it are being written. The next word is the number of values.
const SEQUENCE: usize = 2;
/// Length of the container's id in bytes, and the id.
const CID: usize = 4;
const CID_WORDS: usize = 32;
const VALUES: usize = CID + 1 + CID_WORDS;
/// How many clients there are, and what waits for each of the first of them.
const QUEUES: usize = 128;

/// The page, if the system gave one.
pub(crate) struct Counters {
    page: Option<SharedPage>,
    sequence: u64,
}

impl Counters {
    /// All zero. If there is no page, the container is watched without counters.
    pub(crate) fn open(cid: &[u8]) -> Self {
        let page = SharedPage::create(c"conmon-counters").ok();
        if let Some(page) = &page {
            let values = u64::try_from(COUNT).unwrap_or(0);
            store(page, 1, [VERSION, 0, values]);
            store(page, CID, [u64::try_from(cid.len()).unwrap_or(0)].into_iter().chain(words(cid)));
            fence(Ordering::Release);
            store(page, 0, [MAGIC]);
        }
        Self { page, sequence: 0 }
    }

    /// Replaces what is there.
    pub(crate) fn publish(&mut self, values: &Values, queues: impl Iterator<Item = u64>) {
        let Some(page) = &self.page else { return };
        page[SEQUENCE].store(self.sequence + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        store(page, VALUES, values.words());
        let mut clients = 0;
        for (at, queued) in (QUEUES + 1..).zip(queues) {
            clients += 1;
            if let Some(word) = page.get(at) {
                word.store(queued, Ordering::Relaxed);
            }
        }
        store(page, QUEUES, [clients]);
        self.sequence += 2;
        page[SEQUENCE].store(self.sequence, Ordering::Release);
    }
}

fn store(page: &[AtomicU64; WORDS], at: usize, values: impl IntoIterator<Item = u64>) {
    for (word, value) in page.iter().skip(at).zip(values) {
        word.store(value, Ordering::Relaxed);
    }
}

/// As many bytes as there is room for, the rest of the last word zero.
fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunks(size_of::<u64>()).take(CID_WORDS).map(|chunk| {
        let mut word = [0; size_of::<u64>()];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_ne_bytes(word)
    })
}

#[cfg(test)]
mod tests;
