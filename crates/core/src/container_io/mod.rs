//! The container's standard streams: pipes or a terminal, read and written without ever blocking.

pub(crate) mod console;
pub(crate) mod output;
pub(crate) mod pipe_size;
pub(crate) mod pressure;
pub(crate) mod stdin;
pub(crate) mod stdio;
#[cfg(test)]
pub(crate) mod test_terminal;
