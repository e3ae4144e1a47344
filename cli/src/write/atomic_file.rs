//! A file with a temporary name that gets its final name when it is complete. In resumable runs the temporary name is
//! predictable and the file outlives the process. Files are not synced to disk (no fsync): an interrupted run is
//! repeated, and syncing costs more than cleaning.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::error::Error;

const PREFIX: &str = ".bodytext-";
const SUFFIX: &str = ".tmp";

/// The temporary files in use, for cleanup if the process is ended; with a final name if even a part is kept.
static TEMPORARY: Mutex<BTreeMap<PathBuf, Option<PathBuf>>> = Mutex::new(BTreeMap::new());

/// A file under construction. If it is dropped before [`finish`](AtomicFile::finish), it is never created.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: Backing,
    target: PathBuf,
    bytes: u64,
}

#[derive(Debug)]
enum Backing {
    /// Deleted with the process.
    Ephemeral(NamedTempFile, #[allow(dead_code, reason = "what counts is its end")] CleanupGuard),
    /// Kept for a later resume.
    Resumable(File, PathBuf),
}

#[derive(Debug)]
struct CleanupGuard(PathBuf);

impl AtomicFile {
    /// Creates a temporary file next to `target`, whose folder must exist; in a resumable run it already has `keep`
    /// bytes.
    pub(crate) fn create(target: &Path, keep: Option<u64>) -> Result<AtomicFile, Error> {
        match keep {
            None => AtomicFile::new(target, false),
            Some(keep) => AtomicFile::resumable(target, keep),
        }
    }

    /// The same, but the partial file gets its final name if the process is ended.
    pub(crate) fn create_kept(target: &Path) -> Result<AtomicFile, Error> {
        AtomicFile::new(target, true)
    }

    /// Opens the file of an interrupted run, or a new one, and truncates it to `keep` bytes; writes are appended.
    pub(crate) fn resumable(target: &Path, keep: u64) -> Result<AtomicFile, Error> {
        let part = temporary_path(target);
        let file = open_part(&part, target, keep).map_err(|error| Error::write(&part, error))?;
        Ok(AtomicFile { file: Backing::Resumable(file, part), target: target.to_owned(), bytes: keep })
    }

    fn new(target: &Path, keep: bool) -> Result<AtomicFile, Error> {
        let folder = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        // tempfile makes private files; ours are to be as open as the user's mask lets all new files be.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(|error| Error::write(target, error))?;
        let live = CleanupGuard::new(file.path(), keep.then(|| target.to_owned()));
        Ok(AtomicFile { file: Backing::Ephemeral(file, live), target: target.to_owned(), bytes: 0 })
    }

    /// Gives the file its final name.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let AtomicFile { file, target, .. } = self;
        match file {
            Backing::Ephemeral(file, _live) => file.persist(&target).map(drop).map_err(|error| error.error),
            Backing::Resumable(_, part) => std::fs::rename(part, &target),
        }
        .map_err(|error| Error::write(&target, error))
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.file {
            Backing::Ephemeral(file, _) => file.as_file_mut().write(bytes)?,
            Backing::Resumable(file, _) => file.write(bytes)?,
        };
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Backing::Ephemeral(file, _) => file.as_file_mut().flush(),
            Backing::Resumable(file, _) => file.flush(),
        }
    }
}

impl CleanupGuard {
    fn new(path: &Path, keep: Option<PathBuf>) -> CleanupGuard {
        TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), keep);
        CleanupGuard(path.to_owned())
    }
}

impl Drop for CleanupGuard {
    fn drop(&mut self) {
        TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

fn open_part(part: &Path, target: &Path, keep: u64) -> io::Result<File> {
    if keep == 0 {
        // Whatever stands there, be it a link, is not written through.
        match std::fs::remove_file(part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => return File::options().create_new(true).write(true).open(part),
        }
    }
    // It was complete and had its name, but the run had not logged that yet.
    if !part.exists() && std::fs::metadata(target).is_ok_and(|meta| meta.len() == keep) {
        std::fs::rename(target, part)?;
    }
    let mut file = File::options().write(true).open(part)?;
    if file.metadata()?.len() < keep {
        return Err(io::Error::other("it is shorter than the run has logged; run without --resume"));
    }
    file.set_len(keep)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}

/// The path of a growing file in a resumable run.
pub(crate) fn temporary_path(target: &Path) -> PathBuf {
    // The name itself may be as long as names can be.
    let name = target.file_name().unwrap_or_default().as_encoded_bytes();
    let digest = hex::encode(&Sha256::digest(name)[..8]);
    target.with_file_name(format!("{PREFIX}{digest}{SUFFIX}"))
}

/// The path of a hidden file of the run next to a file.
pub(crate) fn sidecar_path(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    temporary_path(Path::new(&name))
}

/// Deletes the partial file of a resumable run.
pub(crate) fn discard(target: &Path) {
    // What cannot be removed stays, under a name that the next run knows and skips.
    let _ = std::fs::remove_file(temporary_path(target));
}

/// Writes a complete file. In a resumable run, the file left by a kill has a predictable name.
pub(crate) fn write_atomic(target: &Path, bytes: &[u8], resumable: bool) -> Result<(), Error> {
    let mut file = AtomicFile::create(target, resumable.then_some(0))?;
    file.write_all(bytes).map_err(|error| Error::write(target, error))?;
    file.finish()
}

/// Removes all temporary files, but finishes those to keep, for a process about to end.
pub(crate) fn remove_all() {
    for (path, keep) in TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let filled = std::fs::metadata(path).is_ok_and(|meta| meta.len() > 0);
        // What cannot be removed or renamed stays, under a name that the next run knows and skips.
        let _ = match keep {
            Some(target) if filled => std::fs::rename(path, target),
            _ => std::fs::remove_file(path),
        };
    }
}

/// Whether a file is a temporary file of an earlier run that was killed.
pub(crate) fn is_temporary(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_finished() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.txt");
        let mut file = AtomicFile::create(&target, None).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!target.exists());
        drop(file);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        write_atomic(&target, b"whole", false).unwrap();
        write_atomic(&target, b"whole", true).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn permissions_are_those_of_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (ours, plain) = (dir.path().join("ours"), dir.path().join("plain"));
        write_atomic(&ours, b"x", false).unwrap();
        std::fs::write(&plain, b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
