//! Compressed files: gzip and zstd, in and out. Inputs are recognised by their first bytes, outputs by their names.
//! It knows nothing of texts or records. A file may be made of many gzip members or zstd frames; readers see one stream.
//! Below the sources and the sinks.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::limits::{Limits, shown, too_large};

/// zstd's own default. Level 6 of gzip is its default too.
const ZSTD_LEVEL: i32 = 3;
/// zstd files may ask for a window of 128 MiB at most, which is what `zstd -d` takes without `--long`.
const ZSTD_WINDOW_LOG: u32 = 27;
/// Bytes read of a compressed file, or handed to a packer, at a time.
const BUFFER: usize = 64 << 10;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Not at all.
    Plain,
    /// gzip, `.gz`.
    Gzip,
    /// Zstandard, `.zst`.
    Zstd,
}

impl Packing {
    /// How a file of this name is compressed, or should be.
    pub(crate) fn of_name(path: &Path) -> Packing {
        match path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase().as_str() {
            "gz" | "gzip" => Packing::Gzip,
            "zst" | "zstd" => Packing::Zstd,
            _ => Packing::Plain,
        }
    }

    /// How a file that begins so is compressed.
    fn of_bytes(head: &[u8]) -> Packing {
        if head.starts_with(b"\x1f\x8b\x08") {
            Packing::Gzip
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") || matches!(head, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..]) {
            // The second begins a frame that is to be skipped; some packers begin with one.
            Packing::Zstd
        } else {
            Packing::Plain
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Packing::Plain => "plain",
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        }
    }
}

/// An input whose bytes cannot be right, or that would break a limit. What came before it is good.
#[derive(Debug)]
pub(crate) struct Damage(String);

impl Damage {
    /// The error for an input with this wrong.
    pub(crate) fn error(what: impl Into<String>) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, Damage(what.into()))
    }

    /// What is wrong, where an error is of this kind and none of the system's.
    pub(crate) fn of(error: &io::Error) -> Option<&str> {
        error.get_ref()?.downcast_ref::<Damage>().map(|damage| damage.0.as_str())
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Damage {}

/// The bytes of a reader, unpacked where they are packed.
pub(crate) fn unpacked<'r>(mut reader: impl Read + 'r, limits: &Limits) -> io::Result<Box<dyn Read + 'r>> {
    let mut head = Vec::with_capacity(4);
    if let Err(error) = (&mut reader).take(4).read_to_end(&mut head) {
        return Ok(Box::new(Unreadable(Some(error))));
    }
    let packing = Packing::of_bytes(&head);
    let whole = Cursor::new(head).chain(reader);
    if packing == Packing::Plain {
        return Ok(Box::new(whole));
    }
    let packed = Arc::new(AtomicU64::new(0));
    let counted = BufReader::with_capacity(BUFFER, Counted { inner: whole, bytes: Arc::clone(&packed) });
    let inner: Box<dyn Read + 'r> = if packing == Packing::Gzip {
        Box::new(MultiGzDecoder::new(counted))
    } else {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(counted)?;
        decoder.window_log_max(ZSTD_WINDOW_LOG)?;
        Box::new(decoder)
    };
    Ok(Box::new(Unpacked { inner, packing, packed, bytes: 0, limits: *limits }))
}

/// All bytes of a packed file, as far as they are good, and what is wrong after them.
pub(crate) fn unpack_all(packed: &[u8], limits: &Limits) -> (Vec<u8>, Option<io::Error>) {
    let mut bytes = Vec::new();
    let most = limits.record as u64;
    let end = unpacked(packed, limits).and_then(|reader| reader.take(most.saturating_add(1)).read_to_end(&mut bytes));
    let long = (bytes.len() as u64 > most).then(|| Damage::error(too_large("text", limits.record)));
    (bytes, end.err().or(long))
}

/// The bytes of a whole file, unpacked.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    unpacked(File::open(path)?, &Limits::DEFAULT)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether bytes are packed.
pub(crate) fn is_packed(bytes: &[u8]) -> bool {
    Packing::of_bytes(bytes) != Packing::Plain
}

