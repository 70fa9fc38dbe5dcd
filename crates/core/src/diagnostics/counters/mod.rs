//! [`Counters`]: what a monitor has counted so far, for readers while it runs.
//!
//! They are in a page that other processes read (see [`conmon_sys::shared_page`]), so a reader costs the monitor
//! nothing. They are stored at the end of a wake-up, when everything is consistent; the page of a sleeping monitor has
//! its last state. The layout has a version and is documented in `docs/architecture.md`;
//! `__test__/vectors/counters.json` tests both sides.

mod values;

use std::sync::atomic::{AtomicU64, Ordering, fence};

use conmon_sys::shared_page::{SharedPage, WORDS};

use values::{CID, CID_LENGTH, CLIENTS, COUNT_AT, MAGIC, SEQUENCE, VALUES, VERSION, VERSION_AT};
pub(crate) use values::{COUNT, StreamValues, Values};

const CID_WORDS: usize = VALUES - CID;

/// The page, if the system gave one.
pub(crate) struct Counters {
    page: Option<SharedPage>,
    sequence: u64,
}

impl Counters {
    /// All zero. If the page cannot be created, the container is watched without counters.
    pub(crate) fn open(cid: &[u8]) -> Self {
        let page = SharedPage::create(c"conmon-counters").ok();
        if let Some(page) = &page {
            let values = u64::try_from(COUNT).unwrap_or(0);
            store(page, VERSION_AT, [VERSION]);
            store(page, COUNT_AT, [values]);
            store(page, CID_LENGTH, [u64::try_from(cid.len()).unwrap_or(0)]);
            store(page, CID, words(cid));
            fence(Ordering::Release);
            store(page, 0, [MAGIC]);
        }
        Self { page, sequence: 0 }
    }
    /// Replaces the values in the page.
    pub(crate) fn publish(&mut self, values: &Values, queues: impl Iterator<Item = u64>) {
        let Some(page) = &self.page else { return };
        page[SEQUENCE].store(self.sequence + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        store(page, VALUES, values.words());
        let mut clients = 0;
        for (at, queued) in (CLIENTS + 1..).zip(queues) {
            clients += 1;
            if let Some(word) = page.get(at) {
                word.store(queued, Ordering::Relaxed);
            }
        }
        store(page, CLIENTS, [clients]);
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
