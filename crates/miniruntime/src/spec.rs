//! The supported part of the OCI runtime specification: a process, and the root as prefix of its working directory.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use conmon_sys::errors::describe;
use nix::errno::Errno;
use nix::unistd::{AccessFlags, access};
use serde::Deserialize;

use crate::error::{Failure, Step};

/// The search path if the container's environment has no `PATH`.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

#[derive(Debug, Deserialize)]
struct Config {
    process: Option<Process>,
    root: Option<Root>,
}

#[derive(Debug, Deserialize)]
struct Root {
    path: PathBuf,
}

/// `process` of a config.json, or the whole file of `exec --process`.
#[derive(Debug, Deserialize)]
pub(crate) struct Process {
    #[serde(default)]
    pub(crate) terminal: bool,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: Vec<String>,
    #[serde(default)]
    cwd: PathBuf,
    #[serde(default)]
    pub(crate) user: User,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    #[serde(default)]
    pub(crate) uid: u32,
    #[serde(default)]
    pub(crate) gid: u32,
    #[serde(default)]
    pub(crate) additional_gids: Vec<u32>,
    pub(crate) umask: Option<u32>,
}

/// The arguments of execve(2), prepared before the fork so that errors are still the caller's.
#[derive(Debug)]
pub(crate) struct Executable {
    pub(crate) path: CString,
    pub(crate) argv: Vec<CString>,
    pub(crate) env: Vec<CString>,
    pub(crate) directory: CString,
}

/// Reads the process and, if set, the absolute root from `config.json`.
pub(crate) fn read_bundle(bundle: &Path) -> Result<(Process, Option<PathBuf>), Failure> {
    let path = bundle.join("config.json");
    let json = std::fs::read(&path).step_at("read", &path)?;
    let config: Config = serde_json::from_slice(&json).step_at("understand", &path)?;
    let process =
        config.process.ok_or_else(|| Failure::new("config.json has no `process`: nothing to run"))?;
    Ok((process, config.root.map(|root| bundle.join(root.path))))
}

/// Reads the file of `exec --process`.
pub(crate) fn read_process(path: &Path) -> Result<Process, Failure> {
    let json = std::fs::read(path).step_at("read", path)?;
    serde_json::from_slice(&json).step_at("understand", path)
}

impl Process {
    /// Finds the program and prepares the arguments of execve(2).
    pub(crate) fn executable(&self, root: Option<&Path>) -> Result<Executable, Failure> {
        let program =
            self.args.first().ok_or_else(|| Failure::new("`process.args` is empty: nothing to run"))?;
        let directory = self.directory(root);
        let path = self.find(program, &directory)?;
        Ok(Executable {
            path: c_string(path.as_os_str().as_bytes())?,
            argv: self.args.iter().map(|arg| c_string(arg.as_bytes())).collect::<Result<_, _>>()?,
            env: self.env.iter().map(|entry| c_string(entry.as_bytes())).collect::<Result<_, _>>()?,
            directory: c_string(directory.as_os_str().as_bytes())?,
        })
    }

    /// The root is only a prefix of the working directory; nothing calls chroot(2).
    fn directory(&self, root: Option<&Path>) -> PathBuf {
        let cwd = if self.cwd.as_os_str().is_empty() { Path::new("/") } else { &self.cwd };
        match root {
            Some(root) => root.join(cwd.strip_prefix("/").unwrap_or(cwd)),
            None => cwd.to_path_buf(),
        }
    }

    fn find(&self, program: &str, directory: &Path) -> Result<PathBuf, Failure> {
        if program.contains('/') {
            let path = directory.join(program);
            return check(&path).map(|()| path).map_err(|errno| {
                // Podman maps any error that contains "not found" to 127.
                let what = if errno == Errno::ENOENT { "not found" } else { "cannot be executed" };
                Failure::new(format!("executable file `{program}` {what}: {}", describe(errno)))
            });
        }
        let path =
            self.env.iter().rev().find_map(|entry| entry.strip_prefix("PATH=")).unwrap_or(DEFAULT_PATH);
        let mut worst = Errno::ENOENT;
        for entry in path.split(':') {
            let candidate = directory.join(entry).join(program);
            match check(&candidate) {
                Ok(()) => return Ok(candidate),
                Err(Errno::EACCES) => worst = Errno::EACCES,
                Err(_) => {}
            }
        }
        let what = if worst == Errno::ENOENT { "not found" } else { "cannot be executed" };
        Err(Failure::new(format!("executable file `{program}` {what} in $PATH: {}", describe(worst))))
    }
}

/// Whether a file can be executed; a directory cannot, whatever its mode.
fn check(path: &Path) -> Result<(), Errno> {
    access(path, AccessFlags::X_OK)?;
    if path.is_dir() { Err(Errno::EACCES) } else { Ok(()) }
}

fn c_string(bytes: &[u8]) -> Result<CString, Failure> {
    CString::new(bytes)
        .map_err(|_| Failure::new(format!("`{}` contains a NUL byte", OsStr::from_bytes(bytes).display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(json: &str) -> Process {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_program_without_a_slash_is_found_through_the_path_of_the_container() {
        let found =
            process(r#"{"args":["true"],"env":["PATH=/nowhere:/usr/bin"]}"#).executable(None).unwrap();
        assert_eq!(found.path.to_str().unwrap(), "/usr/bin/true");
        assert_eq!(found.argv[0].to_str().unwrap(), "true");
    }

    #[test]
    fn errors_about_programs_use_the_words_that_podman_maps_to_126_and_127() {
        for (json, words) in [
            (r#"{"args":["nope"],"env":["PATH=/usr/bin"]}"#, "not found in $PATH: No such file or directory"),
            (r#"{"args":["/nope"]}"#, "No such file or directory"),
            (r#"{"args":["/etc"]}"#, "Permission denied"),
            (r#"{"args":["/etc/passwd"]}"#, "Permission denied"),
            (r#"{"args":[]}"#, "`process.args` is empty"),
            (r#"{"args":["/bin/true","a\u0000b"]}"#, "contains a NUL byte"),
        ] {
            let error = process(json).executable(None).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
            assert_eq!(error.contains("not found"), words.contains("No such file"), "{error}");
        }
    }

    #[test]
    fn the_root_is_a_prefix_of_the_directory() {
        let found = process(r#"{"args":["/bin/true"],"cwd":"/usr"}"#);
        assert_eq!(found.executable(Some(Path::new("/r"))).unwrap().directory.to_str().unwrap(), "/r/usr");
        assert_eq!(found.executable(None).unwrap().directory.to_str().unwrap(), "/usr");
    }
}
