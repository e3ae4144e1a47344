//! Finds which of many literals are in a line, in time that does not grow with their number.
//!
//! At each position of the line the next six, four, three and two bytes are looked up in a bit mask each. Few positions
//! pass; those are looked up in a table and compared. Mispredicted branches cost more than the lookups, so a literal is
//! entered under as many of its bytes as possible, the rarest in text. Automata over as many literals are three to
//! eight times slower, and slower the more literals there are.

use bodytext_pattern::byte_frequency;

/// Padding that must follow a searched line, so that eight bytes can be read at each of its positions.
pub(super) const PADDING: &str = "\0\0\0\0\0\0\0\0";
/// Positions scanned at once: a byte can number them.
const CHUNK: usize = 256;

/// A searcher for many literals. The masks are sized so that with the built-in rules at most one position in thirty
/// passes by chance, and all of them fit the second-level cache.
#[derive(Debug, Default)]
pub(super) struct LiteralSearcher {
    /// Literals of six bytes and more, by six of their bytes.
    six: HashBucket<8192>,
    /// Literals of four and five bytes, by four.
    four: HashBucket<2048>,
    three: HashBucket<256>,
    /// Literals of one and two bytes, by two. A single byte is entered with all second bytes.
    two: HashBucket<1024>,
    literals: Vec<Box<str>>,
}

/// Entries, by a hash of their lookup bytes.
#[derive(Debug)]
struct HashBucket<const WORDS: usize> {
    mask: Box<[u64; WORDS]>,
    /// For each word of the mask, the number of set bits before it.
    bits_before: Vec<u32>,
    /// For each set bit, where its entries begin; they end where those of the next begin.
    starts: Vec<u32>,
    entries: Vec<(usize, Entry)>,
}

/// A literal, and the position of its lookup bytes.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Its first eight bytes: most literals have no more.
    prefix: u64,
    literal: u32,
    offset: u8,
    /// How many bits of the prefix are beyond the literal.
    unused_bits: u8,
}

