//! [`PipeSize`]: how much the pipe of a busy container holds.
//!
//! A writer that fills its pipe sleeps until we read, and waking it costs more than copying what it wrote. A pipe of twice
//! the usual size halves that (pipe(7), fcntl(2) `F_SETPIPE_SZ`). More would help a little more, but all pipes of a user
//! count against `/proc/sys/fs/pipe-user-pages-soft`; past that, every new pipe of that user, containers' own included, is
//! made with one or two pages. That holds for pipes that a privileged monitor has grown as well. So a monitor grows one pipe,
//! to [`GROWN`], only while it is busy.

use std::os::fd::AsFd;

use nix::fcntl::{FcntlArg, fcntl};

/// The default size of a pipe.
pub(crate) const USUAL: usize = 64 * 1024;
/// The size of a busy pipe.
pub(crate) const GROWN: usize = 128 * 1024;
/// Full reads in a row from which a pipe counts as busy.
const BUSY: u32 = 4;
/// Reads in a row that were not full after which it is no longer busy.
const QUIET: u32 = 256;

/// The pipe's size, and how the last reads went.
#[derive(Debug, Default)]
pub(crate) struct PipeSize {
    size: Size,
    full: u32,
    not_full: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Size {
    #[default]
    Usual,
    Grown,
    /// No pipe, or the user has no room for more.
    Refused,
}

impl PipeSize {
    /// The state of a pipe that was enlarged, or not.
    pub(crate) fn from_state(large: bool) -> Self {
        Self { size: if large { Size::Grown } else { Size::Usual }, ..Self::default() }
    }

    /// The most that one read can return.
    pub(crate) fn get(&self) -> usize {
        if self.is_grown() { GROWN } else { USUAL }
    }

    pub(crate) fn is_grown(&self) -> bool {
        self.size == Size::Grown
    }

    /// Notes how many bytes a read returned.
    pub(crate) fn note_read(&mut self, count: usize) {
        let full = count >= USUAL;
        self.full = if full { self.full.saturating_add(1) } else { 0 };
        self.not_full = if full { 0 } else { self.not_full.saturating_add(1) };
    }

    /// Enlarges a busy pipe, if `allowed`, and restores the size of one that is no longer busy.
    pub(crate) fn adapt(&mut self, pipe: impl AsFd, allowed: bool) {
        match self.size {
            Size::Usual if self.full >= BUSY && allowed => {
                self.size = if set(pipe, GROWN) { Size::Grown } else { Size::Refused };
            }
            Size::Grown if self.not_full >= QUIET => self.restore_size(pipe),
            Size::Usual | Size::Grown | Size::Refused => {}
        }
    }

    /// Restores the size. A pipe that holds too much for that stays as it is.
    pub(crate) fn restore_size(&mut self, pipe: impl AsFd) {
        (self.full, self.not_full) = (0, 0);
        if self.size != Size::Grown || set(pipe, USUAL) {
            self.size = Size::Usual;
        }
    }
}

fn set(pipe: impl AsFd, size: usize) -> bool {
    i32::try_from(size).is_ok_and(|size| fcntl(pipe, FcntlArg::F_SETPIPE_SZ(size)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::{pipe, write};
    use std::os::fd::OwnedFd;

    fn size(pipe: &OwnedFd) -> usize {
        fcntl(pipe, FcntlArg::F_GETPIPE_SZ).unwrap().try_into().unwrap()
    }

    fn busy(pipe: &OwnedFd) -> PipeSize {
        let mut of = PipeSize::default();
        for _ in 0..BUSY {
            assert!(!of.is_grown());
            of.note_read(USUAL);
            of.adapt(pipe, true);
        }
        of
    }

    #[test]
    fn only_full_reads_in_a_row_make_a_pipe_larger() {
        let (reader, _writer) = pipe().unwrap();
        let mut of = PipeSize::default();
        for _ in 0..10 {
            for count in [USUAL, USUAL, USUAL, USUAL - 1] {
                of.note_read(count);
                of.adapt(&reader, true);
            }
        }
        assert_eq!((of.get(), size(&reader)), (USUAL, USUAL));
        assert_eq!((busy(&reader).get(), size(&reader)), (GROWN, GROWN));
    }

    #[test]
    fn a_pipe_that_is_busy_no_longer_gets_its_usual_size_back() {
        let (reader, _writer) = pipe().unwrap();
        let mut of = busy(&reader);
        for _ in 0..QUIET {
            assert_eq!(size(&reader), GROWN);
            of.note_read(100);
            of.adapt(&reader, true);
        }
        assert_eq!((of.get(), size(&reader)), (USUAL, USUAL));
        let mut of = busy(&reader);
        of.restore_size(&reader);
        assert_eq!((of.get(), size(&reader)), (USUAL, USUAL));
    }

    #[test]
    fn what_a_pipe_holds_is_not_lost_when_it_should_get_smaller() {
        let (reader, writer) = pipe().unwrap();
        let mut of = busy(&reader);
        assert_eq!(write(&writer, &vec![b'x'; GROWN]).unwrap(), GROWN);
        of.restore_size(&reader);
        assert_eq!((of.get(), size(&reader)), (GROWN, GROWN));
    }

    #[test]
    fn where_a_larger_pipe_is_refused_nothing_changes() {
        let (socket, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        let of = busy(&socket.into());
        assert_eq!((of.get(), of.is_grown()), (USUAL, false));
        let (reader, _writer) = pipe().unwrap();
        let mut of = PipeSize { full: BUSY, ..of };
        of.adapt(&reader, true);
        assert_eq!(size(&reader), USUAL, "what was refused is not asked for again while it is busy");
    }

    #[test]
    fn two_hundred_busy_containers_leave_their_user_a_fifth_of_the_pages() {
        // pipe(7): the soft limit's default, in pages of 4 KiB; stdin, stdout and stderr of each.
        let (soft_limit, page) = (16384, 4096);
        let each = (2 * USUAL + GROWN) / page;
        assert!(200 * each <= soft_limit * 4 / 5, "{} pages", 200 * each);
    }
}
