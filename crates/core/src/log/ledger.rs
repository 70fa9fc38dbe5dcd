//! [`Ledger`]: how much output one log was given, how much was lost or withheld, and what has been reported about that.

use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

use super::loss::{Loss, Unread};
use super::volume::{Account, Volume};
use crate::diagnostics::report::Reporter;
use crate::diagnostics::warnings::Warnings;
use crate::error::Reason;
use crate::plan::Bytes;
use crate::stream::{PerStream, Stream};

/// Extracts the stream and the amount of the container's output from a record.
pub(crate) type Content = fn(&[u8]) -> (Stream, Volume);

/// The account of a log.
pub(crate) struct Ledger {
    content: Content,
    accounts: PerStream<Account>,
    /// The loss about which the log has no record yet.
    loss: Option<Loss>,
    warnings: Warnings,
    /// Whether there was a warning about the present loss.
    warned: bool,
}

/// A [`Ledger`] as it is handed over.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LedgerState {
    accounts: PerStream<Account>,
    loss: Option<Loss>,
    warned: bool,
}

impl Ledger {
    pub(crate) fn state(&self) -> LedgerState {
        LedgerState { accounts: self.accounts.clone(), loss: self.loss.clone(), warned: self.warned }
    }

    /// Continues with what was handed over.
    pub(crate) fn from_state(state: LedgerState, content: Content) -> Self {
        let LedgerState { accounts, loss, warned } = state;
        Self { accounts, loss, warned, ..Self::new(content) }
    }

    pub(crate) fn new(content: Content) -> Self {
        Self {
            content,
            accounts: PerStream::default(),
            loss: None,
            warnings: Warnings::default(),
            warned: false,
        }
    }

    pub(crate) fn accounts(&self) -> &PerStream<Account> {
        &self.accounts
    }

    /// Counts output that a stream gave to this log.
    pub(crate) fn give(&mut self, stream: Stream, volume: Volume) {
        self.accounts.get_mut(stream).given += volume;
    }

    /// Counts a record that the limit for all files kept out of the log.
    #[cold]
    #[inline(never)]
    pub(crate) fn withhold<const PARTS: usize>(&mut self, record: [&[u8]; PARTS]) {
        let (stream, volume) = (self.content)(&record.concat());
        self.accounts.get_mut(stream).withheld += volume;
    }

    /// Counts records that an error kept out of the log.
    #[cold]
    pub(crate) fn lose(&mut self, records: &[u8], error: &io::Error, path: &Bytes, reporter: &Reporter) {
        if records.is_empty() {
            return;
        }
        if self.loss.is_none() {
            self.warned = self.warnings.warn(
                reporter,
                format_args!(
                    "cannot write the log file {path}: {}; output is lost until that works again",
                    Reason(error)
                ),
            );
        }
        let loss = self.loss.get_or_insert_with(|| Loss::new(error));
        for record in records.split_inclusive(|byte| *byte == b'\n') {
            let (stream, volume) = (self.content)(record);
            loss.add(volume.bytes);
            self.accounts.get_mut(stream).lost += volume;
        }
    }

    /// Counts output that could not be read.
    #[cold]
    pub(crate) fn lose_unread(&mut self, stream: Stream, unread: Unread, error: &io::Error) {
        self.accounts.get_mut(stream).lose_unread(unread.bytes());
        self.loss.get_or_insert_with(|| Loss::new(error)).add_unread(unread);
    }

    /// The loss that the log has no record about yet.
    pub(crate) fn loss(&self) -> Option<&Loss> {
        self.loss.as_ref()
    }

    /// The loss is reported elsewhere, or ignored.
    pub(crate) fn forget_loss(&mut self) {
        self.loss = None;
    }

    /// The log has a record about the loss now.
    pub(crate) fn loss_recorded(&mut self, text: impl fmt::Display, reporter: &Reporter) {
        self.loss = None;
        if self.warned {
            reporter.warn(format_args!("the log works again: {text}"));
        }
    }
}
