/**
 * The core's side of the counter table: a struct with a field for each counter, and their order in the page.
 */
import { COUNTERS, type CounterSpec, PAGE } from './counter-table.js';

/** `crates/core/src/diagnostics/counters/values.rs`, in rustfmt's form. */
export function countersInRust(): string {
  const { stream, monitor } = COUNTERS;
  const { magic, version, words: at } = PAGE;
  return `//! [\`Values\`]: one state of all counters, and their places in the page.
//!
//! Generated from \`counters.json\` by \`npm run manuals\`.

/// The first word, in the order of the machine's bytes.
pub(super) const MAGIC: u64 = u64::from_ne_bytes(*b"${magic}");
/// Raised when a word changes its meaning; words may be added without that.
pub(super) const VERSION: u64 = ${version};
/// The word with the version.
pub(super) const VERSION_AT: usize = ${at.version};
/// Odd while the words after it are being written.
pub(super) const SEQUENCE: usize = ${at.sequence};
/// The number of values.
pub(super) const COUNT_AT: usize = ${at.count};
/// Length of the container's id in bytes.
pub(super) const CID_LENGTH: usize = ${at.cidLength};
/// The container's id.
pub(super) const CID: usize = ${at.cid};
/// The first value.
pub(super) const VALUES: usize = ${at.values};
/// The number of clients; after it, what waits for each of the first of them.
pub(super) const CLIENTS: usize = ${at.clients};

const STREAM: usize = ${stream.length};
const MONITOR: usize = ${monitor.length};
/// Number of values in the page.
pub(crate) const COUNT: usize = 2 * STREAM + MONITOR;

/// The counters of one stream.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StreamValues {
${fields(stream)}
}

/// All counters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Values {
    pub(crate) stdout: StreamValues,
    pub(crate) stderr: StreamValues,
${fields(monitor)}
}

impl StreamValues {
    fn words(&self) -> [u64; STREAM] {
        [
${words(stream)}
        ]
    }
}

impl Values {
    /// In the order of the page.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> {
        let monitor: [u64; MONITOR] = [
${words(monitor)}
        ];
        self.stdout.words().into_iter().chain(self.stderr.words()).chain(monitor)
    }
}
`;
}

function fields(specs: readonly CounterSpec[]): string {
  return specs.map(({ name, help }) => `    /// ${help}\n    pub(crate) ${snakeCase(name)}: u64,`).join('\n');
}

function words(specs: readonly CounterSpec[]): string {
  return specs.map(({ name }) => `            self.${snakeCase(name)},`).join('\n');
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
