//! Reads whole files into a buffer that each thread uses again and again, and tells when somebody writes to a file while
//! it is read.
//! It decodes nothing.
//! Called by the workers of `batch`.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::limits::too_large;
use crate::packing::Damage;

/// A buffer that grew beyond this is given back after use, so that one large file does not hold its memory for ever.
const KEEP: usize = 16 << 20;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What shows that somebody writes to a file: its size and the time of its last change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State(u64, Option<SystemTime>);

/// What is wrong with a file that somebody writes to.
pub(crate) const CHANGED: &str = "it changed while it was read; run again when nobody writes to it";

impl State {
    /// Its size.
    pub(crate) fn bytes(&self) -> u64 {
        self.0
    }

    /// As the file is now.
    pub(crate) fn of(file: &File) -> io::Result<State> {
        let meta = file.metadata()?;
        // Not every system knows the time of the last change.
        Ok(State(meta.len(), meta.modified().ok()))
    }
}

/// Reads the file at `path`, which may have so many bytes at `most`, and hands them to `work`. Reading beats mapping for
/// small files, and the buffer saves fresh pages for every one of them.
pub(crate) fn with_file<T>(path: &Path, most: usize, work: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
    let mut buffer = BUFFER.take();
    let result = read(path, most, &mut buffer).map(|()| work(&buffer));
    if buffer.capacity() <= KEEP {
        BUFFER.set(buffer);
    }
    result
}

/// Reads all of a stream, which may have so many bytes at `most`.
pub(crate) fn all(mut reader: impl Read, most: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    (&mut reader).take(most as u64).read_to_end(buffer)?;
    // One more is asked for only where the limit is reached.
    if buffer.len() == most && reader.read(&mut [0])? > 0 {
        return Err(Damage::error(too_large("text", most)));
    }
    Ok(())
}

fn read(path: &Path, most: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    // A file that was just being written may be whole a moment later.
    for _ in 0..2 {
        let mut file = File::open(path)?;
        let before = State::of(&file)?;
        if before.0 > most as u64 {
            return Err(Damage::error(too_large("text", most)));
        }
        all(&mut file, most, buffer)?;
        if State::of(&file)? == before {
            return Ok(());
        }
    }
    Err(Damage::error("it changed while it was read, twice; run again when nobody writes to it"))
}
