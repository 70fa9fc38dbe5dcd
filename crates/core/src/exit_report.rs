//! How the end of a container is told to those who look for files: the exit status, digits alone, in each of the files the
//! plan names, in its order (CRI-O relies on the persistent one being first).

use std::path::Path;

use crate::atomic_file;
use crate::error::{Error, Reason, Step};
use crate::plan::Bytes;
use crate::report::Reporter;

/// As C conmon leaves them, so that whoever may enter the directory can read them.
const MODE: u32 = 0o644;

/// Writes every exit file; one that cannot be written keeps no other from being tried.
pub(crate) fn write_exit_files(files: &[Bytes], status: i32, reporter: &Reporter) {
    let text = status.to_string();
    for file in files {
        if let Err(error) = atomic_file::write(file.as_path(), MODE, text.as_bytes()) {
            reporter.error(format_args!("cannot write the exit file {file}: {}", Reason(&error)));
        }
    }
}

/// Makes the empty files that say: memory ran out.
pub(crate) fn write_oom_files(files: &[Bytes], reporter: &Reporter) {
    for file in files {
        if let Err(error) = touch(file.as_path()) {
            reporter.warn(error);
        }
    }
}

fn touch(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(MODE)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)
        .map(drop)
        .step_at("write the OOM file", path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_oom_file_would_lead_to_is_left_alone() {
        let directory =
            std::env::temp_dir().join(format!("conmon-oom-{:x}", crate::sys::random::random().unwrap()));
        std::fs::create_dir(&directory).unwrap();
        let (target, link) = (directory.join("target"), directory.join("oom"));
        std::fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        touch(&link).unwrap_err();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "precious");
        std::fs::remove_file(&link).unwrap();
        touch(&link).unwrap();
        assert_eq!(link.metadata().unwrap().len(), 0);
        std::fs::remove_dir_all(directory).unwrap();
    }
}
