use super::*;
use crate::container_io::test_terminal;
use std::io::Write;

#[derive(Default)]
struct Seen {
    raw: Vec<u8>,
    texts: Vec<Vec<u8>>,
}

impl Sink for Seen {
    fn raw(&mut self, _: Stream, bytes: &[u8]) -> bool {
        self.raw.extend_from_slice(bytes);
        true
    }
    fn text(&mut self, _: Stream, text: &[u8]) {
        self.texts.push(text.to_vec());
    }
}

fn poll() -> Rc<Poll> {
    Rc::new(Poll::new().unwrap())
}

fn pipe() -> (Output, std::fs::File) {
    let (reader, writer) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
    (Output::new(reader, Stream::Stdout, &poll()), writer.into())
}

fn pump(output: &mut Output, seen: &mut Seen) -> Pumped {
    output.pump(&mut vec![0; READ + MAX_HELD], seen)
}

/// A worker of the kernel passes on what was written to a terminal, and a read may come between two of its steps.
/// Another test may be starting a process, which holds everything open for a moment.
fn pump_all(output: &mut Output, seen: &mut Seen) -> Pumped {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let pumped = pump(output, seen);
        if pumped != Pumped::Dry || std::time::Instant::now() > end {
            return pumped;
        }
    }
}

#[test]
fn a_prompt_is_shown_at_once() {
    let (mut output, mut writer) = pipe();
    writer.write_all(b"one\nname: ").unwrap();
    let mut seen = Seen::default();
    assert_eq!(pump(&mut output, &mut seen), Pumped::Dry);
    assert_eq!(seen.texts, [b"one\nname: ".to_vec()]);
}

#[test]
fn a_line_is_not_cut_where_a_full_read_ends() {
    let (mut output, mut writer) = pipe();
    let line = [&[b'x'; 6999][..], b"\n"].concat();
    let all = line.repeat(20);
    let mut seen = Seen::default();
    let (first, rest) = all.split_at(pipe_size::USUAL);
    writer.write_all(first).unwrap();
    let mut buffer = vec![0; READ + MAX_HELD];
    // The writer fills the pipe again as soon as there is room, as a busy container does.
    let filler = std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let mut left = rest;
            while !left.is_empty() {
                if let Ok(count) = writer.write(left) {
                    left = &left[count..];
                }
            }
            drop(writer);
        });
        while output.pump(&mut buffer, &mut seen) != Pumped::Ended {}
        writing.join()
    });
    filler.unwrap();
    assert_eq!(seen.raw, all);
    assert_eq!(seen.texts.concat(), all);
}

#[test]
fn of_a_long_line_less_than_the_bound_is_held_back() {
    assert_eq!(settled(&[b'x'; MAX_HELD - 1]), 0);
    assert_eq!(settled(&[b'x'; MAX_HELD]), MAX_HELD);
    assert_eq!(settled(&[b'x'; 3 * MAX_HELD + 5]), 3 * MAX_HELD);
    assert_eq!(settled(b"abc\nde"), 4);
}

#[test]
fn a_terminal_that_every_process_has_closed_is_hung_up_until_it_is_written_to_again() {
    let (master, path, slave) = test_terminal::new();
    let mut output = Output::terminal(master, &poll());
    let mut seen = Seen::default();
    assert_eq!(pump(&mut output, &mut seen), Pumped::Dry, "open, and nothing written");
    let mut slave = Some(slave);
    for round in 0..50 {
        let mut file = slave.take().unwrap_or_else(|| test_terminal::open(&path));
        writeln!(file, "line {round}").unwrap();
        drop(file);
        assert_eq!(pump_all(&mut output, &mut seen), Pumped::HungUp);
        drop(test_terminal::open(&path));
        assert_eq!(pump_all(&mut output, &mut seen), Pumped::HungUp, "opened and closed, nothing written");
    }
    let expected: String = (0..50).map(|round| format!("line {round}\r\n")).collect();
    assert_eq!(String::from_utf8(seen.raw).unwrap(), expected);
}

#[test]
fn what_was_written_before_a_terminal_was_closed_comes_before_the_hang_up() {
    let (master, _, mut slave) = test_terminal::new();
    let mut output = Output::terminal(master, &poll());
    slave.write_all(b"last").unwrap();
    drop(slave);
    let mut seen = Seen::default();
    assert_eq!(pump_all(&mut output, &mut seen), Pumped::HungUp);
    assert_eq!(seen.texts.concat(), b"last");
}

#[test]
fn a_read_that_fails_is_not_an_end() {
    let (_, writer) = nix::unistd::pipe2(nix::fcntl::OFlag::O_NONBLOCK).unwrap();
    let mut output = Output::new(writer, Stream::Stdout, &poll());
    let mut seen = Seen::default();
    assert_eq!(pump(&mut output, &mut seen), Pumped::Failed(Errno::EBADF), "a pipe's other end");
}

#[test]
fn the_end_of_the_other_side_is_told_after_its_last_words() {
    let (mut output, mut writer) = pipe();
    writer.write_all(b"last").unwrap();
    drop(writer);
    let mut seen = Seen::default();
    assert_eq!(pump(&mut output, &mut seen), Pumped::Dry);
    assert_eq!(pump(&mut output, &mut seen), Pumped::Ended);
    assert_eq!(seen.texts, [b"last".to_vec()]);
}
