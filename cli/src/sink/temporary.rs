//! A file under a temporary name that gets its final name when it is whole. In a run that can be resumed the temporary
//! name is known beforehand and outlives the process.
//! It does not wait for the disk (no fsync): a run that was cut off is run again, and waiting costs more than cleaning.
//! Below the other sinks.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::checkpoint::hex;
use crate::exit_code::Stop;

const PREFIX: &str = ".bodytext-";
const SUFFIX: &str = ".tmp";

/// Temporary files at work, for a process that has to leave in a hurry; with a final name where even a part is kept.
static LIVE: Mutex<BTreeMap<PathBuf, Option<PathBuf>>> = Mutex::new(BTreeMap::new());

/// A file that is not there yet. Dropped before [`finish`](Temporary::finish), it never was.
#[derive(Debug)]
pub(crate) struct Temporary {
    file: Backing,
    target: PathBuf,
    bytes: u64,
}

#[derive(Debug)]
enum Backing {
    /// Gone with the process.
    Passing(NamedTempFile, #[allow(dead_code, reason = "what counts is its end")] Live),
    /// Kept for a run that resumes.
    Part(File, PathBuf),
}

#[derive(Debug)]
struct Live(PathBuf);

impl Temporary {
    /// A temporary file beside `target`, whose folder must exist; in a run that can be resumed `keep` bytes of it stand
    /// already.
    pub(crate) fn create(target: &Path, keep: Option<u64>) -> Result<Temporary, Stop> {
        keep.map_or_else(|| Temporary::new(target, false), |keep| Temporary::part(target, keep))
    }

    /// The same, but what is in it when the process leaves in a hurry gets its final name.
    pub(crate) fn create_to_keep(target: &Path) -> Result<Temporary, Stop> {
        Temporary::new(target, true)
    }

    /// The file that a run left which was cut off, or a new one, cut to its first `keep` bytes; what is written goes
    /// behind them.
    pub(crate) fn part(target: &Path, keep: u64) -> Result<Temporary, Stop> {
        let part = part_of(target);
        let open = || {
            if keep == 0 {
                // Whatever stands there, be it a link, is not written through.
                match std::fs::remove_file(&part) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => return File::options().create_new(true).write(true).open(&part),
                }
            }
            // It was whole and had its name, but the run had not noted that yet.
            if !part.exists() && std::fs::metadata(target).is_ok_and(|meta| meta.len() == keep) {
                std::fs::rename(target, &part)?;
            }
            let mut file = File::options().write(true).open(&part)?;
            if file.metadata()?.len() < keep {
                return Err(io::Error::other("it is shorter than the run has noted; run without --resume"));
            }
            file.set_len(keep)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().map_err(|error| Stop::output(&part, error))?;
        Ok(Temporary { file: Backing::Part(file, part), target: target.to_owned(), bytes: keep })
    }

    fn new(target: &Path, keep: bool) -> Result<Temporary, Stop> {
        let folder = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX).suffix(SUFFIX);
        // tempfile makes private files; ours are to be as open as the user's mask lets all new files be.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(folder).map_err(|error| Stop::output(target, error))?;
        let live = Live::new(file.path(), keep.then(|| target.to_owned()));
        Ok(Temporary { file: Backing::Passing(file, live), target: target.to_owned(), bytes: 0 })
    }

    /// Gives the file its final name.
    pub(crate) fn finish(self) -> Result<(), Stop> {
        let Temporary { file, target, .. } = self;
        match file {
            Backing::Passing(file, _live) => file.persist(&target).map(drop).map_err(|error| error.error),
            Backing::Part(_, part) => std::fs::rename(part, &target),
        }
        .map_err(|error| Stop::output(&target, error))
    }

    /// Its size.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The final name.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match &mut self.file {
            Backing::Passing(file, _) => file.as_file_mut().write(bytes)?,
            Backing::Part(file, _) => file.write(bytes)?,
        };
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.file {
            Backing::Passing(file, _) => file.as_file_mut().flush(),
            Backing::Part(file, _) => file.flush(),
        }
    }
}

impl Live {
    fn new(path: &Path, keep: Option<PathBuf>) -> Live {
        LIVE.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), keep);
        Live(path.to_owned())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        LIVE.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// Where a file grows in a run that can be resumed.
pub(crate) fn part_of(target: &Path) -> PathBuf {
    // The name itself may be as long as names can be.
    let name = target.file_name().unwrap_or_default().as_encoded_bytes();
    let digest = hex(&Sha256::digest(name)[..8]);
    target.with_file_name(format!("{PREFIX}{digest}{SUFFIX}"))
}

/// Where something of a run's own stands hidden beside a file.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    part_of(Path::new(&name))
}

/// Removes what stands of a file of a run that can be resumed, and is not wanted any more.
pub(crate) fn forget(target: &Path) {
    // What cannot be removed stays, under a name that the next run knows and skips.
    let _ = std::fs::remove_file(part_of(target));
}

/// Writes a whole file. In a run that can be resumed what a kill leaves behind has a known name.
pub(crate) fn write_whole(target: &Path, bytes: &[u8], resumable: bool) -> Result<(), Stop> {
    let mut file = Temporary::create(target, resumable.then_some(0))?;
    file.write_all(bytes).map_err(|error| Stop::output(target, error))?;
    file.finish()
}

/// Removes all temporary files but those to keep, which get their names, for a process about to leave.
pub(crate) fn remove_all() {
    for (path, keep) in LIVE.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let filled = std::fs::metadata(path).is_ok_and(|meta| meta.len() > 0);
        // What cannot be removed or renamed stays, under a name that the next run knows and skips.
        let _ = match keep {
            Some(target) if filled => std::fs::rename(path, target),
            _ => std::fs::remove_file(path),
        };
    }
}

/// Whether a file is a temporary of an earlier run that was killed.
pub(crate) fn is_ours(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_only_when_finished() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("a.txt");
        let mut file = Temporary::create(&target, None).unwrap();
        file.write_all(b"half").unwrap();
        assert!(!target.exists());
        drop(file);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        write_whole(&target, b"whole", false).unwrap();
        write_whole(&target, b"whole", true).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_as_open_as_any_new_file() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (ours, plain) = (dir.path().join("ours"), dir.path().join("plain"));
        write_whole(&ours, b"x", false).unwrap();
        std::fs::write(&plain, b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
