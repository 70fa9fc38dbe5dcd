//! When the loop waits for which output.

use std::io::Write;
use std::net::UdpSocket;
use std::time::Duration;

use super::*;
use crate::container_io::test_terminal;
use crate::log::scratch::reporter;
use crate::log::{Background, Logs};
use crate::plan::LogsPlan;
use crate::poll::{Poll, Readiness, Token};
use crate::session::consumers::{Consumers, Delivery};
use std::rc::Rc;

/// A loop around one output, without logs and clients.
struct Loop {
    outputs: Outputs,
    consumers: Consumers,
    poll: Rc<Poll>,
    reporter: Reporter,
}

impl Loop {
    fn around(output: impl FnOnce(&Rc<Poll>) -> Output) -> Self {
        let poll = Rc::new(Poll::new().unwrap());
        let plan = LogsPlan { drivers: Vec::new(), fsync: false, loss_marker: true };
        let reporter = reporter();
        let output = output(&poll);
        let mut made = Self {
            outputs: Outputs::new().unwrap(),
            consumers: Consumers {
                attach: None,
                logs: Logs::open(&plan, Background::Thread, &poll).unwrap(),
            },
            poll,
            reporter,
        };
        made.outputs.connect(PerStream { stdout: Some(output), stderr: None });
        made.outputs.watch().unwrap();
        made
    }

    fn pump(&mut self) -> Pumped {
        let Self { outputs, consumers, reporter, .. } = self;
        outputs.pump(
            Stream::Stdout,
            &mut Delivery { consumers, reporter, ignore_congestion: true, progress: None },
            reporter,
        )
    }

    /// The events that wake the loop within this time.
    fn wakes(&self, limit: Duration) -> Vec<(Token, Readiness)> {
        let mut ready = Vec::new();
        self.poll.wait(Some(limit), &mut ready).unwrap();
        ready
    }

    /// Serves what is ready until nothing is; how many wake-ups that took, and how many bytes came.
    fn settle(&mut self) -> (usize, u64) {
        let before = *self.outputs.bytes_read().get(Stream::Stdout);
        let mut wakes = 0;
        // A terminal's output reaches the master through a worker of the kernel.
        while !self.wakes(Duration::from_millis(50)).is_empty() {
            self.pump();
            wakes += 1;
            assert!(wakes < 20, "it spins");
        }
        (wakes, *self.outputs.bytes_read().get(Stream::Stdout) - before)
    }
}

#[test]
fn a_terminal_that_is_hung_up_wakes_nobody_until_it_is_written_to() {
    let (master, path, slave) = test_terminal::new();
    let mut around = Loop::around(|poll| Output::terminal(master, poll));
    drop(slave);
    assert!(around.settle().0 > 0, "the hang-up is noticed");
    for _ in 0..50 {
        let mut slave = test_terminal::open(&path);
        assert!(around.wakes(Duration::ZERO).is_empty(), "nothing was written yet");
        slave.write_all(b"again\n").unwrap();
        drop(slave);
        assert_eq!(around.settle().1, 7, "newlines are mapped");
    }
}

#[test]
fn a_terminal_is_read_again_after_a_pause_whatever_became_of_it_meanwhile() {
    let (master, path, slave) = test_terminal::new();
    let mut around = Loop::around(|poll| Output::terminal(master, poll));
    drop(slave);
    around.settle();
    around.outputs.pause();
    test_terminal::open(&path).write_all(b"while paused\n").unwrap();
    assert!(around.wakes(Duration::from_millis(50)).is_empty());
    around.outputs.watch().unwrap();
    assert_eq!(around.settle().1, 14);
    around.outputs.pause();
    around.outputs.watch().unwrap();
    assert!(around.settle().0 <= 1, "a hang-up is reported once when the wait begins");
}

#[test]
fn an_edge_whose_data_was_not_read_is_not_lost() {
    let (master, path, slave) = test_terminal::new();
    let mut around = Loop::around(|poll| Output::terminal(master, poll));
    drop(slave);
    around.settle();
    let mut slave = test_terminal::open(&path);
    slave.write_all(b"x\n").unwrap();
    assert!(!around.wakes(Duration::from_secs(5)).is_empty());
    // As if the read had been interrupted, or had returned less than there is.
    around.outputs.note_read(Stream::Stdout, Pumped::Dry);
    assert_eq!(around.settle().1, 3);
}

/// A socket whose next read fails once: nobody has the port of its peer (udp(7)).
fn fails_once() -> (UdpSocket, UdpSocket) {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = peer.local_addr().unwrap();
    drop(peer);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.connect(address).unwrap();
    socket.send(b"x").unwrap();
    (socket, UdpSocket::bind(address).unwrap())
}

#[test]
fn a_stream_whose_read_failed_rests_and_is_read_again() {
    let (socket, peer) = fails_once();
    let ours = socket.local_addr().unwrap();
    let mut around = Loop::around(|poll| Output::new(socket.into(), Stream::Stdout, poll));
    assert!(!around.wakes(Duration::from_secs(5)).is_empty());
    assert_eq!(around.pump(), Pumped::Failed(Errno::ECONNREFUSED));
    peer.send_to(b"later", ours).unwrap();
    assert!(around.wakes(Duration::from_millis(20)).is_empty(), "it rests");
    let due = around.outputs.retry_at().unwrap();
    around.outputs.retry(due);
    assert_eq!(around.settle().1, 5);
    assert_eq!(around.outputs.retry_at(), None);
}

#[test]
fn a_stream_that_rests_is_not_read_for_a_client_that_has_caught_up() {
    let (socket, _peer) = fails_once();
    let mut around = Loop::around(|poll| Output::new(socket.into(), Stream::Stdout, poll));
    assert!(!around.wakes(Duration::from_secs(5)).is_empty());
    around.pump();
    around.outputs.pause();
    let due = around.outputs.retry_at().unwrap();
    around.outputs.retry(due);
    assert!(!around.outputs.open.stdout.as_ref().unwrap().is_watched(), "paused");
    around.outputs.watch().unwrap();
    assert!(around.outputs.open.stdout.as_ref().unwrap().is_watched());
}

#[test]
fn what_could_be_read_while_it_rests_is_waited_for_again() {
    let (socket, peer) = fails_once();
    let ours = socket.local_addr().unwrap();
    let mut around = Loop::around(|poll| Output::new(socket.into(), Stream::Stdout, poll));
    assert!(!around.wakes(Duration::from_secs(5)).is_empty());
    around.pump();
    peer.send_to(b"later", ours).unwrap();
    assert_eq!(around.pump(), Pumped::Dry, "as when the container has ended");
    assert!(around.outputs.open.stdout.as_ref().unwrap().is_watched());
}
