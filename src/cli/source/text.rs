//! Reads whole files into a buffer that each thread uses again and again.
//! It decodes nothing.
//! Called by the workers of `batch`.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A buffer that grew beyond this is given back after use, so that one large file does not hold its memory for ever.
const KEEP: usize = 16 << 20;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Reads the file at `path` and hands its bytes to `work`. Reading beats mapping for small files, and the buffer saves
/// fresh pages for every one of them.
pub(crate) fn with_file<T>(path: &Path, work: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
    let mut buffer = BUFFER.take();
    buffer.clear();
    let result = File::open(path).and_then(|mut file| file.read_to_end(&mut buffer)).map(|_| work(&buffer));
    if buffer.capacity() <= KEEP {
        BUFFER.set(buffer);
    }
    result
}
