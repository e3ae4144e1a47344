//! An output that is written in order: standard output, a file, a device, or none.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::atomic_file::{self, AtomicFile};
use super::parquet::{Misfit, TableWriter};
use crate::compression::{Compression, compress};
use crate::error::Error;

/// The buffer size for standard output or a device, in bytes.
const BUFFER: usize = 256 << 10;

pub(crate) enum Sink {
    /// Nothing is written: a dry run, or a run with an output for each file.
    Discard,
    Stdout(BufWriter<io::Stdout>),
    /// A file that gets its name at the end, compressed if its name says so, and its buffer.
    File(AtomicFile, Vec<u8>),
    /// A Parquet file, whose rows come as lines of JSON.
    Table(Box<TableWriter>),
    /// A device or a pipe, which can be neither renamed nor replaced.
    Device(BufWriter<File>, PathBuf),
}

impl Sink {
    pub(crate) fn stdout() -> Sink {
        Sink::Stdout(BufWriter::with_capacity(BUFFER, io::stdout()))
    }

    /// Opens the file `target`; in a resumable run it already has `keep` bytes.
    pub(crate) fn file(target: &Path, keep: Option<u64>) -> Result<Sink, Error> {
        Ok(Sink::File(AtomicFile::create(target, keep)?, Vec::new()))
    }

    /// Opens the Parquet file `target`; without any record it has the column `text`.
    pub(crate) fn table(target: &Path, keep: Option<u64>, text: &str) -> Result<Sink, Error> {
        Ok(Sink::Table(Box::new(TableWriter::new(AtomicFile::create(target, keep)?, text))))
    }

    /// The device `path`.
    pub(crate) fn device(path: &Path) -> Result<Sink, Error> {
        let file = File::options().write(true).open(path).map_err(|error| Error::write(path, error))?;
        Ok(Sink::Device(BufWriter::with_capacity(BUFFER, file), path.to_owned()))
    }

    /// Writes records, which are lines of JSON; returns those that a table cannot hold.
    pub(crate) fn write_records(&mut self, lines: &[u8]) -> Result<Vec<Misfit>, Error> {
        match self {
            Sink::Table(table) => table.add(lines),
            _ => self.write(lines).map(|()| Vec::new()),
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Sink::Discard => Ok(()),
            Sink::Table(table) => table.add(bytes).map(drop),
            Sink::Stdout(out) => out.write_all(bytes).map_err(Error::stdout),
            Sink::Device(out, path) => out.write_all(bytes).map_err(|error| device_error(path, error)),
            Sink::File(_, gathered) => {
                gathered.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Flushes the buffer, so that a reader of standard output gets it now. Returns the length of the file so far in
    /// bytes: it is complete in itself, and more can be appended.
    pub(crate) fn flush(&mut self) -> Result<u64, Error> {
        match self {
            // What a table holds so far is not complete in itself.
            Sink::Discard | Sink::Table(_) => Ok(0),
            Sink::Stdout(out) => out.flush().map_err(Error::stdout).map(|()| 0),
            Sink::Device(out, path) => out.flush().map_err(|error| device_error(path, error)).map(|()| 0),
            Sink::File(file, gathered) => {
                if !gathered.is_empty() {
                    // A member of its own: the file can be decompressed without what follows.
                    file.write_compressed(gathered)?;
                    gathered.clear();
                }
                Ok(file.bytes())
            }
        }
    }

    /// Completes the output; a file gets its final name.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        let mut file = match self {
            Sink::File(file, _) => file,
            Sink::Table(table) => return table.finish(),
            _ => return Ok(()),
        };
        if file.bytes() == 0 {
            // A compressed file without any member would not be one.
            file.write_compressed(b"")?;
        }
        file.finish()
    }

    /// Discards the output: nothing is left of a new file, and an existing one is kept.
    pub(crate) fn discard(mut self) -> Result<(), Error> {
        let target = match &self {
            Sink::File(file, _) => file.target().to_owned(),
            Sink::Table(table) => table.target().to_owned(),
            _ => return self.flush().map(drop),
        };
        drop(self);
        atomic_file::discard(&target);
        Ok(())
    }
}

impl AtomicFile {
    fn write_compressed(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let target = self.target().to_owned();
        let written = match Compression::of_name(&target) {
            Compression::None => self.write_all(bytes),
            compression => compress(bytes, compression).and_then(|bytes| self.write_all(&bytes)),
        };
        written.map_err(|error| Error::write(&target, error))
    }
}

fn device_error(path: &Path, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::BrokenPipe { Error::StdoutClosed } else { Error::write(path, error) }
}
