//! Prevents two runs from writing to the same place.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::atomic_file::sidecar_path;
use crate::error::Error;
use crate::terminal::shown;

/// A lock on an output. The system releases it with the process, however the process ends.
pub(crate) struct Lock(PathBuf, #[allow(dead_code, reason = "the lock lasts as long as it is open")] File);

impl Lock {
    /// Locks the output at `path`.
    pub(crate) fn take(path: &Path) -> Result<Lock, Error> {
        let lock = sidecar_path(path, ".lock");
        let file = File::options().create(true).truncate(false).write(true).open(&lock);
        let file = file.map_err(|error| Error::write(path, error))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let path = shown(path);
                Err(Error::usage(format!(
                    "another run is writing {path}; wait until it has finished, or name another output"
                )))
            }
            // Not every file system knows locks.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Lock(lock, file)),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What cannot be removed stays, under a name that the next run knows and skips.
        let _ = fs::remove_file(&self.0);
    }
}
