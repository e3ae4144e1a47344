//! Keeps malformed JSON lines byte for byte in one file, and beside it, in `.reasons.jsonl`, where each came from and
//! what is wrong with it: line N of the one belongs to line N of the other.
//! It judges no line. Without malformed lines it leaves no file.
//! `batch` hands it what `records` set aside.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::exit_code::Stop;
use crate::records::Aside;
use crate::sink::temporary::{self, Temporary};

/// The quarantine of a run.
pub(crate) struct Quarantine {
    lines: BufWriter<Temporary>,
    reasons: BufWriter<Temporary>,
}

impl Quarantine {
    /// A quarantine in the file `path`.
    pub(crate) fn create(path: &Path) -> Result<Quarantine, Stop> {
        let lines = BufWriter::new(Temporary::create_to_keep(path)?);
        Ok(Quarantine { lines, reasons: BufWriter::new(Temporary::create_to_keep(&reasons_path(path))?) })
    }

    /// The same in a run that can be resumed, of which so many bytes stand already.
    pub(crate) fn part(path: &Path, keep: [u64; 2]) -> Result<Quarantine, Stop> {
        let lines = BufWriter::new(Temporary::part(path, keep[0])?);
        let reasons = Temporary::part(&reasons_path(path), keep[1])?;
        Ok(Quarantine { lines, reasons: BufWriter::new(reasons) })
    }

    /// Sets a line aside.
    pub(crate) fn add(&mut self, source: &str, aside: &Aside) -> Result<(), Stop> {
        let reason = serde_json::json!({ "path": source, "line": aside.line, "reason": aside.reason });
        // A line at the end of a file without a final newline gets one here, or the next would be glued to it.
        let ending: &[u8] = if aside.bytes.ends_with(b"\n") { b"" } else { b"\n" };
        write(&mut self.lines, &[&aside.bytes, ending])?;
        write(&mut self.reasons, &[reason.to_string().as_bytes(), b"\n"])
    }

    /// Writes out what is gathered, so that it is not lost with the process. Returns the bytes of the lines and of the
    /// reasons so far.
    pub(crate) fn flush(&mut self) -> Result<[u64; 2], Stop> {
        for out in [&mut self.reasons, &mut self.lines] {
            out.flush().map_err(|error| Stop::output(out.get_ref().target(), error))?;
        }
        Ok([self.lines.get_ref().bytes(), self.reasons.get_ref().bytes()])
    }

    /// Gives the files their names, where any line was set aside.
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        if self.flush()? == [0, 0] {
            for out in [self.reasons, self.lines] {
                temporary::forget(out.get_ref().target());
            }
            return Ok(());
        }
        for out in [self.reasons, self.lines] {
            let target = out.get_ref().target().to_owned();
            out.into_inner().map_err(|error| Stop::output(&target, error.into_error()))?.finish()?;
        }
        Ok(())
    }
}

/// Where the reasons of the quarantine `path` stand.
pub(crate) fn reasons_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".reasons.jsonl");
    PathBuf::from(name)
}

fn write(out: &mut BufWriter<Temporary>, parts: &[&[u8]]) -> Result<(), Stop> {
    for part in parts {
        out.write_all(part).map_err(|error| Stop::output(out.get_ref().target(), error))?;
    }
    Ok(())
}
