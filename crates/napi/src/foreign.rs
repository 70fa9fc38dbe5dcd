//! Reads files whose path or, in `/proc`, whose content another user's process controls.
//!
//! Such a read may never return: `/proc/PID/cmdline` waits for the lock on the process's address space, and a path may lead
//! to a file system whose server has stopped. So the files of a process are read on a detached thread of their own: it blocks
//! neither the event loop nor the exit of the process (libuv joins the threads of its pool at exit). The caller sets a time
//! limit. A file is opened with `O_PATH` first, which opens neither a device nor a FIFO; `open(2)`.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::thread;

use napi::bindgen_prelude::{Buffer, Error, FnArgs, Function, Result};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, SFlag, fstat};

/// Stack size: enough for a path and a few calls.
const STACK: usize = 64 * 1024;

/// A file that is to be read.
#[napi(object)]
pub struct ForeignFile {
    /// Where it is, byte for byte.
    pub path: Buffer,
    /// Bytes that are read at most.
    pub limit: u32,
    /// The user to whom the file must belong.
    pub owner: Option<u32>,
}

/// What was found: the index of the file, an errno or 0, the start of the file, and its size.
type Answer = FnArgs<(u32, i32, Buffer, f64)>;

/// Reads the starts of regular files one after the other, on a thread that may block indefinitely.
/// `onRead(index, errno, bytes, size)` is called at most once for each; after a file that blocks, for none. It does not keep
/// the process alive.
#[napi(
    catch_unwind,
    ts_args_type = "files: Array<ForeignFile>, onRead: (index: number, errno: number, bytes: Buffer, size: number) => void"
)]
pub fn read_foreign_files(files: Vec<ForeignFile>, on_read: Function<'_, Answer, ()>) -> Result<()> {
    let answer = on_read.build_threadsafe_function().weak::<true>().build()?;
    let files: Vec<_> = files.iter().map(|file| (file.path.to_vec(), file.limit, file.owner)).collect();
    let work = move || {
        for (index, (path, limit, owner)) in (0..).zip(&files) {
            let (errno, bytes, size) = match read(Path::new(OsStr::from_bytes(path)), *limit, *owner) {
                Ok((bytes, size)) => (0, bytes, size),
                Err(errno) => (errno as i32, Vec::new(), 0),
            };
            #[expect(clippy::cast_precision_loss, reason = "no file is larger than 2^53 bytes")]
            let found = FnArgs::from((index, errno, Buffer::from(bytes), size as f64));
            answer.call(found, ThreadsafeFunctionCallMode::NonBlocking);
        }
    };
    let thread = thread::Builder::new().name("foreign-read".to_owned()).stack_size(STACK);
    thread
        .spawn(work)
        .map(drop)
        .map_err(|error| Error::from_reason(format!("cannot start a thread: {error}")))
}

fn read(path: &Path, limit: u32, owner: Option<u32>) -> std::result::Result<(Vec<u8>, i64), Errno> {
    let found = open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty())?;
    let facts = fstat(&found)?;
    if SFlag::from_bits_truncate(facts.st_mode & SFlag::S_IFMT.bits()) != SFlag::S_IFREG {
        return Err(Errno::EINVAL);
    }
    if owner.is_some_and(|owner| owner != facts.st_uid) {
        return Err(Errno::EPERM);
    }
    let mut bytes = Vec::new();
    if limit > 0 {
        let through = format!("/proc/self/fd/{}", found.as_raw_fd());
        let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        let file = File::from(open(through.as_str(), flags, Mode::empty())?);
        file.take(limit.into())
            .read_to_end(&mut bytes)
            .map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EIO)))?;
    }
    Ok((bytes, facts.st_size))
}