/// A reader that could be opened but not read: whoever reads is told.
struct Unreadable(Option<io::Error>);

impl Read for Unreadable {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Counts what is read.
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

/// Unpacks, and keeps to the limits.
struct Unpacked<'r> {
    inner: Box<dyn Read + 'r>,
    packing: Packing,
    packed: Arc<AtomicU64>,
    bytes: u64,
    limits: Limits,
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let name = self.packing.name();
        let n = self.inner.read(buffer).map_err(|error| match error.kind() {
            _ if error.raw_os_error().is_some() || error.kind() == io::ErrorKind::Interrupted => error,
            io::ErrorKind::UnexpectedEof => Damage::error(format!("truncated: the {name} data end too early")),
            _ => Damage::error(format!("damaged: the {name} data cannot be unpacked ({error})")),
        })?;
        self.bytes += n as u64;
        if self.bytes > self.limits.unpacked {
            let most = shown(self.limits.unpacked);
            let message = format!("it unpacks to more than {most}; give a larger --max-unpacked if you trust it");
            return Err(Damage::error(message));
        }
        let packed = self.packed.load(Ordering::Relaxed);
        if self.bytes > self.limits.unpacked_from(packed) {
            let most = self.limits.ratio;
            let message =
                format!("it unpacks to more than {most} times its size; give a larger --max-ratio if you trust it");
            return Err(Damage::error(message));
        }
        Ok(n)
    }
}

/// Writes a file, packed as its name says.
pub(crate) struct Packer<W: Write> {
    inner: Inner<W>,
    packing: Packing,
    /// Whether the file has nothing in it.
    empty: bool,
    /// What is handed to the packer next, in blocks of one size: it packs the same bytes differently when it gets them
    /// in other portions.
    block: Vec<u8>,
}

enum Inner<W: Write> {
    /// Nothing is being packed: what is plain, and what lies between two members.
    Plain(W),
    Gzip(GzEncoder<W>),
    Zstd(zstd::stream::write::Encoder<'static, W>),
    /// While it changes, and after an error.
    Nothing,
}

impl<W: Write> Packer<W> {
    /// Packs into `out`, which is `empty` or holds whole members.
    pub(crate) fn new(out: W, packing: Packing, empty: bool) -> Packer<W> {
        Packer { inner: Inner::Plain(out), packing, empty, block: Vec::new() }
    }

    /// Ends the member that is begun: what is written so far can be unpacked without what follows.
    pub(crate) fn cut(&mut self) -> io::Result<&mut W> {
        self.inner = Inner::Plain(self.end()?);
        match &mut self.inner {
            Inner::Plain(out) => Ok(out),
            _ => Err(io::Error::other("an earlier write failed")),
        }
    }

    /// Ends the last member and gives back what is below.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        // A file without any member would be no file of its kind.
        if self.empty && self.packing != Packing::Plain {
            self.begin()?;
        }
        self.end()
    }

    /// Begins a member, where none is begun.
    fn begin(&mut self) -> io::Result<()> {
        self.inner = match (std::mem::replace(&mut self.inner, Inner::Nothing), self.packing) {
            (Inner::Plain(out), Packing::Gzip) => Inner::Gzip(GzEncoder::new(out, Compression::default())),
            (Inner::Plain(out), Packing::Zstd) => {
                let mut encoder = zstd::stream::write::Encoder::new(out, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Inner::Zstd(encoder)
            }
            (inner, _) => inner,
        };
        Ok(())
    }

    /// Ends the member that is begun.
    fn end(&mut self) -> io::Result<W> {
        let block = std::mem::take(&mut self.block);
        self.hand_on(&block)?;
        match std::mem::replace(&mut self.inner, Inner::Nothing) {
            Inner::Plain(out) => Ok(out),
            Inner::Gzip(encoder) => encoder.finish(),
            Inner::Zstd(encoder) => encoder.finish(),
            Inner::Nothing => Err(io::Error::other("an earlier write failed")),
        }
    }

    /// Writes bytes.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.empty = false;
        if self.packing == Packing::Plain {
            return self.hand_on(bytes);
        }
        self.begin()?;
        while self.block.len() + bytes.len() >= BUFFER {
            let (now, later) = bytes.split_at(BUFFER - self.block.len());
            let mut block = std::mem::take(&mut self.block);
            block.extend_from_slice(now);
            self.hand_on(&block)?;
            block.clear();
            self.block = block;
            bytes = later;
        }
        self.block.extend_from_slice(bytes);
        Ok(())
    }

