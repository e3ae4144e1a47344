//! One output that everything goes to in order: standard output, a file, a device, or nowhere.
//! It does not know what the bytes mean.
//! `batch` owns one for streams and opens one for each large file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::exit_code::Stop;
use crate::packing::{Packer, Packing};
use crate::sink::temporary::{self, Temporary};

/// Bytes gathered before they are written.
const BUFFER: usize = 256 << 10;

/// An output in order.
pub(crate) enum Stream {
    /// Nothing is written: a dry run, or a run whose files are written elsewhere.
    Nowhere,
    /// Standard output.
    Stdout(BufWriter<io::Stdout>),
    /// A file that gets its name at the end, compressed where that says so.
    File(Box<Packer<BufWriter<Temporary>>>, PathBuf),
    /// A device or a pipe, which can be neither renamed nor replaced.
    Device(BufWriter<File>, PathBuf),
}

impl Stream {
    /// Standard output.
    pub(crate) fn stdout() -> Stream {
        Stream::Stdout(BufWriter::with_capacity(BUFFER, io::stdout()))
    }

    /// The file `target`; in a run that can be resumed `keep` bytes of it stand already.
    pub(crate) fn file(target: &Path, keep: Option<u64>) -> Result<Stream, Stop> {
        let file = Temporary::create(target, keep)?;
        let empty = file.bytes() == 0;
        let out = BufWriter::with_capacity(BUFFER, file);
        Ok(Stream::File(Box::new(Packer::new(out, Packing::of_name(target), empty)), target.to_owned()))
    }

    /// The device `path`.
    pub(crate) fn device(path: &Path) -> Result<Stream, Stop> {
        let file = File::options().write(true).open(path).map_err(|error| Stop::output(path, error))?;
        Ok(Stream::Device(BufWriter::with_capacity(BUFFER, file), path.to_owned()))
    }

    /// Writes bytes.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        match self {
            Stream::Nowhere => Ok(()),
            Stream::Stdout(out) => out.write_all(bytes).map_err(Stop::stdout),
            Stream::File(out, target) => out.write(bytes).map_err(|error| Stop::output(target, error)),
            Stream::Device(out, path) => out.write_all(bytes).map_err(|error| device_error(path, error)),
        }
    }

    /// Hands on what is gathered, so that a reader of standard output gets it now. Returns the bytes of the file so far:
    /// they can stand for themselves, and more can be put behind them.
    pub(crate) fn flush(&mut self) -> Result<u64, Stop> {
        match self {
            Stream::Stdout(out) => out.flush().map_err(Stop::stdout).map(|()| 0),
            Stream::Device(out, path) => out.flush().map_err(|error| device_error(path, error)).map(|()| 0),
            Stream::File(out, target) => {
                let flush = |out: &mut BufWriter<Temporary>| out.flush().map(|()| out.get_ref().bytes());
                out.cut().and_then(flush).map_err(|error| Stop::output(target, error))
            }
            Stream::Nowhere => Ok(0),
        }
    }

    /// Ends the output; a file gets its name now.
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        self.flush()?;
        if let Stream::File(out, target) = self {
            let out = out.finish().map_err(|error| Stop::output(&target, error))?;
            out.into_inner().map_err(|error| Stop::output(&target, error.into_error()))?.finish()?;
        }
        Ok(())
    }

    /// Ends an output that is not worth a name: of a file nothing is left, and one that was there before stays.
    pub(crate) fn discard(mut self) -> Result<(), Stop> {
        self.flush()?;
        if let Stream::File(out, target) = self {
            drop(out);
            temporary::forget(&target);
        }
        Ok(())
    }
}

fn device_error(path: &Path, error: io::Error) -> Stop {
    if error.kind() == io::ErrorKind::BrokenPipe { Stop::ClosedStdout } else { Stop::output(path, error) }
}
