//! The pseudoterminal of a container: the slave is for the container, the master for the listener on the console socket.
//! The message carries the name of the slave as payload, as with runc and crun; pty(7), unix(7).

use std::fs::{File, OpenOptions};
use std::io::IoSlice;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

use crate::error::{Failure, Step};

/// Both ends of a terminal.
#[derive(Debug)]
pub(crate) struct Console {
    master: PtyMaster,
    name: String,
    pub(crate) slave: File,
}

impl Console {
    pub(crate) fn open() -> Result<Self, Failure> {
        let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC)
            .step("open a pseudo terminal")?;
        grantpt(&master).step("grant access to the terminal")?;
        unlockpt(&master).step("unlock the terminal")?;
        let name = ptsname_r(&master).step("name the terminal")?;
        let noctty = OFlag::O_NOCTTY.bits();
        let slave = OpenOptions::new().read(true).write(true).custom_flags(noctty).open(&name);
        Ok(Self { master, slave: slave.step_at("open the terminal", Path::new(&name))?, name })
    }

    /// Sends the master.
    pub(crate) fn send(&self, socket: &Path) -> Result<(), Failure> {
        let stream = UnixStream::connect(socket).step_at("connect to the console socket", socket)?;
        let payload = [IoSlice::new(self.name.as_bytes())];
        let master = [self.master.as_raw_fd()];
        let message = [ControlMessage::ScmRights(&master)];
        let fd = stream.as_raw_fd();
        sendmsg::<()>(fd, &payload, &message, MsgFlags::MSG_NOSIGNAL, None)
            .step_at("send the terminal to the console socket", socket)
            .map(drop)
    }
}
