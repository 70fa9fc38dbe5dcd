//! Records how this program was called, one JSON document a line, for tests that compare two monitors.
//!
//! Bytes that are not UTF-8 become lone surrogates: 0xNN is `\udcNN`. Nothing is opened before the descriptors are listed,
//! and the directory's own descriptor is left out.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use conmon_sys::process::parent_death_signal;
use nix::unistd::{getpgrp, getppid, getsid};

use crate::error::{Failure, Step};

/// Appends the document to `path`.
pub(crate) fn append(path: &Path) -> Result<(), Failure> {
    let line = document().step("read our own state")?;
    let mut options = OpenOptions::new();
    let mut file = options.append(true).create(true).mode(0o600).open(path).step_at("open", path)?;
    file.write_all(line.as_bytes()).step_at("write", path)
}

fn document() -> std::io::Result<String> {
    let fds = descriptors()?;
    let status = fs::read_to_string("/proc/self/status")?;
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim().to_owned()
    };
    let score = fs::read_to_string("/proc/self/oom_score_adj")?;
    let list = |items: &mut dyn Iterator<Item = Vec<u8>>| {
        let items: Vec<String> = items.map(|item| quoted(&item)).collect();
        items.join(",")
    };
    let mut out = String::from("{");
    let mut member = |name: &str, value: &str| out += &format!("\"{name}\":{value},");
    member("argv", &format!("[{}]", list(&mut std::env::args_os().map(|arg| arg.as_bytes().to_vec()))));
    member("env", &format!("[{}]", list(&mut std::env::vars_os().map(|(name, value)| entry(&name, &value)))));
    member("fds", &format!("{{{fds}}}"));
    member("cwd", &quoted(std::env::current_dir()?.as_os_str().as_bytes()));
    member("umask", &quoted(field("Umask:").as_bytes()));
    member("oomScoreAdj", score.trim());
    member("blocked", &quoted(field("SigBlk:").as_bytes()));
    member("ignored", &quoted(field("SigIgn:").as_bytes()));
    member("parentDeathSignal", &parent_death_signal().to_string());
    member("pid", &std::process::id().to_string());
    member("ppid", &getppid().to_string());
    member("pgid", &getpgrp().to_string());
    member("sid", &getsid(None)?.to_string());
    out.pop();
    out.push_str("}\n");
    Ok(out)
}

fn entry(name: &OsStr, value: &OsStr) -> Vec<u8> {
    [name.as_bytes(), b"=", value.as_bytes()].concat()
}

/// `"number":"target"` of every open descriptor, in order.
fn descriptors() -> std::io::Result<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let entry = entry?;
        let number = entry.file_name().to_string_lossy().parse::<u32>().map_err(std::io::Error::other)?;
        let target = fs::read_link(entry.path())?;
        // The directory's own descriptor.
        if !target.as_os_str().as_bytes().ends_with(format!("/{}/fd", std::process::id()).as_bytes()) {
            found.push((number, quoted(target.as_os_str().as_bytes())));
        }
    }
    found.sort();
    let found: Vec<String> = found.iter().map(|(number, target)| format!("\"{number}\":{target}")).collect();
    Ok(found.join(","))
}

/// A JSON string.
fn quoted(bytes: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '"' | '\\' => out.extend(['\\', letter]),
                '\0'..='\x1f' => out += &format!("\\u{:04x}", u32::from(letter)),
                _ => out.push(letter),
            }
        }
        for byte in chunk.invalid() {
            out += &format!("\\udc{byte:02x}");
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_become_a_json_string() {
        assert_eq!(quoted(b"a\"\\\n\xff\xc3\xa9"), "\"a\\\"\\\\\\u000a\\udcff\u{e9}\"");
    }

    #[test]
    fn the_document_is_json() {
        let document: serde_json::Value = serde_json::from_str(&document().unwrap()).unwrap();
        assert_eq!(document["pid"], std::process::id());
        assert!(document["fds"]["0"].is_string());
    }
}
