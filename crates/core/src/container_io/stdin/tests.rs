use super::*;
use crate::container_io::test_terminal;
use std::io::Read;
use std::time::Duration;

fn poll() -> Rc<Poll> {
    Rc::new(Poll::new().unwrap())
}

fn pipe() -> (std::fs::File, Stdin) {
    let (reader, writer) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
    (reader.into(), Stdin::open(writer, &poll()))
}

fn read_available(reader: &mut std::fs::File) -> Vec<u8> {
    let mut all = Vec::new();
    let mut chunk = [0; 65_536];
    while let Ok(count) = reader.read(&mut chunk) {
        if count == 0 {
            break;
        }
        all.extend_from_slice(&chunk[..count]);
    }
    all
}

#[test]
fn a_full_pipe_keeps_the_rest_and_takes_no_more() {
    let (mut reader, mut stdin) = pipe();
    let sent: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    stdin.write(&sent);
    assert!(!stdin.takes_more());
    let mut got = Vec::new();
    while stdin.is_blocked() {
        got.extend(read_available(&mut reader));
        stdin.write_pending();
    }
    got.extend(read_available(&mut reader));
    assert_eq!(got, sent);
    assert!(stdin.takes_more());
}

#[test]
fn the_end_of_input_closes_only_after_what_was_sent() {
    let (mut reader, mut stdin) = pipe();
    stdin.write(&[7; 100_000]);
    stdin.end();
    assert!(!stdin.is_over());
    let mut got = read_available(&mut reader);
    stdin.write_pending();
    assert!(stdin.is_over());
    stdin.close();
    reader.read_to_end(&mut got).unwrap();
    assert_eq!(got.len(), 100_000);
}

#[test]
fn input_before_the_terminal_exists_is_kept_until_it_does() {
    let mut stdin = Stdin::awaited();
    stdin.write(b"early ");
    stdin.write(b"bird");
    stdin.end();
    let (reader, writer) = nix::unistd::pipe().unwrap();
    stdin.arrive(writer, &poll());
    assert!(stdin.is_over());
    stdin.close();
    let mut got = String::new();
    std::fs::File::from(reader).read_to_string(&mut got).unwrap();
    assert_eq!(got, "early bird");
}

#[test]
fn no_further_packet_is_taken_for_a_terminal_that_does_not_come() {
    let mut stdin = Stdin::awaited();
    let packet = [7; 32 * 1024];
    for _ in 0..EARLY_INPUT / packet.len() {
        assert!(stdin.takes_more());
        stdin.write(&packet);
    }
    assert!(!stdin.takes_more());
}

#[test]
fn a_container_that_closed_its_stdin_is_no_error() {
    let (reader, mut stdin) = pipe();
    drop(reader);
    stdin.write(b"x");
    assert!(stdin.is_over());
    assert!(stdin.takes_more());
}

#[test]
fn input_for_a_terminal_that_nobody_has_open_waits_for_the_next_who_opens_it() {
    let (master, path, slave) = test_terminal::new();
    drop(slave);
    let poll = poll();
    let mut stdin = Stdin::awaited();
    stdin.arrive(master, &poll);
    let line = [&[b'i'; 63][..], b"\n"].concat();
    let mut sent = 0;
    let mut ready = Vec::new();
    let mut serve = |stdin: &mut Stdin, limit| {
        stdin.update();
        poll.wait(Some(limit), &mut ready).unwrap();
        ready.iter().for_each(|(_, readiness)| stdin.serve(*readiness));
        !ready.is_empty()
    };
    // The kernel makes room while it passes on what was written, but not indefinitely.
    let mut wakes = 0;
    while stdin.takes_more() {
        stdin.write(&line);
        sent += line.len();
        while stdin.is_blocked() && serve(&mut stdin, Duration::from_millis(50)) {
            wakes += 1;
            assert!(wakes < 1000, "it spins");
        }
    }
    assert!(stdin.is_blocked());
    let mut slave = test_terminal::open(&path);
    let mut got = 0;
    while got < sent {
        let read = slave.read(&mut [0; 4096]);
        got += read.unwrap_or(0);
        serve(&mut stdin, Duration::from_millis(1));
    }
    assert_eq!(got, sent);
    assert!(stdin.takes_more());
}

#[test]
fn a_write_that_fails_is_tried_again_and_loses_nothing() {
    let peer = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = peer.local_addr().unwrap();
    drop(peer);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.connect(address).unwrap();
    socket.send(b"x").unwrap();
    let peer = std::net::UdpSocket::bind(address).unwrap();
    let poll = poll();
    let mut stdin = Stdin::open(socket.into(), &poll);
    stdin.write(b"kept");
    assert!(!stdin.takes_more() && stdin.failure().is_none(), "one failure is not worth a warning");
    stdin.update();
    let mut ready = Vec::new();
    poll.wait(Some(Duration::from_millis(10)), &mut ready).unwrap();
    assert!(ready.is_empty(), "it rests");
    assert!(stdin.retry(stdin.retry_at().unwrap()));
    assert!(stdin.takes_more());
    let mut got = [0; 16];
    assert_eq!(peer.recv(&mut got).map(|count| got[..count].to_vec()).unwrap(), b"kept");
}
