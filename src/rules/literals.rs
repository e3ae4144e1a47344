//! Finds which of many literals stand in a line, in time that does not grow with their number.
//! It knows nothing of rules.
//! Part of the fifth stage of the line.
//!
//! At each place of the line the next six bytes are looked up in a map of bits, and the next four, three and two. Few
//! places pass; what passes is looked up in a table and compared. What costs is not the ensemble but to be wrong about where
//! the way goes on, so a literal is entered by as many of its bytes as there are, and by those that are the rarest in
//! text. Automata over as many literals are three to eight times slower, and slower the more they are.

use bodytext_pattern::byte_share;

/// What stands after a line that is searched, so that eight bytes can be read at each of its places.
pub(super) const PADDING: &str = "\0\0\0\0\0\0\0\0";
/// So many places of a line are looked at in one go: a byte numbers them.
const STRETCH: usize = 256;

/// Many literals, made ready to be found. The sizes of the maps are such that one place in thirty or more passes by
/// chance with the built-in rules, and that all of them fit the second-level cache.
#[derive(Debug, Default)]
pub(super) struct Literals {
    /// Literals of six bytes and more, by six of their bytes.
    six: Table<8192>,
    /// Literals of four and five bytes, by four.
    four: Table<2048>,
    /// Literals of three bytes.
    three: Table<256>,
    /// Literals of one and two bytes, by two. One of a single byte stands at all pairs that begin so.
    two: Table<1024>,
    texts: Vec<Box<str>>,
}

/// Places of literals by a number, which is made of the bytes by which they are looked up.
#[derive(Debug)]
struct Table<const WORDS: usize> {
    /// A bit for each number that has places.
    map: Box<[u64; WORDS]>,
    /// For each word of the map, how many bits are set in those before it.
    before: Vec<u32>,
    /// For each bit that is set, where its places begin; those of the next end them.
    starts: Vec<u32>,
    /// The places by their numbers.
    places: Vec<(usize, Place)>,
}

/// A literal, and where in it the bytes stand that it is looked up by.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Its first bytes: most literals have no more.
    head: u64,
    literal: u32,
    at: u8,
    /// How many bits of the head do not count.
    spare: u8,
}

impl Literals {
    /// The literals; each is known by its index.
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Literals {
        let texts: Vec<Box<str>> = texts.map(Box::from).collect();
        let mut all = Literals::default();
        for (literal, text) in texts.iter().enumerate() {
            let text = text.as_bytes();
            let (literal, head, spare) = (literal as u32, head(text), spare(text));
            let place = |at: usize| Place { head, literal, at: at as u8, spare };
            let rarest = |bytes| rarest(text, bytes);
            match text.len() {
                0 => {}
                1 => (0..=0xFF).for_each(|next| all.two.add(pair(head | next << 8), place(0))),
                2 => all.two.add(pair(head), place(0)),
                3 => all.three.add(all.three.number(head, 3), place(0)),
                4..6 => all.four.add(all.four.number(self::head(&text[rarest(4)..]), 4), place(rarest(4))),
                _ => all.six.add(all.six.number(self::head(&text[rarest(6)..]), 6), place(rarest(6))),
            }
        }
        all.six.finish();
        all.four.finish();
        all.three.finish();
        all.two.finish();
        Literals { texts, ..all }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The bytes of a literal.
    pub(super) fn len_of(&self, literal: usize) -> usize {
        self.texts[literal].len()
    }

    /// Gives every literal that stands in a line to `found`, with the place where it begins. After the line stands the
    /// [`PADDING`].
    pub(super) fn find(&self, padded: &str, mut found: impl FnMut(usize, usize)) {
        if self.is_empty() {
            return;
        }
        let padded = padded.as_bytes();
        let line = padded.len().saturating_sub(PADDING.len());
        let mut passed = [0; STRETCH];
        for from in (0..line).step_by(STRETCH) {
            let segment = &padded[from..(from + STRETCH).min(line) + PADDING.len()];
            let count = self.pass(segment, &mut passed);
            for &at in &passed[..count] {
                self.try_at(padded, from + usize::from(at), &mut found);
            }
        }
    }

    /// Writes down the places of a segment at which one of the maps has a bit. Nothing else is done here, and nothing is
    /// decided: a step that is taken or not would be guessed wrong too often.
    fn pass(&self, padded: &[u8], passed: &mut [u8; STRETCH]) -> usize {
        let Literals { six, four, three, two, .. } = self;
        let mut count = 0;
        for (at, next) in padded.windows(PADDING.len()).take(padded.len() - PADDING.len()).enumerate() {
            let next = eight(next);
            let bit = six.bit(six.number(next, 6)) | four.bit(four.number(next, 4));
            let bit = bit | three.bit(three.number(next, 3)) | two.bit(pair(next));
            passed[count % STRETCH] = at as u8;
            count += bit as usize;
        }
        count
    }

    #[inline(never)]
    fn try_at(&self, padded: &[u8], at: usize, found: &mut impl FnMut(usize, usize)) {
        let Literals { six, four, three, two, .. } = self;
        let next = eight(&padded[at..]);
        let numbers = (six.number(next, 6), four.number(next, 4), three.number(next, 3), pair(next));
        for places in [six.of(numbers.0), four.of(numbers.1), three.of(numbers.2), two.of(numbers.3)] {
            self.try_all(places, padded, at, found);
        }
    }

    fn try_all(&self, places: &[(usize, Place)], padded: &[u8], at: usize, found: &mut impl FnMut(usize, usize)) {
        for (_, place) in places {
            let Some(start) = at.checked_sub(usize::from(place.at)) else { continue };
            if eight(&padded[start..]) << place.spare == place.head << place.spare {
                let text = self.texts[place.literal as usize].as_bytes();
                // A literal with zeros of its own must not be found in the padding.
                let ends_inside = start + text.len() <= padded.len() - PADDING.len();
                if ends_inside && (text.len() <= size_of::<u64>() || padded[start..].starts_with(text)) {
                    found(place.literal as usize, start);
                }
            }
        }
    }
}

impl<const WORDS: usize> Table<WORDS> {
    fn add(&mut self, number: usize, place: Place) {
        self.map[number / 64] |= 1 << (number % 64);
        self.places.push((number, place));
    }

