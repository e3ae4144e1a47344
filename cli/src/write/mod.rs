//! Writes results: streams, mirrored files, one file per record, the quarantine. No file gets its final name before it
//! is complete.

pub(crate) mod atomic_file;
mod lock;
pub(crate) mod parquet;
pub(crate) mod quarantine;
pub(crate) mod record_dir;
mod sink;

use std::fs;
use std::io;
use std::path::Path;

pub(crate) use lock::Lock;
pub(crate) use sink::{FileDigest, Sink};

use crate::error::Error;

/// The folder of a run's own files in its output folder.
pub(crate) const RUN_DIR: &str = ".bodytext";

/// Removes a file if it exists.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::write(path, error)),
        _ => Ok(()),
    }
}
