//! How far a run has come, kept in a file beside its outputs, so that a run that was cut off can go on where it was.
//! It writes no output and counts nothing.
//! `batch` marks what is done; the next run with `--resume` reads it.
//!
//! Everything that a run appends to is written before the mark that tells of it, and cut to what the mark tells when the
//! run goes on. What was done after the mark is done again, with the same result.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::exit_code::Stop;
use crate::manifest::Entry;
use crate::plan::Item;
use crate::sink::temporary;
use crate::source::text::State;
use crate::tally::{Records, Saved};

/// The folder of a run's own files in its output folder.
pub(crate) const FOLDER: &str = ".bodytext";

/// Where a run keeps its own files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    /// How far it has come.
    pub(crate) state: PathBuf,
    /// What was read and written, one entry a line.
    pub(crate) journal: PathBuf,
}

impl Places {
    /// Removes what a run needs no more that has come to its end. The mark goes first: the journal alone is no run.
    pub(crate) fn remove(&self) -> Result<(), Stop> {
        for path in [&self.state, &self.journal] {
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(Stop::output(path, error)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// The rules and flags of the run: with others it could not go on.
    run: String,
    /// The inputs up to the one at work: were they others, it could not go on either.
    inputs: String,
    /// How many inputs are done.
    pub(crate) items: usize,
    /// How far the next one is.
    pub(crate) within: Option<Within>,
    /// The common stream.
    pub(crate) stream: StreamMark,
    /// Bytes in the quarantine: lines and reasons.
    pub(crate) quarantine: [u64; 2],
    /// Bytes of the trace.
    pub(crate) trace: u64,
    /// Bytes of the journal.
    pub(crate) journal: u64,
    /// The counts so far.
    pub(crate) tally: Saved,
}

impl Mark {
    /// Whether nothing is done yet.
    pub(crate) fn is_new(&self) -> bool {
        self.items == 0 && self.within.is_none()
    }
}

/// How far a run has come in one file of records.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Within {
    /// Where its next record begins, in bytes of what is unpacked.
    pub(crate) offset: u64,
    /// The number of that record's line, counted from 1.
    pub(crate) line: u64,
    /// The file as it was.
    pub(crate) state: Option<State>,
    /// Bytes of its own output.
    pub(crate) output: u64,
    /// What became of its records.
    pub(crate) records: Records,
    /// Records with the text field, and without.
    pub(crate) fields: [u64; 2],
}

/// How far the common stream is. Standard output and devices have it too, though they cannot be resumed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StreamMark {
    /// Bytes written.
    pub(crate) bytes: u64,
    /// Whether anything was written to it.
    pub(crate) wrote: bool,
    /// Whether a text was written to it, so that the next needs a separator.
    pub(crate) began: bool,
    /// Whether the last record in it lacks its newline.
    pub(crate) open_line: bool,
    /// Whether an input came to an end in it, be it an empty one.
    pub(crate) fed: bool,
    /// Whether it holds only a part of an input and must not get the name of a whole output.
    pub(crate) spoiled: bool,
}

/// Keeps a second run from writing where this one does. Gone with the process, however that ends.
pub(crate) struct Lock(PathBuf, #[allow(dead_code, reason = "what counts is that it is open")] File);

impl Lock {
    /// The lock of what a run writes at `path`.
    pub(crate) fn take(path: &Path) -> Result<Lock, Stop> {
        let lock = temporary::beside(path, ".lock");
        let file = File::options().create(true).truncate(false).write(true).open(&lock);
        let file = file.map_err(|error| Stop::output(path, error))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let path = path.display();
                Err(Stop::usage(format!("another run is writing {path}; wait for its end, or name another output")))
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

/// Keeps the marks of a run.
pub(crate) struct Checkpoints {
    places: Places,
    run: String,
    /// Grows with the inputs that are done.
    inputs: Sha256,
    counted: usize,
}

impl Checkpoints {
    /// Begins anew, or goes on with `resume`: then the mark tells where.
    pub(crate) fn open(places: &Places, run: &str, items: &[Item], resume: bool) -> Result<(Checkpoints, Mark), Stop> {
        let mut all = Checkpoints { places: places.clone(), run: run.to_owned(), inputs: Sha256::new(), counted: 0 };
        let mark = if resume { read(&places.state)? } else { None };
        let Some(mark) = mark else {
            return Ok((all, Mark::default()));
        };
        let other = |what: &str| {
            Stop::usage(format!(
                "{what} since the run began that left {}; run without --resume, with --force",
                places.state.display()
            ))
        };
        if mark.run != run {
            return Err(other("the rules or flags are others"));
        }
        let at_work = mark.items + usize::from(mark.within.is_some());
        if items.len() < at_work || all.digest(&items[..at_work]) != mark.inputs {
            return Err(other("the inputs have changed"));
        }
        Ok((all, mark))
    }

    /// Writes down how far the run is. Everything the mark tells of must have been written.
    pub(crate) fn write(&mut self, items: &[Item], mark: &mut Mark) -> Result<(), Stop> {
        mark.run.clone_from(&self.run);
        mark.inputs = self.digest(&items[..mark.items + usize::from(mark.within.is_some())]);
        let text = serde_json::to_vec(mark).map_err(|error| Stop::output(&self.places.state, error.into()))?;
        temporary::write_whole(&self.places.state, &text, true)
    }

    /// A digest of the names and sizes of inputs.
    fn digest(&mut self, items: &[Item]) -> String {
        for item in items.get(self.counted..).unwrap_or_default() {
            let name = item.relative.as_os_str().as_encoded_bytes();
            self.inputs.update((name.len() as u64).to_le_bytes());
            self.inputs.update(name);
            self.inputs.update(item.bytes.to_le_bytes());
        }
        self.counted = items.len();
        hex(&self.inputs.clone().finalize())
    }
}

fn read(path: &Path) -> Result<Option<Mark>, Stop> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            Stop::usage(format!("{} cannot be read: {error}; run without --resume, with --force", path.display()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Stop::usage(format!("{} cannot be read: {error}", path.display()))),
    }
}

/// Notes what was read and written, for the manifest.
pub(crate) struct Journal {
    out: BufWriter<File>,
    path: PathBuf,
    bytes: u64,
}

impl Journal {
    /// The journal at `path`, cut to its first `keep` bytes; without a path it is gone with the process.
    pub(crate) fn open(path: Option<&Path>, keep: u64) -> Result<Journal, Stop> {
        let shown = path.map_or_else(|| PathBuf::from("a temporary file"), Path::to_owned);
        let open = || match path {
            None => tempfile::tempfile(),
            Some(path) => {
                let file = File::options().read(true).append(true).create(true).open(path)?;
                if file.metadata()?.len() < keep {
                    return Err(io::Error::other("it is shorter than the run has noted; run without --resume"));
                }
                file.set_len(keep)?;
                Ok(file)
            }
        };
        let file = open().map_err(|error| Stop::output(&shown, error))?;
        Ok(Journal { out: BufWriter::new(file), path: shown, bytes: keep })
    }

    /// Adds an entry.
    pub(crate) fn add(&mut self, entry: &Entry) -> Result<(), Stop> {
        let mut line = serde_json::to_vec(entry).map_err(|error| Stop::output(&self.path, error.into()))?;
        line.push(b'\n');
        self.bytes += line.len() as u64;
        self.out.write_all(&line).map_err(|error| Stop::output(&self.path, error))
    }

    /// Writes out what is gathered, and tells the size.
    pub(crate) fn flush(&mut self) -> Result<u64, Stop> {
        self.out.flush().map_err(|error| Stop::output(&self.path, error))?;
        Ok(self.bytes)
    }

    /// The whole journal, to be read.
    pub(crate) fn into_file(mut self) -> Result<File, Stop> {
        self.flush()?;
        let path = self.path;
        self.out.into_inner().map_err(|error| Stop::output(&path, error.into_error()))
    }
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
