//! The run log: an append-only file with one line for each finished batch. Interrupted runs are resumed from it, and
//! the manifest is made from it.
//!
//! Output files are written before the log line that describes them. On resume they are truncated to the lengths in the
//! last line, and the work after it is repeated, with the same result.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, io_reason};
use crate::input::Input;
use crate::read::Position;
use crate::read::text::Snapshot;
use crate::stats::{Failure, RecordCounts, RunStats};
use crate::terminal::shown;
use crate::write::atomic_file::AtomicFile;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct LogEntry {
    /// The hash of the rules and flags of the run: with others it cannot be resumed.
    pub(crate) run: String,
    /// Inputs that are finished, of those before none is left.
    pub(crate) finished: Vec<InputEntry>,
    pub(crate) outputs: Vec<OutputEntry>,
    /// The progress in the next input.
    pub(crate) cursor: Option<FileCursor>,
    /// The number of bytes written so far to each file that the run appends to.
    pub(crate) written: Written,
    pub(crate) stream: StreamState,
    /// The counts since the last entry.
    pub(crate) stats: RunStats,
}

impl LogEntry {
    /// The counts for the whole run. The counts of records are added when their input is finished, since until then its
    /// output may be discarded.
    pub(crate) fn totals(&self) -> RunStats {
        let mut stats = self.stats.clone();
        stats.records = RecordCounts::default();
        self.finished.iter().for_each(|input| stats.records.add(&input.records));
        stats
    }
}

/// The progress of a run in one record file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FileCursor {
    pub(crate) position: Position,
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) output: u64,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct Written {
    pub(crate) stream: u64,
    /// Records and reasons.
    pub(crate) quarantine: [u64; 2],
    pub(crate) removals: u64,
}

/// The content of the common stream so far, tracked for standard output and devices too, which cannot be resumed.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct StreamState {
    pub(crate) last: LastWritten,
    /// Whether it holds a finished input, even an empty one.
    pub(crate) has_input: bool,
    /// Whether it holds only a part of an input, so that it must not be named like a complete output.
    pub(crate) is_partial: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum LastWritten {
    #[default]
    Nothing,
    Line,
    OpenLine,
    /// The text of a record: the next needs a separator.
    Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InputEntry {
    /// Its path below the named folder, or its name.
    #[serde(flatten)]
    pub(crate) name: PathName,
    /// Its size in bytes; 0 for a stream.
    pub(crate) bytes: u64,
    pub(crate) records: RecordCounts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutputEntry {
    /// Its path below the output folder, or its name.
    #[serde(flatten)]
    pub(crate) name: PathName,
    pub(crate) bytes: u64,
    /// The SHA-256 of its bytes.
    pub(crate) sha256: String,
}

impl OutputEntry {
    /// Whether it is there with its size. `verify` compares the digests too.
    fn is_whole(&self, root: &Path) -> bool {
        fs::metadata(root.join(self.name.path())).is_ok_and(|meta| meta.len() == self.bytes)
    }

    pub(crate) fn of(name: PathName, bytes: &[u8]) -> OutputEntry {
        OutputEntry { name, bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(bytes)) }
    }

    /// The entry of the output at `file`.
    pub(crate) fn of_file(name: PathName, file: &Path) -> io::Result<OutputEntry> {
        let mut reader = File::open(file)?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 256 << 10];
        let mut bytes = 0;
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(OutputEntry { name, bytes, sha256: hex::encode(digest.finalize()) }),
                n => {
                    digest.update(&buffer[..n]);
                    bytes += n as u64;
                }
            }
        }
    }
}

/// A path that JSON can represent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PathName {
    /// Its parts, joined by `/`.
    path: String,
    /// Its bytes as hexadecimal digits, if they are not UTF-8 and `path` is only an approximation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
}

impl PathName {
    pub(crate) fn of(path: &Path) -> PathName {
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        let path_bytes = path.to_str().is_none().then(|| hex::encode(path.as_os_str().as_encoded_bytes()));
        PathName { path: parts.join("/"), path_bytes }
    }