    fn hand_on(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.inner {
            Inner::Plain(out) => out.write_all(bytes),
            Inner::Gzip(encoder) => encoder.write_all(bytes),
            Inner::Zstd(encoder) => encoder.write_all(bytes),
            Inner::Nothing => Err(io::Error::other("an earlier write failed")),
        }
    }
}

/// Bytes packed as one file, in one member.
pub(crate) fn pack(bytes: &[u8], packing: Packing) -> io::Result<Vec<u8>> {
    let mut packer = Packer::new(Vec::new(), packing, true);
    packer.write(bytes)?;
    packer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FREE;

    fn lines(count: usize) -> Vec<u8> {
        (0..count).flat_map(|i| format!("{{\"text\":\"line {i}\"}}\n").into_bytes()).collect()
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
            for count in [0, 1, 999, 1000, 1001, 3500] {
                let plain = lines(count);
                let packed = pack(&plain, packing).unwrap();
                assert_eq!(is_packed(&packed), packing != Packing::Plain, "{packing:?}");
                let (back, error) = unpack_all(&packed, &Limits::DEFAULT);
                assert!(back == plain && error.is_none(), "{packing:?} {count}");
            }
        }
    }

    #[test]
    fn the_same_bytes_are_packed_alike_however_they_are_written() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            let plain = lines(25_000);
            let (first, second) = plain.split_at(plain.len() / 2);
            let mut packer = Packer::new(Vec::new(), packing, true);
            first.chunks(777).for_each(|chunk| packer.write(chunk).unwrap());
            packer.cut().unwrap();
            second.chunks(77_777).for_each(|chunk| packer.write(chunk).unwrap());
            let packed = packer.finish().unwrap();
            let parts = [pack(first, packing).unwrap(), pack(second, packing).unwrap()].concat();
            assert!(packed == parts && unpack_all(&packed, &Limits::DEFAULT).0 == plain, "{packing:?}");
        }
    }

    #[test]
    fn a_cut_or_broken_file_gives_what_came_before() {
        let plain = lines(25_000);
        for packing in [Packing::Gzip, Packing::Zstd] {
            let packed = pack(&plain, packing).unwrap();
            let (back, error) = unpack_all(&packed[..packed.len() - 9], &Limits::DEFAULT);
            let error = error.unwrap();
            assert!(Damage::of(&error).is_some_and(|what| what.contains("truncated")), "{error}");
            assert!(plain.starts_with(&back) && back.len() > plain.len() / 2, "{packing:?}");
            let mut broken = packed.clone();
            let middle = broken.len() / 2;
            broken[middle..middle + 40].fill(0x55);
            // What is broken may come out as other text, but not unseen.
            let (_, error) = unpack_all(&broken, &Limits::DEFAULT);
            assert!(error.is_some_and(|e| Damage::of(&e).is_some()), "{packing:?}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            let bomb = pack(&vec![0; 80 << 20], packing).unwrap();
            let (back, error) = unpack_all(&bomb, &Limits { ratio: 100, ..Limits::DEFAULT });
            assert!(error.is_some_and(|e| e.to_string().contains("--max-ratio")), "{packing:?}");
            assert!(back.len() as u64 <= FREE + (1 << 20));
            let (back, error) = unpack_all(&bomb, &Limits { unpacked: 1 << 20, ..Limits::DEFAULT });
            assert!(error.is_some_and(|e| e.to_string().contains("--max-unpacked")) && back.len() <= 2 << 20);
        }
    }
}
