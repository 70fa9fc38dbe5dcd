//! Deadlines as descriptors (timerfd_create(2)), on the monotonic clock: a changed wall clock moves none of them.

use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::sys::timer::TimerSetTimeFlags;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags};

use crate::error::{Error, Step};
use crate::poll::{Interest, Poll, Token};

/// A moment to be woken at. The timer behind it is made when it is first needed.
pub(crate) struct Deadline {
    token: Token,
    timer: Option<TimerFd>,
}

impl Deadline {
    /// One that is told as `token`; not set yet.
    pub(crate) fn new(token: Token) -> Self {
        Self { token, timer: None }
    }

    /// Sets it `delay` from now, whatever it was before.
    pub(crate) fn set(&mut self, delay: Duration, poll: &Poll) -> Result<(), Error> {
        // A zero would disarm the timer.
        let delay = TimeSpec::from_duration(delay.max(Duration::from_nanos(1)));
        let timer = match &self.timer {
            Some(timer) => timer,
            None => {
                let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
                let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags).step("create a timer")?;
                poll.watch(&timer, self.token, Interest::Read)?;
                self.timer.insert(timer)
            }
        };
        timer.set(Expiration::OneShot(delay), TimerSetTimeFlags::empty()).step("set a timer")
    }

    /// Takes note that it has come, so that its descriptor is quiet again.
    pub(crate) fn acknowledge(&self) {
        // EAGAIN: it was set anew in the meantime.
        let _ = self.timer.as_ref().map(TimerFd::wait);
    }
}
