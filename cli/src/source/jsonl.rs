//! Reads JSON lines in batches of whole lines, and cuts a batch into pieces for the threads.
//! Lines end at `\n` and nothing else; what they say is for `records`.
//! Called by `batch`.

use std::io::{self, Read};

/// Bytes a batch holds, one line more or less. Large enough to keep a few threads busy for some milliseconds, small
/// enough that memory stays at a few times of it.
pub(crate) const BATCH: usize = 2 << 20;
/// Bytes a piece holds at least: below it handing out the work costs more than the work.
const PIECE: usize = 64 << 10;

/// The batches of a stream.
pub(crate) struct Batches<R> {
    reader: R,
    /// Bytes a batch holds, one line more or less.
    batch: usize,
    rest: Vec<u8>,
    line: u64,
    offset: u64,
    ended: bool,
    /// Bytes a line may have.
    longest: usize,
    /// Bytes of a longer line that were left out of the batch that comes next, of which it is the first.
    passed: u64,
    /// Why the stream ended before its end.
    fault: Option<io::Error>,
}

/// Some whole lines. Only the last line of the stream may lack its `\n`.
pub(crate) struct Batch {
    bytes: Vec<u8>,
    first_line: u64,
    cut: bool,
}

/// A part of a batch, whole lines too.
pub(crate) struct Piece<'a> {
    /// The lines.
    pub(crate) bytes: &'a [u8],
    /// The number of the first, counted from 1.
    pub(crate) first_line: u64,
    /// Whether only the beginning of the first is there, since the rest is beyond the limit.
    pub(crate) cut: bool,
}

impl<R: Read> Batches<R> {
    /// The batches of `reader`, of about `batch` bytes each. Of a line that is longer than that and than `longest`, only
    /// `longest` bytes are kept.
    pub(crate) fn new(reader: R, batch: usize, longest: usize) -> Batches<R> {
        Batches { reader, batch, rest: Vec::new(), line: 1, offset: 0, ended: false, longest, passed: 0, fault: None }
    }

    /// Goes on `offset` bytes further, at this line, which must begin there. The batches that follow are those that
    /// would have followed without the leap.
    pub(crate) fn skip_to(&mut self, offset: u64, line: u64) -> io::Result<()> {
        let skipped = io::copy(&mut (&mut self.reader).take(offset), &mut io::sink())?;
        (self.offset, self.line) = (offset, line);
        if skipped == offset { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Where the line that comes next begins, in bytes.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// The number of the line that comes next, counted from 1.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// The line that was begun when the stream came to an early end.
    pub(crate) fn unfinished(&self) -> &[u8] {
        &self.rest
    }

    /// The next batch; `None` at the end. Where the stream cannot be read on, the whole lines before come first.
    pub(crate) fn next(&mut self) -> io::Result<Option<Batch>> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        // Only what was read last can hold the line ending that is looked for; a long line is not searched twice.
        let mut searched = 0;
        let cut = loop {
            if self.rest.len() >= self.batch || self.ended || self.fault.is_some() {
                let last = memchr::memrchr(b'\n', &self.rest[searched..]).map(|at| searched + at + 1);
                if self.ended {
                    break self.rest.len();
                }
                if let Some(cut) = last.or(self.fault.is_some().then_some(0)) {
                    break cut;
                }
                searched = self.rest.len();
                if searched > self.longest {
                    searched = self.longest;
                    self.pass_over();
                    continue;
                }
            }
            let before = self.rest.len();
            // The size of a batch depends on nothing but where it begins.
            let wanted = if before < self.batch { self.batch - before } else { self.batch / 4 } as u64;
            match (&mut self.reader).take(wanted).read_to_end(&mut self.rest) {
                Ok(_) => self.ended = ((self.rest.len() - before) as u64) < wanted,
                Err(error) => self.fault = Some(error),
            }
        };
        if cut == 0 {
            return self.fault.take().map_or(Ok(None), Err);
        }
        let rest = self.rest.split_off(cut);
        let bytes = std::mem::replace(&mut self.rest, rest);
        let first_line = self.line;
        self.line += count_lines(&bytes);
        self.offset += bytes.len() as u64;
        let passed = std::mem::take(&mut self.passed);
        self.offset += passed;
        Ok(Some(Batch { bytes, first_line, cut: passed > 0 }))
    }

    /// Reads on to the end of a line that is too long.
    fn pass_over(&mut self) {
        self.passed += (self.rest.len() - self.longest) as u64;
        self.rest.truncate(self.longest);
        let mut more = Vec::new();
        while !self.ended && self.fault.is_none() {
            more.clear();
            match (&mut self.reader).take(self.batch as u64).read_to_end(&mut more) {
                Ok(read) => self.ended = read < self.batch,
                Err(error) => self.fault = Some(error),
            }
            let end = memchr::memchr(b'\n', &more).unwrap_or(more.len());
            self.passed += end as u64;
            self.rest.extend_from_slice(&more[end..]);
            if end < more.len() {
                break;
            }
        }
    }
}

impl Batch {
    /// Cuts it into about `count` pieces at line endings.
    pub(crate) fn pieces(&self, count: usize) -> Vec<Piece<'_>> {
        let mut pieces = pieces(&self.bytes, self.first_line, count);
        pieces.first_mut().into_iter().for_each(|first| first.cut = self.cut);
        pieces
    }
}

