//! Work that blocks, on a thread of its own, as a promise.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::thread;

use napi::JsDeferred;
use napi::bindgen_prelude::{Env, Error, Object, Result};

type Resolver = Box<dyn FnOnce(Env) -> Result<()> + Send>;

/// The promise is fulfilled when the work is done, and rejected with its reason if it fails.
pub(crate) fn promise<'env>(
    env: &'env Env,
    name: &str,
    work: impl FnOnce() -> std::result::Result<(), String> + Send + 'static,
) -> Result<Object<'env>> {
    let (deferred, promise): (JsDeferred<(), Resolver>, _) = env.create_deferred()?;
    let work = move || match work() {
        Ok(()) => deferred.resolve(Box::new(|_| Ok(()))),
        Err(why) => deferred.reject(Error::from_reason(why)),
    };
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| Error::from_reason(format!("cannot start a thread: {error}")))?;
    Ok(promise)
}

/// A path as JavaScript passes it, byte for byte.
pub(crate) fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}