    /// Puts the places in order, when all are known.
    fn finish(&mut self) {
        self.places.sort_by_key(|(number, _)| *number);
        self.starts.push(0);
        for same in self.places.chunk_by(|a, b| a.0 == b.0) {
            self.starts.push(self.starts[self.starts.len() - 1] + same.len() as u32);
        }
        let count = |sum: &mut u32, word: &u64| Some(std::mem::replace(sum, *sum + word.count_ones()));
        self.before = self.map.iter().scan(0, count).collect();
    }

    /// The number of the first so many of eight bytes: the upper bits of a product mix all of them.
    fn number(&self, next: u64, bytes: usize) -> usize {
        let shift = const { u64::BITS - (WORDS * 64).ilog2() };
        ((next << (64 - 8 * bytes)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> shift) as usize
    }

    /// Whether a number has places: 1 or 0.
    fn bit(&self, number: usize) -> u64 {
        self.map[number / 64] >> (number % 64) & 1
    }

    /// The places of a number.
    fn of(&self, number: usize) -> &[(usize, Place)] {
        let (word, bit) = (self.map[number / 64], number % 64);
        if word >> bit & 1 == 0 {
            return &[];
        }
        let bits = self.before[number / 64] + (word & ((1 << bit) - 1)).count_ones();
        &self.places[self.starts[bits as usize] as usize..self.starts[bits as usize + 1] as usize]
    }
}

/// The number of the first two of eight bytes.
fn pair(next: u64) -> usize {
    next as usize & 0xFFFF
}

impl<const WORDS: usize> Default for Table<WORDS> {
    fn default() -> Table<WORDS> {
        Table { map: Box::new([0; WORDS]), before: Vec::new(), starts: Vec::new(), places: Vec::new() }
    }
}

/// The first eight of eight bytes or more.
fn eight(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |first| u64::from_le_bytes(*first))
}

/// The first eight bytes of a text, with zeros after it.
fn head(text: &[u8]) -> u64 {
    let mut head = [0; 8];
    let known = text.len().min(head.len());
    head[..known].copy_from_slice(&text[..known]);
    u64::from_le_bytes(head)
}

/// How many bits of its head do not count.
fn spare(text: &[u8]) -> u8 {
    8 * 8_usize.saturating_sub(text.len()) as u8
}

/// Where so many bytes of a text begin that are the rarest.
fn rarest(text: &[u8], bytes: usize) -> usize {
    let share = |at: usize| text[at..at + bytes].iter().map(|&b| byte_share(b)).product::<f64>();
    let last = (text.len() - bytes).min(usize::from(u8::MAX));
    let first = (0..=last).map(|at| (at, share(at))).min_by(|a, b| a.1.total_cmp(&b.1));
    first.map_or(0, |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(literals: &[String], line: &str) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        let padded = format!("{line}{PADDING}");
        Literals::new(literals.iter().map(String::as_str)).find(&padded, |l, at| all.push((l, at)));
        all.sort_unstable();
        all
    }

    #[test]
    fn literals_of_all_lengths_are_found_at_every_place() {
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
