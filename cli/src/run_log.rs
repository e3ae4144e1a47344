//! The run log: an append-only file with one line for each finished batch, from which a run that was cut off is resumed
//! and the manifest is made.
//!
//! Everything that a run appends to is written before the line that tells of it, and truncated to what the last line
//! tells when the run is resumed. What was done after it is done again, with the same result.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, io_reason};
use crate::input::Input;
use crate::read::Position;
use crate::read::text::Snapshot;
use crate::stats::{Failure, RecordCounts, RunStats};
use crate::write::atomic_file::AtomicFile;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct LogEntry {
    /// The rules and flags of the run, as one hash: with others it cannot be resumed.
    pub(crate) run: String,
    /// Inputs that are finished, of those before none is left.
    pub(crate) finished: Vec<InputEntry>,
    pub(crate) outputs: Vec<OutputEntry>,
    /// How far the next input is.
    pub(crate) cursor: Option<FileCursor>,
    /// Bytes written so far of what the run appends to.
    pub(crate) written: Written,
    pub(crate) stream: StreamState,
    /// What was counted since the last entry.
    pub(crate) stats: RunStats,
}

impl LogEntry {
    /// The counts for the whole run. What became of records counts when their input is finished: before, what was written
    /// of it may still be discarded.
    pub(crate) fn totals(&self) -> RunStats {
        let mut stats = self.stats.clone();
        stats.records = RecordCounts::default();
        self.finished.iter().for_each(|input| stats.records.add(&input.records));
        stats
    }
}

/// How far a run has come in one file of records.
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

/// What the common stream holds so far. Standard output and devices have it too, though they cannot be resumed.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(crate) struct StreamState {
    pub(crate) last: LastWritten,
    /// Whether an input was finished in it, be it an empty one.
    pub(crate) has_input: bool,
    /// Whether it holds only a part of an input and must not get the name of a complete output.
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
    /// Its path below the folder that was named, or its name.
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
    pub(crate) fn of(name: PathName, bytes: &[u8]) -> OutputEntry {
        OutputEntry { name, bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(bytes)) }
    }

    /// The output that stands at `file`.
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

/// A path as JSON can say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PathName {
    /// Its parts, joined by `/`.
    path: String,
    /// Its bytes as hexadecimal digits, where they are not UTF-8 and the path above only resembles it.
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
    /// What was counted so far, and in the input that is not finished.
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
    /// Begins a log at `path`; without a path it is gone with the process.
    pub(crate) fn create(path: Option<&Path>, run: &str) -> Result<RunLog, Error> {
        let shown = path.map_or_else(|| PathBuf::from("a temporary file"), Path::to_owned);
        let file = match path {
            None => tempfile::tempfile(),
            Some(path) => File::options().read(true).write(true).create(true).truncate(true).open(path),
        };
        let file = file.map_err(|error| Error::write(&shown, error))?;
        Ok(RunLog { file, path: shown, run: run.to_owned() })
    }

    /// Opens the log of a run that was cut off; gives how far that came. `None` where there is no such log.
    pub(crate) fn resume(path: &Path, run: &str, inputs: &[Input]) -> Result<Option<(RunLog, ResumePoint)>, Error> {
        let mut file = match File::options().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::usage(format!("cannot read {}: {}", path.display(), io_reason(&error)))),
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

    /// Adds an entry. Everything it tells of must have been written.
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

    pub(crate) fn write_manifest(&mut self, path: &Path, summary: &RunSummary) -> Result<(), Error> {
        let mut out = io::BufWriter::new(AtomicFile::create(path, Some(0))?);
        self.write_manifest_to(&mut out, summary).map_err(|error| Error::write(path, error))?;
        out.into_inner().map_err(|error| Error::write(path, error.into_error()))?.finish()
    }

    /// The log may be larger than the memory: it is read twice, a line at a time.
    fn write_manifest_to(&mut self, out: &mut impl Write, summary: &RunSummary) -> io::Result<()> {
        let summary = serde_json::to_string(summary)?;
        write!(out, "{},\n\"inputs\":[", &summary[..summary.len() - 1])?;
        let mut separator = "\n";
        self.for_each(|entry| write_all(out, &entry.finished, &mut separator))?;
        write!(out, "],\n\"outputs\":[")?;
        separator = "\n";
        self.for_each(|entry| write_all(out, &entry.outputs, &mut separator))?;
        writeln!(out, "]}}")
    }
}

fn changed(what: &str, log: &Path) -> Error {
    let log = log.display();
    Error::usage(format!("{what} changed since the run recorded in {log}; rerun with --force instead of --resume"))
}

fn write_all<T: Serialize>(out: &mut impl Write, entries: &[T], separator: &mut &str) -> io::Result<()> {
    for entry in entries {
        write!(out, "{}{}", std::mem::replace(separator, ",\n"), serde_json::to_string(entry)?)?;
    }
    Ok(())
}

impl ResumePoint {
    /// Adds an entry; false where its inputs are not those of the run that is resumed.
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

/// A manifest: what was read, what became of every record, what was written, with digests. What a clock measured stands
/// in a file of its own, so that two runs over the same inputs have the same manifest.
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
    /// The hash of the scoring model, where there is one.
    pub(crate) model: Option<String>,
    /// The rules and flags of the run, as one hash.
    pub(crate) run: String,
    pub(crate) shard: Option<String>,
    /// Of a shard, the rules, flags and inputs of the whole as one hash: all shards must have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) whole: Option<String>,
    pub(crate) failed: u64,
    pub(crate) failures: Vec<Failure>,
    pub(crate) records: RecordCounts,
}

impl Manifest {
    /// Reads a manifest; the error says why that cannot be done.
    pub(crate) fn read(path: &Path) -> Result<Manifest, String> {
        let file = File::open(path).map_err(|error| io_reason(&error))?;
        serde_json::from_reader(BufReader::new(file)).map_err(|error| format!("not a manifest: {error}"))
    }

    /// An output in the folder `root` that does not exist any more.
    pub(crate) fn missing(&self, root: &Path) -> Option<PathBuf> {
        self.outputs.iter().map(|output| root.join(output.name.path())).find(|path| !path.exists())
    }

    /// Whether it is of a run with these rules and flags over these inputs.
    pub(crate) fn is_of(&self, run: &str, inputs: &[Input]) -> bool {
        let same = self.inputs.iter().zip(inputs).all(|(logged, input)| logged.is_of(input));
        self.summary.run == run && self.inputs.len() == inputs.len() && same
    }
}