/// Cuts whole lines into about `count` pieces.
pub(crate) fn pieces(bytes: &[u8], first_line: u64, count: usize) -> Vec<Piece<'_>> {
    let size = (bytes.len() / count.max(1)).max(PIECE);
    let mut pieces = Vec::with_capacity(count + 1);
    let (mut rest, mut line) = (bytes, first_line);
    while !rest.is_empty() {
        let cut = match rest.get(size..).and_then(|tail| memchr::memchr(b'\n', tail)) {
            Some(at) => size + at + 1,
            None => rest.len(),
        };
        let (piece, after) = rest.split_at(cut);
        pieces.push(Piece { bytes: piece, first_line: line, cut: false });
        line += count_lines(piece);
        rest = after;
    }
    pieces
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packing::Damage;

    /// Hands out a few bytes a time, as a pipe does.
    struct Dribble<'a>(&'a [u8]);

    impl Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(buffer.len()).min(70_001);
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn batches_and_pieces_are_whole_lines_and_lose_nothing() {
        let mut text = Vec::new();
        for i in 0..200_000 {
            text.extend_from_slice(format!("line {i} {}\n", "x".repeat(i % 97)).as_bytes());
        }
        text.extend(vec![b'y'; 9 << 20]);
        text.extend_from_slice(b"\nthe end");
        let mut batches = Batches::new(Dribble(&text), BATCH, usize::MAX);
        let (mut all, mut line) = (Vec::new(), 1);
        let mut expected = None;
        while let Some(batch) = batches.next().unwrap() {
            assert!(expected.is_none_or(|bytes| batch.bytes.len() == bytes));
            let mut again = Batches::new(text.as_slice(), BATCH, usize::MAX);
            again.skip_to(batches.offset(), batches.line()).unwrap();
            expected = again.next().unwrap().map(|batch| batch.bytes.len());
            for piece in batch.pieces(8) {
                assert_eq!(piece.first_line, line);
                line += count_lines(piece.bytes);
                all.extend_from_slice(piece.bytes);
                assert!(piece.bytes.ends_with(b"\n") || all.len() == text.len());
            }
        }
        assert!(all == text);
    }

    #[test]
    fn an_empty_stream_has_no_batch() {
        assert!(Batches::new(&b""[..], BATCH, usize::MAX).next().unwrap().is_none());
    }

    #[test]
    fn before_a_fault_the_whole_lines_come_out() {
        struct Broken<'a>(&'a [u8]);
        impl Read for Broken<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0.is_empty() { Err(Damage::error("broken")) } else { self.0.read(buffer) }
            }
        }
        for (text, whole, rest) in [("a\nb\nc", "a\nb\n", "c"), ("a", "", "a"), ("a\n", "a\n", ""), ("", "", "")] {
            let mut batches = Batches::new(Broken(text.as_bytes()), BATCH, usize::MAX);
            if !whole.is_empty() {
                assert_eq!(batches.next().unwrap().unwrap().bytes, whole.as_bytes());
            }
            assert!(batches.next().is_err());
            assert_eq!((batches.unfinished(), batches.line()), (rest.as_bytes(), 1 + whole.len() as u64 / 2));
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_cut_and_those_after_it_come() {
        const MOST: usize = 4 << 20;
        for end in ["", "\n", "\nb", "\nb\nc\n"] {
            let text = [b"a\n".as_slice(), &vec![b'y'; 9 << 20], end.as_bytes()].concat();
            let mut batches = Batches::new(Dribble(&text), BATCH, MOST);
            let mut all = Vec::new();
            while let Some(batch) = batches.next().unwrap() {
                assert_eq!(batch.cut, batch.bytes.starts_with(b"y"));
                all.extend(batch.bytes);
            }
            assert!(all == [b"a\n".as_slice(), &vec![b'y'; MOST], end.as_bytes()].concat(), "{end:?}");
            assert_eq!(batches.offset(), text.len() as u64);
            assert_eq!(batches.line(), count_lines(&text) + 1);
        }
    }
}
