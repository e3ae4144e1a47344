//! Text files: reads whole files into a buffer that each thread reuses, and detects files that are modified while they
//! are read.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::SystemTime;

use bodytext::unstable::decode;
use bodytext::{EncodingSource, TextEncoding};
use serde::{Deserialize, Serialize};

use super::{Document, RecordError, RecordFormat};
use crate::compression::InputError;
use crate::json::string;
use crate::limits::too_large;

/// A text file as a record: all of its bytes.
pub(crate) struct TextFormat {
    pub(crate) encoding: Option<TextEncoding>,
}

impl RecordFormat for TextFormat {
    fn parse<'r>(&self, raw: &'r [u8]) -> Result<Document<'r>, RecordError> {
        let decoded = decode(raw, self.encoding);
        Ok(Document {
            encoding: decoded.encoding,
            encoding_source: decoded.source,
            undecodable: decoded.replaced as u64,
            encoding_fits: decoded.encoding_fits,
            ..Document::new(decoded.text)
        })
    }

    fn write(&self, _: &[u8], document: &Document<'_>, cleaned: &str, out: &mut Vec<u8>) {
        write_record(document, cleaned, out);
    }
}

/// What is wrong with a text that does not fit its encoding, and the remedy.
pub(crate) fn misfit(encoding: &str, source: EncodingSource, undecodable: u64) -> String {
    let problem = match undecodable {
        0 => "the text is UTF-8".to_owned(),
        n => format!("{n} of its characters could not be decoded"),
    };
    match source {
        EncodingSource::Label => {
            format!("--encoding {encoding} does not fit: {problem}; leave the flag out and the encoding is detected")
        }
        _ => format!("{problem} as {encoding}; if that is a wrong guess, name the encoding with --encoding"),
    }
}

/// Appends a new record with the document's metadata.
pub(crate) fn write_record(document: &Document<'_>, cleaned: &str, out: &mut Vec<u8>) {
    out.push(b'{');
    for (name, value) in [("id", &document.id), ("url", &document.url), ("date", &document.date)] {
        if let Some(value) = value {
            out.extend_from_slice(format!("\"{name}\":").as_bytes());
            string::encode(value, false, out);
            out.push(b',');
        }
    }
    out.extend_from_slice(b"\"text\":");
    string::encode(cleaned, false, out);
    out.extend_from_slice(b"}\n");
}

/// Larger buffers are freed after use, so that one large file does not hold its memory for the whole run.
const KEEP: usize = 16 << 20;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The size and modification time of a file, which show whether it was modified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) bytes: u64,
    modified: Option<SystemTime>,
}

/// The error for a file that is modified while it is read.
pub(crate) const MODIFIED: &str = "it changed while it was read; run again when nobody writes to it";

impl Snapshot {
    pub(crate) fn of(file: &File) -> io::Result<Snapshot> {
        let meta = file.metadata()?;
        // Not every system knows the time of the last change.
        Ok(Snapshot { bytes: meta.len(), modified: meta.modified().ok() })
    }
}

/// Reads the file at `path`, of at most `most` bytes, and passes them to `work`. For small files reading is faster than
/// mapping, and the reused buffer saves allocating pages for each.
pub(crate) fn with_file<T>(path: &Path, most: usize, work: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
    let mut buffer = BUFFER.take();
    let result = read_unmodified(path, most, &mut buffer).map(|()| work(&buffer));
    if buffer.capacity() <= KEEP {
        BUFFER.set(buffer);
    }
    result
}

/// Reads all of a stream, of `most` bytes at most.
pub(crate) fn read_all(mut reader: impl Read, most: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    (&mut reader).take(most as u64).read_to_end(buffer)?;
    // One more byte is asked for only where the limit is reached.
    if buffer.len() == most && reader.read(&mut [0])? > 0 {
        return Err(InputError::io(too_large("text", most)));
    }
    Ok(())
}

fn read_unmodified(path: &Path, most: usize, buffer: &mut Vec<u8>) -> io::Result<()> {
    // A file that was just being written may be complete a moment later.
    for _ in 0..2 {
        let mut file = File::open(path)?;
        let before = Snapshot::of(&file)?;
        if before.bytes > most as u64 {
            return Err(InputError::io(too_large("text", most)));
        }
        read_all(&mut file, most, buffer)?;
        if Snapshot::of(&file)? == before {
            return Ok(());
        }
    }
    Err(InputError::io("it changed while it was read, twice; run again when nobody writes to it"))
}
