//! [`RescueCall`]: how an executable finds out that it is to monitor a container whose monitor was killed.

use std::convert::Infallible;
use std::env;
use std::ffi::CString;
use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use conmon_sys::environment::{self, Environment};
use conmon_sys::fds::KeptAcrossExec;
use conmon_sys::process::{Image, exit_now, fork_alone, fork_alone_as};
use nix::unistd::{Pid, chdir, geteuid, getpid, setsid};

use super::Record;
use super::record::{MAX_RECORD, inode_of};
use crate::error::{Error, Step};
use crate::files::small_file;
use crate::handover::adopt;
use crate::plan::RESCUE_VARIABLE;

/// Like [`RESCUE_VARIABLE`], for a process that has the command line of the monitor.
const BECOME_VARIABLE: &str = "_CONMON_RESCUED";

/// Where control groups are mounted.
const CGROUPS: &str = "/sys/fs/cgroup";

/// A record, and the lock on it that keeps other processes from using it too.
#[derive(Debug)]
pub struct RescueCall {
    pub(crate) record: Record,
    file: File,
    is_monitor: bool,
}

impl RescueCall {
    /// Takes the record, if there is one, and removes the variable so that no child inherits it.
    ///
    /// # Errors
    /// If it names no record that may be used, or the monitor that has left it runs.
    #[inline(never)]
    pub fn take() -> Result<Option<Self>, String> {
        let Some((name, value)) =
            [RESCUE_VARIABLE, BECOME_VARIABLE].iter().find_map(|name| Some((*name, env::var_os(name)?)))
        else {
            return Ok(None);
        };
        environment::remove(name);
        let number = value.to_str().and_then(|text| text.parse::<RawFd>().ok()).filter(|number| *number > 2);
        let file = number
            .and_then(adopt)
            .map(File::from)
            .ok_or_else(|| format!("{name}={} names no descriptor", value.display()))?;
        Self::read(file, name == BECOME_VARIABLE)
            .map(Some)
            .map_err(|why| format!("cannot use the record: {why}"))
    }

    fn read(file: File, is_monitor: bool) -> Result<Self, String> {
        check(&file)?;
        // Several processes may have been started for the same record.
        file.try_lock().map_err(|_| "another process uses it".to_owned())?;
        // A process that has read it before shares the offset.
        let content = (&file).rewind().and_then(|()| small_file::read(&file, MAX_RECORD.get()));
        let content = content.map_err(|error| error.to_string())?;
        let record = Record::read(&content)?;
        if !record.is_of_this_namespace() {
            return Err("it is from another pid namespace".to_owned());
        }
        if record.monitor.runs() && record.monitor.pid != getpid().as_raw() {
            return Err(format!("the container has a monitor: process {}", record.monitor.pid));
        }
        Ok(Self { record, file, is_monitor })
    }

    /// Whether this process has the command line of the monitor.
    #[must_use]
    pub fn is_monitor(&self) -> bool {
        self.is_monitor
    }

    /// Leaves to a child to [become the monitor](Self::execute). Returns only if that was not possible.
    ///
    /// # Errors
    /// Which step failed.
    pub fn become_monitor(self) -> Result<(), String> {
        let executable = env::current_exe().step("find the executable").map_err(|error| error.to_string())?;
        let directory = self.record.directory();
        chdir(directory).step_at("change to the directory", directory).map_err(|error| error.to_string())?;
        // Managers know a monitor by its pid. One that may not choose a pid gets any.
        let child = fork_alone_as(Pid::from_raw(self.record.monitor.pid)).or_else(|_| fork_alone());
        match child.step("fork the monitor").map_err(|error| error.to_string())? {
            Some(_) => exit_now(0),
            None => {
                let Err(error) = self.execute(&executable);
                let _ = writeln!(io::stderr(), "{error}");
                exit_now(1)
            }
        }
    }

    /// Executes this executable with the command line and environment of the monitor. Returns only on failure.
    fn execute(&self, executable: &Path) -> Result<Infallible, Error> {
        let _ = setsid();
        self.join_cgroups();
        let program =
            CString::new(executable.as_os_str().as_encoded_bytes()).step_at("execute", executable)?;
        let call = CString::new(format!("{BECOME_VARIABLE}={}", self.file.as_raw_fd())).unwrap_or_default();
        let mut environment = Environment::of(&self.record.environment());
        environment.add(&call);
        let _kept =
            KeptAcrossExec::mark(std::iter::once(self.file.as_raw_fd())).step("keep the record open")?;
        Err(Image::of(&program, &self.record.argv()).execute(&environment)).step_at("execute", executable)
    }

