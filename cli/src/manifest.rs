//! The manifest of a run: what was read, what became of every record, what was written, with digests.
//! It counts nothing; the run did. What a clock measured stands in a file of its own, so that two runs over the same
//! inputs have the same manifest.
//! Written at the end of `clean`, read by `verify`.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::checkpoint::hex;
use crate::exit_code::Stop;
use crate::output;
use crate::plan::Target;
use crate::sink::temporary::Temporary;
use crate::tally::{Failure, Records};

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Entry {
    /// An input that is done.
    Input(Input),
    /// An output that stands.
    Output(Output),
}

/// A path as JSON can say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Name {
    /// Its parts, joined by `/`.
    path: String,
    /// Its bytes as hexadecimal digits, where they are no UTF-8 and the path above is only like it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
}

impl Name {
    /// The name of a path.
    pub(crate) fn of(path: &Path) -> Name {
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        let path_bytes = path.to_str().is_none().then(|| hex(path.as_os_str().as_encoded_bytes()));
        Name { path: parts.join("/"), path_bytes }
    }

    /// The path.
    pub(crate) fn path(&self) -> PathBuf {
        #[cfg(unix)]
        if let Some(bytes) = self.path_bytes.as_deref().and_then(unhex) {
            return PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes));
        }
        PathBuf::from(&self.path)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

/// The bytes of hexadecimal digits.
#[cfg(unix)]
fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..digits.len()).step_by(2).map(pair).collect()
}

/// An input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Input {
    /// Its path below the folder that was named, or its name.
    #[serde(flatten)]
    pub(crate) name: Name,
    /// Its size in bytes; 0 for a stream.
    pub(crate) bytes: u64,
    /// What became of its records.
    pub(crate) records: Records,
}

/// An output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Output {
    /// Its path below the output folder, or its name.
    #[serde(flatten)]
    pub(crate) name: Name,
    /// Its size in bytes.
    pub(crate) bytes: u64,
    /// The SHA-256 of its bytes.
    pub(crate) sha256: String,
}

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// What the run was.
    #[serde(flatten)]
    pub(crate) head: Head,
    /// The inputs, in order.
    pub(crate) inputs: Vec<Input>,
    /// The outputs, in order.
    pub(crate) outputs: Vec<Output>,
}

/// What a run was, as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    /// The version of the program.
    pub(crate) bodytext: String,
    /// The hash of the rules.
    pub(crate) rule_set: String,
    /// The rules and flags of the run, as one hash.
    pub(crate) run: String,
    /// Which part of how many this run was.
    pub(crate) shard: Option<String>,
    /// Of a part, the rules, flags and inputs of the whole as one hash: all parts must have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) whole: Option<String>,
    /// What became of all records.
    pub(crate) records: Records,
    /// Inputs and lines that failed.
    pub(crate) failed: u64,
    /// The failures, as many as are kept.
    pub(crate) failures: Vec<Failure>,
}

impl Output {
    /// An output of these bytes.
    pub(crate) fn of(name: Name, bytes: &[u8]) -> Output {
        Output { name, bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }

    /// The output that stands at `file`.
    pub(crate) fn of_file(name: Name, file: &Path) -> io::Result<Output> {
        let mut reader = File::open(file)?;
        let mut digest = Sha256::new();
        let mut buffer = vec![0; 256 << 10];
        let mut bytes = 0;
        loop {
            match reader.read(&mut buffer)? {
                0 => return Ok(Output { name, bytes, sha256: hex(&digest.finalize()) }),
                n => {
                    digest.update(&buffer[..n]);
                    bytes += n as u64;
                }
            }
        }
    }
}

/// Writes the manifest of a run whose journal this is.
pub(crate) fn write(path: &Path, head: &Head, mut journal: File) -> Result<(), Stop> {
    let mut out = io::BufWriter::new(Temporary::part(path, 0)?);
    let fail = |error: io::Error| Stop::output(path, error);
    let mut head = serde_json::to_string(head).map_err(|error| fail(error.into()))?;
    head.pop();
    write!(out, "{head}").map_err(fail)?;
    // The journal may be larger than the memory: it is read twice, a line at a time.
    for name in ["input", "output"] {
        write!(out, ",\n\"{name}s\":[").map_err(fail)?;
        journal.rewind().map_err(fail)?;
        let begin = format!("{{\"{name}\":");
        let mut first = true;
        for line in BufReader::new(&mut journal).lines() {
            let line = line.map_err(fail)?;
            let Some(entry) = line.strip_prefix(&begin).and_then(|line| line.strip_suffix('}')) else { continue };
            let comma = if std::mem::take(&mut first) { "" } else { "," };
            write!(out, "{comma}\n{entry}").map_err(fail)?;
        }
        write!(out, "]").map_err(fail)?;
    }
    writeln!(out, "}}").map_err(fail)?;
    out.into_inner().map_err(|error| fail(error.into_error()))?.finish()
}

impl Manifest {
    /// An output that does not stand any more, where outputs stand in a folder.
    pub(crate) fn missing(&self, target: &Target) -> Option<PathBuf> {
        let Target::Folder(root) = target else { return None };
        self.outputs.iter().map(|output| root.join(output.name.path())).find(|path| !path.exists())
    }

    /// Whether it is of a run with these rules and flags over these inputs, given with their sizes.
    pub(crate) fn is_of<'a>(&self, run: &str, inputs: impl ExactSizeIterator<Item = (&'a Path, u64)>) -> bool {
        self.head.run == run
            && self.inputs.len() == inputs.len()
            && self
                .inputs
                .iter()
                .zip(inputs)
                .all(|(own, (path, bytes))| own.bytes == bytes && own.name == Name::of(path))
    }
}

/// Reads a manifest; the error says why that cannot be done.
pub(crate) fn read(path: &Path) -> Result<Manifest, String> {
    let file = File::open(path).map_err(|error| output::reason(&error))?;
    serde_json::from_reader(BufReader::new(file)).map_err(|error| format!("no manifest: {error}"))
}

/// Where the times of a run stand.
pub(crate) fn timings(manifest: &Path) -> PathBuf {
    let name = manifest.file_name().unwrap_or_default().to_string_lossy();
    let name = match name.strip_prefix("manifest") {
        Some(rest) => format!("timings{rest}"),
        None => format!("{name}.timings.json"),
    };
    manifest.with_file_name(name)
}