    pub(crate) fn path(&self) -> PathBuf {
        #[cfg(unix)]
        if let Some(bytes) = self.path_bytes.as_deref().and_then(|digits| hex::decode(digits).ok()) {
            return PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes));
        }
        PathBuf::from(&self.path)
    }
}

impl std::fmt::Display for PathName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path)
    }
}

#[derive(Debug, Default)]
pub(crate) struct ResumePoint {
    pub(crate) inputs: usize,
    /// The counts so far, including the unfinished input.
    pub(crate) stats: RunStats,
    pub(crate) of_input: RunStats,
    pub(crate) cursor: Option<FileCursor>,
    pub(crate) written: Written,
    pub(crate) stream: StreamState,
}

pub(crate) struct RunLog {
    file: File,
    path: PathBuf,
    run: String,
}

impl RunLog {
    /// Creates a log at `path`; without a path, it is deleted with the process.
    pub(crate) fn create(path: Option<&Path>, run: &str) -> Result<RunLog, Error> {
        let shown = path.map_or_else(|| PathBuf::from("a temporary file"), Path::to_owned);
        let file = match path {
            None => tempfile::tempfile(),
            Some(path) => File::options().read(true).write(true).create(true).truncate(true).open(path),
        };
        let file = file.map_err(|error| Error::write(&shown, error))?;
        Ok(RunLog { file, path: shown, run: run.to_owned() })
    }

    /// Opens the log of an interrupted run; returns the progress of that run. `None` if there is no such log.
    pub(crate) fn resume(
        path: &Path,
        run: &str,
        inputs: &[Input],
        root: Option<&Path>,
    ) -> Result<Option<(RunLog, ResumePoint)>, Error> {
        let mut file = match File::options().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::usage(format!("cannot read {}: {}", shown(path), io_reason(&error)))),
        };
        let (mut point, mut complete) = (ResumePoint::default(), 0);
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        // The last line may be cut off; what it tells of is done again.
        while let Ok(bytes @ 1..) = reader.read_until(b'\n', &mut line) {
            let Ok(entry) = serde_json::from_slice::<LogEntry>(&line) else { break };
            if entry.run != run {
                return Err(changed("rules or flags", path));
            }
            if let Some(missing) = root.and_then(|root| entry.outputs.iter().find(|output| !output.is_whole(root))) {
                let missing = missing.name.path();
                return Err(Error::usage(format!(
                    "{} was written by this run, and is missing or changed; rerun with --force instead of --resume",
                    shown(missing)
                )));
            }
            if !point.add(entry, inputs) {
                return Err(changed("the inputs", path));
            }
            complete += bytes as u64;
            line.clear();
        }
        let truncated = file.set_len(complete).and_then(|()| file.seek(io::SeekFrom::End(0)));
        truncated.map_err(|error| Error::write(path, error))?;
        Ok(Some((RunLog { file, path: path.to_owned(), run: run.to_owned() }, point)))
    }

    /// Adds an entry. Everything that it describes must have been written.
    pub(crate) fn add(&mut self, mut entry: LogEntry) -> Result<(), Error> {
        entry.run.clone_from(&self.run);
        let line = serde_json::to_vec(&entry).map_err(io::Error::from);
        let written = line.and_then(|mut line| {
            line.push(b'\n');
            self.file.write_all(&line)
        });
        written.map_err(|error| Error::write(&self.path, error))
    }

    /// Calls `each` with every entry.
    fn for_each(&mut self, mut each: impl FnMut(LogEntry) -> io::Result<()>) -> io::Result<()> {
        self.file.rewind()?;
        for line in BufReader::new(&self.file).split(b'\n') {
            each(serde_json::from_slice(&line?)?)?;
        }
        Ok(())
    }

    pub(crate) fn write_manifest(
        &mut self,
        path: &Path,
        summary: &RunSummary,
        last: &[OutputEntry],
    ) -> Result<(), Error> {
        let mut out = io::BufWriter::new(AtomicFile::create(path, Some(0))?);
        self.write_manifest_to(&mut out, summary, last).map_err(|error| Error::write(path, error))?;
        out.into_inner().map_err(|error| Error::write(path, error.into_error()))?.finish()
    }

    /// Reads the log twice, line by line, since it may be larger than the memory.
    fn write_manifest_to(
        &mut self,
        out: &mut impl Write,
        summary: &RunSummary,
        last: &[OutputEntry],
    ) -> io::Result<()> {
        let summary = serde_json::to_string(summary)?;
        write!(out, "{},\n\"inputs\":[", &summary[..summary.len() - 1])?;
        let mut separator = "\n";
        self.for_each(|entry| write_all(out, &entry.finished, &mut separator))?;
        write!(out, "],\n\"outputs\":[")?;
        separator = "\n";
        self.for_each(|entry| write_all(out, &entry.outputs, &mut separator))?;
        write_all(out, last, &mut separator)?;
        writeln!(out, "]}}")
    }
}

