//! Reads and writes gzip and zstd. Inputs are recognised by their first bytes, outputs by their names. A file may
//! consist of many gzip members or zstd frames; readers see one stream.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use crate::limits::{Limits, human_bytes, too_large};

/// The default level of zstd; for gzip, its default of 6 is used.
const ZSTD_LEVEL: i32 = 3;
/// The largest window that zstd files may request: 128 MiB, the limit of `zstd -d` without `--long`.
const ZSTD_WINDOW_LOG: u32 = 27;
/// The read buffer of a compressed file, in bytes.
const BUFFER: usize = 64 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    /// Uncompressed.
    None,
    /// gzip, `.gz`.
    Gzip,
    /// Zstandard, `.zst`.
    Zstd,
}

impl Compression {
    pub(crate) fn of_name(path: &Path) -> Compression {
        match path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase().as_str() {
            "gz" | "gzip" => Compression::Gzip,
            "zst" | "zstd" => Compression::Zstd,
            _ => Compression::None,
        }
    }

    pub(crate) fn of_bytes(head: &[u8]) -> Compression {
        if head.starts_with(b"\x1f\x8b\x08") {
            Compression::Gzip
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") || matches!(head, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..]) {
            // The second starts a skippable frame; some compressors write one first.
            Compression::Zstd
        } else {
            Compression::None
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Compression::None => "plain",
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        }
    }
}

/// Compresses bytes as one gzip member or zstd frame. Concatenated members are one file.
pub(crate) fn compress(bytes: &[u8], compression: Compression) -> io::Result<Vec<u8>> {
    match compression {
        Compression::None => Ok(bytes.to_vec()),
        Compression::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Compression::Zstd => {
            let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
            encoder.include_checksum(true)?;
            encoder.write_all(bytes)?;
            encoder.finish()
        }
    }
}

/// An input whose bytes are damaged or break a limit. What was read before is good.
#[derive(Debug)]
pub(crate) struct InputError(String);

impl InputError {
    pub(crate) fn io(what: impl Into<String>) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, InputError(what.into()))
    }

    /// Whether an error is of this type and not from the system.
    pub(crate) fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<InputError>())
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for InputError {}

/// The bytes of a reader, decompressed if they are compressed.
pub(crate) fn decompressed<'r>(
    mut reader: impl Read + Send + 'r,
    limits: &Limits,
) -> io::Result<Box<dyn Read + Send + 'r>> {
    let mut head = Vec::with_capacity(4);
    if let Err(error) = (&mut reader).take(4).read_to_end(&mut head) {
        return Ok(Box::new(Unreadable(Some(error))));
    }
    let compression = Compression::of_bytes(&head);
    let whole = Cursor::new(head).chain(reader);
    if compression == Compression::None {
        return Ok(Box::new(whole));
    }
    let compressed = Arc::new(AtomicU64::new(0));
    let counted = BufReader::with_capacity(BUFFER, Counted { inner: whole, bytes: Arc::clone(&compressed) });
    let inner: Box<dyn Read + Send + 'r> = if compression == Compression::Gzip {
        Box::new(GzipMembers(Some(GzDecoder::new(counted))))
    } else {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(counted)?;
        decoder.window_log_max(ZSTD_WINDOW_LOG)?;
        Box::new(decoder)
    };
    Ok(Box::new(Limited { inner, compression, compressed, bytes: 0, limits: *limits }))
}

/// All bytes of a compressed file in memory, up to the limit of a record.
pub(crate) fn decompress_all(compressed: &[u8], limits: &Limits) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = limits.record as u64;
    decompressed(compressed, limits)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(InputError::io(too_large("text", limits.record))) } else { Ok(bytes) }
}

/// A stream that could be opened but not read: the error comes when it is read.
struct Unreadable(Option<io::Error>);

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0.take() {
            None => Ok(0),
            Some(error) => Err(error),
        }
    }
}

/// The members of a gzip file. The decoder for many members of the crate fails on the zeros that tapes and block devices
/// leave behind a member, which `gzip -d` ignores. `None` after the last member.
struct GzipMembers<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.0 {
            let n = decoder.read(buffer)?;
            if n > 0 || buffer.is_empty() {
                return Ok(n);
            }
            let rest = decoder.get_mut();
            let is_last = loop {
                let bytes = rest.fill_buf()?;
                let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                let (is_empty, has_more) = (bytes.is_empty(), zeros < bytes.len());
                rest.consume(zeros);
                if is_empty || has_more {
                    break is_empty;
                }
            };
            self.0 = self.0.take().filter(|_| !is_last).map(|decoder| GzDecoder::new(decoder.into_inner()));
        }
        Ok(0)
    }
}

struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.bytes.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

struct Limited<'r> {
    inner: Box<dyn Read + Send + 'r>,
    compression: Compression,
    compressed: Arc<AtomicU64>,
    bytes: u64,
    limits: Limits,
}

impl Read for Limited<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let name = self.compression.name();
        let n = self.inner.read(buffer).map_err(|error| match error.kind() {
            _ if error.raw_os_error().is_some() || error.kind() == io::ErrorKind::Interrupted => error,
            io::ErrorKind::UnexpectedEof => InputError::io(format!("truncated: the {name} data end too early")),
            _ => InputError::io(format!("damaged: the {name} data cannot be decompressed ({error})")),
        })?;
        self.bytes += n as u64;
        if self.bytes > self.limits.unpacked {
            let most = human_bytes(self.limits.unpacked);
            let message = format!("it unpacks to more than {most}; give a larger --max-unpacked if you trust it");
            return Err(InputError::io(message));
        }
        if self.bytes > self.limits.unpacked_from(self.compressed.load(Ordering::Relaxed)) {
            let most = self.limits.ratio;
            let message =
                format!("it unpacks to more than {most} times its size; give a larger --max-ratio if you trust it");
            return Err(InputError::io(message));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FREE;

    const KINDS: [Compression; 2] = [Compression::Gzip, Compression::Zstd];

    fn lines(count: usize) -> Vec<u8> {
        (0..count).flat_map(|i| format!("{{\"text\":\"line {i}\"}}\n").into_bytes()).collect()
    }

    /// What comes out before the end or an error.
    fn read(bytes: &[u8], limits: &Limits) -> (Vec<u8>, Option<io::Error>) {
        let mut out = Vec::new();
        let end = decompressed(bytes, limits).and_then(|mut reader| reader.read_to_end(&mut out));
        (out, end.err())
    }

    #[test]
    fn members_are_decompressed_as_one_file() {
        for compression in KINDS {
            for count in [0, 1, 999, 3500] {
                let plain = lines(count);
                let compressed = compress(&plain, compression).unwrap();
                assert_eq!(Compression::of_bytes(&compressed), compression);
                let twice = [compressed.as_slice(), &compressed].concat();
                assert!(decompress_all(&twice, &Limits::DEFAULT).unwrap() == [plain.as_slice(), &plain].concat());
            }
        }
    }

    #[test]
    fn zeros_behind_gzip_are_padding_and_other_bytes_are_damage() {
        let (plain, zeros) = (lines(999), vec![0; 200_000]);
        let compressed = compress(&plain, Compression::Gzip).unwrap();
        let padded = [compressed.as_slice(), &zeros, &compressed, &zeros[..7]].concat();
        assert!(decompress_all(&padded, &Limits::DEFAULT).unwrap() == [plain.as_slice(), &plain].concat());
        for junk in [&b"junk"[..], b"\0\0junk", b"\x1f", b"\x1f\x8b"] {
            let (back, error) = read(&[compressed.as_slice(), junk].concat(), &Limits::DEFAULT);
            assert!(back == plain && error.is_some_and(|e| InputError::is(&e)), "{junk:?}");
        }
    }

    #[test]
    fn a_truncated_or_broken_file_gives_what_came_before() {
        let plain = lines(25_000);
        for compression in KINDS {
            let compressed = compress(&plain, compression).unwrap();
            let (back, error) = read(&compressed[..compressed.len() - 9], &Limits::DEFAULT);
            assert!(error.is_some_and(|e| InputError::is(&e) && e.to_string().contains("truncated")));
            assert!(plain.starts_with(&back) && back.len() > plain.len() / 2, "{compression:?}");
            let mut broken = compressed.clone();
            let middle = broken.len() / 2;
            broken[middle..middle + 40].fill(0x55);
            // What is broken may come out as other text, but not unnoticed.
            assert!(read(&broken, &Limits::DEFAULT).1.is_some_and(|e| InputError::is(&e)), "{compression:?}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        for compression in KINDS {
            let bomb = compress(&vec![0; 80 << 20], compression).unwrap();
            let (back, error) = read(&bomb, &Limits { ratio: 100, ..Limits::DEFAULT });
            assert!(error.is_some_and(|e| e.to_string().contains("--max-ratio")), "{compression:?}");
            assert!(back.len() as u64 <= FREE + (1 << 20));
            let (back, error) = read(&bomb, &Limits { unpacked: 1 << 20, ..Limits::DEFAULT });
            assert!(error.is_some_and(|e| e.to_string().contains("--max-unpacked")) && back.len() <= 2 << 20);
        }
    }
}
