//! Stores malformed records byte for byte in one file, and the origin and error of each in `.reasons.jsonl` next to it:
//! record N of one file belongs to line N of the other. Without malformed records there is no file.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::atomic_file::{self, AtomicFile};
use crate::error::Error;
use crate::worker::Rejected;

pub(crate) struct Quarantine {
    lines: BufWriter<AtomicFile>,
    reasons: BufWriter<AtomicFile>,
}

impl Quarantine {
    /// A quarantine in the file `path`.
    pub(crate) fn create(path: &Path) -> Result<Quarantine, Error> {
        let lines = BufWriter::new(AtomicFile::create_kept(path)?);
        Ok(Quarantine { lines, reasons: BufWriter::new(AtomicFile::create_kept(&reasons_path(path))?) })
    }

    /// Resumes a quarantine of which `keep` bytes are written already.
    pub(crate) fn resume(path: &Path, keep: [u64; 2]) -> Result<Quarantine, Error> {
        let lines = BufWriter::new(AtomicFile::resumable(path, keep[0])?);
        let reasons = AtomicFile::resumable(&reasons_path(path), keep[1])?;
        Ok(Quarantine { lines, reasons: BufWriter::new(reasons) })
    }

    pub(crate) fn add(&mut self, source: &str, rejected: &Rejected) -> Result<(), Error> {
        let reason = serde_json::json!({ "path": source, "line": rejected.number, "reason": rejected.reason });
        // A line at the end of a file without a final newline gets one here, or the next would be glued to it.
        let ending: &[u8] = if rejected.bytes.ends_with(b"\n") { b"" } else { b"\n" };
        write(&mut self.lines, &[&rejected.bytes, ending])?;
        write(&mut self.reasons, &[reason.to_string().as_bytes(), b"\n"])
    }

    /// Flushes the buffers, so that nothing is lost with the process. Returns the lengths of the records and of the
    /// reasons so far, in bytes.
    pub(crate) fn flush(&mut self) -> Result<[u64; 2], Error> {
        for out in [&mut self.reasons, &mut self.lines] {
            out.flush().map_err(|error| Error::write(out.get_ref().target(), error))?;
        }
        Ok([self.lines.get_ref().bytes(), self.reasons.get_ref().bytes()])
    }

    /// Gives the files their final names, if there are records.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        if self.flush()? == [0, 0] {
            for out in [self.reasons, self.lines] {
                atomic_file::discard(out.get_ref().target());
            }
            return Ok(());
        }
        for out in [self.reasons, self.lines] {
            let target = out.get_ref().target().to_owned();
            out.into_inner().map_err(|error| Error::write(&target, error.into_error()))?.finish()?;
        }
        Ok(())
    }
}

/// The path of the reasons for the quarantine `path`.
pub(crate) fn reasons_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".reasons.jsonl");
    PathBuf::from(name)
}

fn write(out: &mut BufWriter<AtomicFile>, parts: &[&[u8]]) -> Result<(), Error> {
    for part in parts {
        out.write_all(part).map_err(|error| Error::write(out.get_ref().target(), error))?;
    }
    Ok(())
}
