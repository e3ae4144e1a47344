//! An output that is written in order: standard output, a file, a device, or none.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

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
    /// A file that gets its name at the end, compressed if its name says so.
    File(FileSink),
    /// A Parquet file, whose rows come as lines of JSON.
    Table(Box<TableWriter>),
    /// A device or a pipe, which can be neither renamed nor replaced.
    Device(BufWriter<File>, PathBuf),
}

pub(crate) struct FileSink {
    file: AtomicFile,
    /// What was written since the last flush.
    gathered: Vec<u8>,
    /// The digest of the file so far, if it is wanted and all of it was written by this process.
    digest: Option<Sha256>,
}

/// The size of a file and the SHA-256 of its bytes.
#[derive(Debug)]
pub(crate) struct FileDigest {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Sink {
    pub(crate) fn stdout() -> Sink {
        Sink::Stdout(BufWriter::with_capacity(BUFFER, io::stdout()))
    }

    /// Opens the file `target`; in a resumable run it already has `keep` bytes. With `hashed` its digest is computed as it
    /// is written.
    pub(crate) fn file(target: &Path, keep: Option<u64>, hashed: bool) -> Result<Sink, Error> {
        let digest = (hashed && keep.is_none_or(|keep| keep == 0)).then(Sha256::new);
        Ok(Sink::File(FileSink { file: AtomicFile::create(target, keep)?, gathered: Vec::new(), digest }))
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
            Sink::File(sink) => {
                sink.gathered.extend_from_slice(bytes);
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
            Sink::File(sink) => {
                if !sink.gathered.is_empty() {
                    // A member of its own: the file can be decompressed without what follows.
                    sink.write_gathered()?;
                }
                Ok(sink.file.bytes())
            }
        }
    }

    /// Completes the output; a file gets its final name. Returns the digest of the file if it was computed.
    pub(crate) fn finish(mut self) -> Result<Option<FileDigest>, Error> {
        self.flush()?;
        let mut sink = match self {
            Sink::File(sink) => sink,
            Sink::Table(table) => return table.finish().map(|()| None),
            _ => return Ok(None),
        };
        if sink.file.bytes() == 0 {
            // A compressed file without any member would not be one.
            sink.write_gathered()?;
        }
        let bytes = sink.file.bytes();
        sink.file.finish()?;
        Ok(sink.digest.map(|digest| FileDigest { bytes, sha256: hex::encode(digest.finalize()) }))
    }

    /// Discards the output: nothing is left of a new file, and an existing one is kept.
    pub(crate) fn discard(mut self) -> Result<(), Error> {
        let target = match &self {
            Sink::File(sink) => sink.file.target().to_owned(),
            Sink::Table(table) => table.target().to_owned(),
            _ => return self.flush().map(drop),
        };
        drop(self);
        atomic_file::discard(&target);
        Ok(())
    }
}

impl FileSink {
    fn write_gathered(&mut self) -> Result<(), Error> {
        let FileSink { file, gathered, digest } = self;
        let compressed;
        let bytes = match Compression::of_name(file.target()) {
            Compression::None => gathered.as_slice(),
            compression => {
                compressed = compress(gathered, compression).map_err(|error| Error::write(file.target(), error))?;
                &compressed
            }
        };
        if let Some(digest) = digest {
            digest.update(bytes);
        }
        let written = file.write_all(bytes);
        gathered.clear();
        written.map_err(|error| Error::write(file.target(), error))
    }
}

fn device_error(path: &Path, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::BrokenPipe { Error::StdoutClosed } else { Error::write(path, error) }
}