fn changed(what: &str, log: &Path) -> Error {
    let log = shown(log);
    Error::usage(format!("{what} changed since the run recorded in {log}; rerun with --force instead of --resume"))
}

fn write_all<T: Serialize>(out: &mut impl Write, entries: &[T], separator: &mut &str) -> io::Result<()> {
    for entry in entries {
        write!(out, "{}{}", std::mem::replace(separator, ",\n"), serde_json::to_string(entry)?)?;
    }
    Ok(())
}

impl ResumePoint {
    /// Adds an entry; returns false if its inputs are not those of the resumed run.
    fn add(&mut self, entry: LogEntry, inputs: &[Input]) -> bool {
        let finished = entry.finished.len();
        let mut expected = inputs.get(self.inputs..).unwrap_or_default().iter();
        let same = entry.finished.iter().all(|logged| expected.next().is_some_and(|input| logged.is_of(input)));
        if !same || entry.cursor.is_some() && expected.next().is_none() {
            return false;
        }
        self.inputs += finished;
        if finished > 0 {
            self.of_input = RunStats::default();
        }
        self.stats.add(entry.totals());
        if entry.cursor.is_some() {
            self.of_input.add(entry.stats);
        }
        (self.cursor, self.written, self.stream) = (entry.cursor, entry.written, entry.stream);
        true
    }
}

impl InputEntry {
    fn is_of(&self, input: &Input) -> bool {
        self.bytes == input.bytes && self.name == PathName::of(&input.relative)
    }
}

/// A manifest: the inputs, the counts of records, the outputs, with digests. Timings are in a separate file, so that
/// two runs over the same inputs have the same manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    #[serde(flatten)]
    pub(crate) summary: RunSummary,
    pub(crate) inputs: Vec<InputEntry>,
    pub(crate) outputs: Vec<OutputEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RunSummary {
    pub(crate) bodytext: String,
    pub(crate) rule_set: String,
    /// The hash of the scoring model, if there is one.
    pub(crate) model: Option<String>,
    /// The hash of the rules and flags of the run.
    pub(crate) run: String,
    pub(crate) shard: Option<String>,
    /// For a shard, the hash of the rules, flags and inputs of all shards, which must be equal in each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) whole: Option<String>,
    pub(crate) failed: u64,
    pub(crate) failures: Vec<Failure>,
    pub(crate) records: RecordCounts,
}

impl Manifest {
    /// Reads a manifest; the error says why that failed.
    pub(crate) fn read(path: &Path) -> Result<Manifest, String> {
        let file = File::open(path).map_err(|error| io_reason(&error))?;
        serde_json::from_reader(BufReader::new(file)).map_err(|error| format!("not a manifest: {error}"))
    }

    /// An output in the folder `root` that no longer exists.
    pub(crate) fn missing(&self, root: &Path) -> Option<PathBuf> {
        self.outputs.iter().map(|output| root.join(output.name.path())).find(|path| !path.exists())
    }

    /// Whether it belongs to a run with these rules and flags over these inputs.
    pub(crate) fn is_of(&self, run: &str, inputs: &[Input]) -> bool {
        let same = self.inputs.iter().zip(inputs).all(|(logged, input)| logged.is_of(input));
        self.summary.run == run && self.inputs.len() == inputs.len() && same
    }
}