    /// Moves this process to the control groups of the monitor. systemd removes a scope whose last process has ended; then it stays
    /// where it was started.
    fn join_cgroups(&self) {
        let Ok(lines) = std::str::from_utf8(self.record.cgroup()) else { return };
        for line in lines.lines() {
            let mut fields = line.splitn(3, ':').skip(1);
            let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
            if path.split('/').any(|name| name == "..") {
                continue;
            }
            let hierarchy = controllers.trim_start_matches("name=");
            let group = Path::new(CGROUPS).join(hierarchy).join(path.trim_start_matches('/'));
            let _ = std::fs::OpenOptions::new()
                .write(true)
                .open(group.join("cgroup.procs"))
                .and_then(|mut file| file.write_all(b"0"));
        }
    }

    /// Checks that the record is still the one at its path.
    ///
    /// # Errors
    /// If it is not.
    pub(crate) fn check_path(&self, path: &Path) -> Result<(), Error> {
        let is_there = self.file.metadata().is_ok_and(|found| inode_of(path) == Some(found.ino()));
        match is_there {
            true => Ok(()),
            false => Err(Error::invalid("use the record", "another one has replaced it")),
        }
    }

    /// When the record was left.
    pub(crate) fn left(&self) -> (i64, i64) {
        self.file.metadata().map_or((i64::MAX, 0), |found| (found.mtime(), found.mtime_nsec()))
    }
}

/// The record's command line is executed: it must be from this user, who could execute it anyway.
fn check(file: &File) -> Result<(), String> {
    let found = file.metadata().map_err(|error| error.to_string())?;
    if !found.is_file() {
        return Err("not a regular file".to_owned());
    }
    if found.uid() != geteuid().as_raw() {
        return Err(format!("it belongs to user {}", found.uid()));
    }
    if found.mode() & 0o077 != 0 {
        return Err("others may read or write it".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::rescue::{Pipes, RescueFile};

    #[test]
    fn only_a_private_file_of_this_user_is_a_record() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pidfile.rescue");
        RescueFile::leave(&path, getpid(), getpid(), Pipes::default()).unwrap();
        let read = || RescueCall::read(File::open(&path).unwrap(), true);
        let first = read().unwrap();
        first.check_path(&path).unwrap();
        assert_eq!(read().unwrap_err(), "another process uses it");
        drop(first);
        path.metadata().unwrap().permissions().set_mode(0o640);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(read().unwrap_err(), "others may read or write it");
        let not_a_file = RescueCall::read(File::open("/dev/null").unwrap(), true);
        assert_eq!(not_a_file.unwrap_err(), "not a regular file");
        if geteuid().is_root() {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
            assert_eq!(read().unwrap_err(), "it belongs to user 65534");
        }
    }

    #[test]
    fn a_monitor_that_runs_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pidfile.rescue");
        RescueFile::leave(&path, getpid(), getpid(), Pipes::default()).unwrap();
        let mut other = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", other.id())).unwrap();
        let monitor = format!("{} {}", other.id(), stat.split(' ').nth(21).unwrap());
        // The second and third number of the first line are the monitor's.
        let content = std::fs::read(&path).unwrap();
        let line = content.iter().position(|byte| *byte == b'\n').unwrap();
        let numbers = std::str::from_utf8(&content[..line]).unwrap().splitn(4, ' ').nth(3).unwrap();
        std::fs::write(&path, [format!("1 {monitor} {numbers}").as_bytes(), &content[line..]].concat())
            .unwrap();
        let read = || RescueCall::read(File::open(&path).unwrap(), true);
        assert_eq!(read().unwrap_err(), format!("the container has a monitor: process {}", other.id()));
        other.kill().unwrap();
        other.wait().unwrap();
        let used = read().unwrap();
        RescueFile::leave(&path, getpid(), getpid(), Pipes::default()).unwrap();
        assert!(used.check_path(&path).is_err());
    }
}
