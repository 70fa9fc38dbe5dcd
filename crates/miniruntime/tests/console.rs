//! A terminal, created by the runtime and sent through the console socket.
#![expect(
    clippy::tests_outside_test_module,
    clippy::unwrap_used,
    reason = "an integration test is a test module"
)]

mod support;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixListener;

use conmon_sys::unix_socket;
use support::{World, stderr, wait_for};

/// The message on the console socket: the master and the payload.
fn receive(listener: &UnixListener) -> Option<(File, String)> {
    let (stream, _) = listener.accept().unwrap();
    let mut payload = [0; 256];
    let received = unix_socket::receive(&stream, &mut payload).unwrap();
    let name = String::from_utf8_lossy(&payload[..received.bytes]).into_owned();
    received.descriptors.into_iter().next().map(|master| (master.into(), name))
}

fn terminal_bundle(world: &World, script: &str) {
    let process = world.shell_process(script).replacen('{', r#"{"terminal":true,"#, 1);
    world.bundle(&process);
}

#[test]
fn the_master_goes_through_the_socket_and_the_container_has_a_controlling_terminal() {
    let world = World::new();
    terminal_bundle(
        &world,
        "echo $(tty) $(stty size) > /dev/tty; ls -l /proc/self/fd/0 /proc/self/fd/2 | wc -l",
    );
    let socket = world.path("console");
    let listener = UnixListener::bind(&socket).unwrap();
    let output = world.create_with(&[], &["--console-socket", socket.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let (master, name) = receive(&listener).unwrap();
    let pid = world.pid();
    world.start();
    let mut lines = BufReader::new(master).lines();
    assert_eq!(lines.next().unwrap().unwrap(), format!("{name} 0 0"));
    assert_eq!(lines.next().unwrap().unwrap(), "2");
    wait_for(pid);
}

#[test]
fn it_can_create_a_terminal_without_sending_it() {
    let world = World::new();
    terminal_bundle(&world, "exit 0");
    let socket = world.path("console");
    let listener = UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    let socket = socket.to_str().unwrap();
    let output = world.create_with(&[("NO_CONSOLE", "1")], &["--console-socket", socket]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}