impl LiteralSearcher {
    /// Literals are identified by their index.
    pub(super) fn new<'a>(literals: impl Iterator<Item = &'a str>) -> LiteralSearcher {
        let mut all = LiteralSearcher { literals: literals.map(Box::from).collect(), ..LiteralSearcher::default() };
        for index in 0..all.literals.len() {
            all.add(index);
        }
        all.six.finish();
        all.four.finish();
        all.three.finish();
        all.two.finish();
        all
    }

    fn add(&mut self, index: usize) {
        let LiteralSearcher { six, four, three, two, literals } = self;
        let text = literals[index].as_bytes();
        let prefix = prefix(text);
        let unused_bits = 8 * 8_usize.saturating_sub(text.len()) as u8;
        let entry = Entry { prefix, literal: index as u32, offset: 0, unused_bits };
        match text.len() {
            0 => {}
            1 => (0..=0xFF).for_each(|next| two.add(pair(prefix | next << 8), entry)),
            2 => two.add(pair(prefix), entry),
            3 => three.add(three.hash(prefix, 3), entry),
            4..6 => four.add_rarest(text, 4, entry),
            _ => six.add_rarest(text, 6, entry),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    pub(super) fn len_of(&self, literal: usize) -> usize {
        self.literals[literal].len()
    }

    /// Calls `found` for every literal in a line, with its start. The [`PADDING`] must follow the line.
    pub(super) fn find(&self, padded: &str, mut found: impl FnMut(usize, usize)) {
        if self.is_empty() {
            return;
        }
        let padded = padded.as_bytes();
        let line = padded.len().saturating_sub(PADDING.len());
        let mut passed = [0; CHUNK];
        for from in (0..line).step_by(CHUNK) {
            let chunk = &padded[from..(from + CHUNK).min(line) + PADDING.len()];
            let count = self.scan(chunk, &mut passed);
            for &at in &passed[..count] {
                self.try_at(padded, from + usize::from(at), &mut found);
            }
        }
    }

    /// Records the positions of a chunk at which one of the masks has a bit. Branch-free: a branch would be
    /// mispredicted too often.
    fn scan(&self, padded: &[u8], passed: &mut [u8; CHUNK]) -> usize {
        let LiteralSearcher { six, four, three, two, .. } = self;
        let mut count = 0;
        for (at, next) in padded.windows(PADDING.len()).take(padded.len() - PADDING.len()).enumerate() {
            let next = eight(next);
            let bit = six.bit(six.hash(next, 6)) | four.bit(four.hash(next, 4));
            let bit = bit | three.bit(three.hash(next, 3)) | two.bit(pair(next));
            passed[count % CHUNK] = at as u8;
            count += bit as usize;
        }
        count
    }

    #[inline(never)]
    fn try_at(&self, padded: &[u8], at: usize, found: &mut impl FnMut(usize, usize)) {
        let LiteralSearcher { six, four, three, two, .. } = self;
        let next = eight(&padded[at..]);
        let hashes = (six.hash(next, 6), four.hash(next, 4), three.hash(next, 3), pair(next));
        for entries in [six.of(hashes.0), four.of(hashes.1), three.of(hashes.2), two.of(hashes.3)] {
            self.try_all(entries, padded, at, found);
        }
    }

    fn try_all(&self, entries: &[(usize, Entry)], padded: &[u8], at: usize, found: &mut impl FnMut(usize, usize)) {
        for (_, entry) in entries {
            let Some(start) = at.checked_sub(usize::from(entry.offset)) else { continue };
            if eight(&padded[start..]) << entry.unused_bits == entry.prefix << entry.unused_bits {
                let text = self.literals[entry.literal as usize].as_bytes();
                // A literal with zeros of its own must not be found in the padding.
                let ends_inside = start + text.len() <= padded.len() - PADDING.len();
                if ends_inside && (text.len() <= size_of::<u64>() || padded[start..].starts_with(text)) {
                    found(entry.literal as usize, start);
                }
            }
        }
    }
}

impl<const WORDS: usize> HashBucket<WORDS> {
    fn add(&mut self, hash: usize, entry: Entry) {
        self.mask[hash / 64] |= 1 << (hash % 64);
        self.entries.push((hash, entry));
    }

    /// Adds a literal under its `bytes` rarest bytes.
    fn add_rarest(&mut self, text: &[u8], bytes: usize, entry: Entry) {
        let offset = rarest(text, bytes);
        self.add(self.hash(prefix(&text[offset..]), bytes), Entry { offset: offset as u8, ..entry });
    }

    /// Sorts the entries, once all are added.
    fn finish(&mut self) {
        self.entries.sort_by_key(|(hash, _)| *hash);
        self.starts.push(0);
        for same in self.entries.chunk_by(|a, b| a.0 == b.0) {
            self.starts.push(self.starts[self.starts.len() - 1] + same.len() as u32);
        }
        let mut bits = 0;
        for word in self.mask.iter() {
            self.bits_before.push(bits);
            bits += word.count_ones();
        }
    }

    /// The hash of the first `bytes` bytes of eight: the upper bits of a product mix all of them.
    fn hash(&self, next: u64, bytes: usize) -> usize {
        let shift = const { u64::BITS - (WORDS * 64).ilog2() };
        ((next << (64 - 8 * bytes)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize
    }

    /// Whether a hash has entries: 1 or 0.
    fn bit(&self, hash: usize) -> u64 {
        self.mask[hash / 64] >> (hash % 64) & 1
    }

    fn of(&self, hash: usize) -> &[(usize, Entry)] {
        let (word, bit) = (self.mask[hash / 64], hash % 64);
        if word >> bit & 1 == 0 {
            return &[];
        }
        let bits = self.bits_before[hash / 64] + (word & ((1 << bit) - 1)).count_ones();
        &self.entries[self.starts[bits as usize] as usize..self.starts[bits as usize + 1] as usize]
    }
}

impl<const WORDS: usize> Default for HashBucket<WORDS> {
    fn default() -> HashBucket<WORDS> {
        let (bits_before, starts, entries) = (Vec::new(), Vec::new(), Vec::new());
        HashBucket { mask: Box::new([0; WORDS]), bits_before, starts, entries }
    }
}

/// The hash of the first two of eight bytes: the bytes themselves.
fn pair(next: u64) -> usize {
    next as usize & 0xFFFF
}

/// The first eight of eight bytes or more.
fn eight(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

/// The first eight bytes of a text, followed by zeros.
pub(super) fn prefix(text: &[u8]) -> u64 {
    let mut prefix = [0; 8];
    let known = text.len().min(prefix.len());
    prefix[..known].copy_from_slice(&text[..known]);
    u64::from_le_bytes(prefix)
}

/// Where the `bytes` rarest bytes of a text begin.
fn rarest(text: &[u8], bytes: usize) -> usize {
    let windows = text.windows(bytes).take(usize::from(u8::MAX) + 1);
    let frequencies = windows.map(|window| window.iter().map(|&byte| byte_frequency(byte)).product::<f64>());
    frequencies.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(literals: &[String], line: &str) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        let padded = format!("{line}{PADDING}");
        LiteralSearcher::new(literals.iter().map(String::as_str)).find(&padded, |l, at| all.push((l, at)));
        all.sort_unstable();
        all
    }

    #[test]
    fn literals_of_all_lengths_are_found_at_every_position() {
        let literals = ["a", "ab", "abc", "abcd", "é", "share this", "", "are th"].map(str::to_owned);
        assert_eq!(found(&literals, "abcd a"), [(0, 0), (0, 5), (1, 0), (2, 0), (3, 0)]);
        assert_eq!(found(&literals, "é: share this"), [(0, 6), (4, 0), (5, 4), (7, 6)]);
        assert_eq!(found(&literals, ""), []);
        assert_eq!(found(&["a\0".to_owned()], "a"), []);
        assert_eq!(found(&[], "abcd"), []);
    }

    proptest! {
        #[test]
        fn what_a_plain_search_finds_is_found(literals in prop::collection::vec("[ab©]{1,9}", 0..9), line in "[ab©]{0,24}") {
            let mut plain: Vec<(usize, usize)> = Vec::new();
            for (index, literal) in literals.iter().enumerate() {
                let starts = (0..line.len()).filter(|&at| line.as_bytes()[at..].starts_with(literal.as_bytes()));
                plain.extend(starts.map(|at| (index, at)));
            }
            prop_assert_eq!(found(&literals, &line), plain);
        }
    }
}
