//! The container's terminal: how it arrives, and its size.

use std::os::fd::OwnedFd;

use conmon_sys::fds::set_nonblocking;
use conmon_sys::tty;

use super::Components;
use super::creating::Creating;
use crate::container_io::output::Output;
use crate::error::{Error, Reason, Step};

impl Creating {
    /// The runtime connects once; a failure here is reported as a missing terminal when the runtime has ended.
    pub(super) fn receive_terminal(&mut self, components: &mut Components) {
        let Some(console) = &mut self.console else { return };
        let terminal = match console.receive() {
            Ok(None) => return,
            Ok(Some(terminal)) => terminal,
            Err(error) => return components.reporter.warn(error),
        };
        self.console = None;
        if let Err(error) = components.adopt_terminal(terminal) {
            components.reporter.warn(error);
        }
    }
}

impl Components {
    pub(super) fn adopt_terminal(&mut self, terminal: OwnedFd) -> Result<(), Error> {
        set_nonblocking(&terminal).step("set up the terminal")?;
        // A terminal without output modes works as well.
        let _ = tty::map_newlines(&terminal);
        let input = terminal.try_clone().step("set up the terminal's input")?;
        let size = terminal.try_clone().step("set up the terminal's size")?;
        self.outputs.set_terminal(Output::terminal(terminal, &self.poll));
        self.terminal = Some(size);
        self.apply_window_size();
        self.stdin.arrive(input, &self.poll);
        self.watch_outputs();
        self.update_stdin();
        Ok(())
    }

    /// Sets the terminal to the size that was last requested, as soon as there is a terminal.
    pub(super) fn apply_window_size(&mut self) {
        if let (Some(terminal), Some(size)) = (&self.terminal, self.window_size)
            && let Err(error) = tty::resize(terminal, size)
        {
            self.reporter.warn(format_args!("cannot resize the terminal: {}", Reason(&error)));
        }
    }
}
