//! Finds which of many literals stand in a line, in time that does not grow with their number.
//! It knows nothing of rules.
//! Part of the fifth stage of the line.
//!
//! At each place of the line four bytes are looked up in a map of bits that stays in the fastest memory. What passes is
//! looked up in a table and compared. Each literal is entered by those four of its bytes that are the rarest in text, so
//! few places pass. Automata over as many literals are three to eight times slower, and slower the more they are.

use hashbrown::HashMap;

use super::needs::byte_share;

/// Bytes that are looked up at once.
const GRAM: usize = 4;
/// Bits of the map, as a power of two: 16 KiB, half of the smallest first-level caches.
const MAP_BITS: u32 = 17;

/// Many literals, made ready to be found.
#[derive(Debug, Clone, Default)]
pub(super) struct Literals {
    /// A bit for what each gram is mixed to.
    map: Vec<u64>,
    grams: Table<u32>,
    /// The same for literals of one to three bytes, by the first two. One of a single byte has all pairs that begin so.
    pair_map: Vec<u64>,
    pairs: Table<u16>,
    texts: Vec<Box<[u8]>>,
}

/// Places of literals by a key.
#[derive(Debug, Clone)]
struct Table<K> {
    of: HashMap<K, (u32, u32)>,
    places: Vec<Place>,
}

impl<K> Default for Table<K> {
    fn default() -> Table<K> {
        Table { of: HashMap::default(), places: Vec::new() }
    }
}

/// A literal, and where in it the bytes stand that it is looked up by.
#[derive(Debug, Clone, Copy)]
struct Place {
    literal: u32,
    at: u32,
    /// Its first bytes, and which of them count: most literals are no longer.
    head: u64,
    mask: u64,
}

impl Place {
    fn new(literal: usize, text: &[u8], at: usize) -> Place {
        let mut head = [0; 8];
        let known = text.len().min(8);
        head[..known].copy_from_slice(&text[..known]);
        let mask = u64::MAX.checked_shr(8 * (8 - known) as u32).unwrap_or(0);
        Place { literal: literal as u32, at: at as u32, head: u64::from_le_bytes(head), mask }
    }
}

impl Literals {
    /// The literals; each is known by its index.
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Literals {
        let texts: Vec<Box<[u8]>> = texts.map(|text| text.as_bytes().into()).collect();
        let (mut grams, mut pairs) = (Vec::new(), Vec::new());
        for (literal, text) in texts.iter().enumerate() {
            let first = |next: u8| u16::from_le_bytes([text[0], next]);
            match text.len() {
                0 => {}
                1 => pairs.extend((0..=255).map(|next| (first(next), Place::new(literal, text, 0)))),
                2..GRAM => pairs.push((first(text[1]), Place::new(literal, text, 0))),
                GRAM.. => {
                    let at = rarest(text);
                    grams.push((gram(&text[at..]), Place::new(literal, text, at)));
                }
            }
        }
        let (mut map, mut pair_map) = (vec![0; 1 << (MAP_BITS - 6)], vec![0; 1 << 10]);
        grams.iter().for_each(|(gram, _)| set_bit(&mut map, mixed(*gram)));
        pairs.iter().for_each(|(pair, _)| set_bit(&mut pair_map, usize::from(*pair)));
        Literals { map, grams: Table::new(grams), pair_map, pairs: Table::new(pairs), texts }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The bytes of a literal.
    pub(super) fn len_of(&self, literal: usize) -> usize {
        self.texts[literal].len()
    }

    /// Gives every literal that stands in `line` to `found`, with the place where it begins.
    pub(super) fn find(&self, line: &[u8], mut found: impl FnMut(usize, usize)) {
        if self.is_empty() {
            return;
        }
        let mut look = |at: usize, gram: u32| {
            if has_bit(&self.map, mixed(gram)) {
                self.try_all(self.grams.get(gram), line, at, &mut found);
            }
            let pair = gram as u16;
            if has_bit(&self.pair_map, usize::from(pair)) {
                self.try_all(self.pairs.get(pair), line, at, &mut found);
            }
        };
        for (at, bytes) in line.windows(GRAM).enumerate() {
            look(at, gram(bytes));
        }
        // At the end stand only literals that are shorter than a gram.
        let mut last = [0; 2 * GRAM];
        let from = line.len().saturating_sub(GRAM - 1);
        last[..line.len() - from].copy_from_slice(&line[from..]);
        for at in from..line.len() {
            look(at, gram(&last[at - from..]));
        }
    }

    fn try_all(&self, places: &[Place], line: &[u8], at: usize, found: &mut impl FnMut(usize, usize)) {
        for place in places {
            let Some(start) = at.checked_sub(place.at as usize) else { continue };
            let begins = line.get(start..start + 8).and_then(|head| head.try_into().ok()).map(u64::from_le_bytes);
            if begins.is_none_or(|head| head & place.mask == place.head)
                && (begins.is_some() && place.mask < u64::MAX
                    || line[start..].starts_with(&self.texts[place.literal as usize]))
            {
                found(place.literal as usize, start);
            }
        }
    }
}

impl<K: Copy + Ord + std::hash::Hash> Table<K> {
    fn new(mut entries: Vec<(K, Place)>) -> Table<K> {
        entries.sort_by_key(|(key, _)| *key);
        let (mut of, mut from) = (HashMap::with_capacity(entries.len()), 0);
        for same in entries.chunk_by(|a, b| a.0 == b.0) {
            let to = from + same.len() as u32;
            of.insert(same[0].0, (from, to));
            from = to;
        }
        Table { of, places: entries.into_iter().map(|(_, place)| place).collect() }
    }

    fn get(&self, key: K) -> &[Place] {
        self.of.get(&key).map_or(&[], |&(from, to)| &self.places[from as usize..to as usize])
    }
}

fn gram(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The bit of a gram: the upper ones of a product mix all of its bytes.
fn mixed(gram: u32) -> usize {
    (gram.wrapping_mul(0x9E37_79B1) >> (32 - MAP_BITS)) as usize
}

fn set_bit(map: &mut [u64], bit: usize) {
    map[bit / 64] |= 1 << (bit % 64);
}

fn has_bit(map: &[u64], bit: usize) -> bool {
    map[bit / 64] >> (bit % 64) & 1 != 0
}

/// Where the gram of a text begins that is the rarest.
fn rarest(text: &[u8]) -> usize {
    let share = |at: usize| text[at..at + GRAM].iter().map(|&b| byte_share(b)).product::<f64>();
    (0..=text.len() - GRAM).min_by(|&a, &b| share(a).total_cmp(&share(b))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(literals: &[String], line: &str) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        Literals::new(literals.iter().map(String::as_str)).find(line.as_bytes(), |l, at| all.push((l, at)));
        all.sort_unstable();
        all
    }

    #[test]
    fn literals_of_all_lengths_are_found_at_every_place() {
        let literals = ["a", "ab", "abc", "abcd", "é", "share this", ""].map(str::to_owned);
        assert_eq!(found(&literals, "abcd a"), [(0, 0), (0, 5), (1, 0), (2, 0), (3, 0)]);
        assert_eq!(found(&literals, "é: share this"), [(0, 6), (4, 0), (5, 4)]);
        assert_eq!(found(&literals, ""), []);
        assert_eq!(found(&[], "abcd"), []);
    }

    proptest! {
        #[test]
        fn what_a_plain_search_finds_is_found(literals in prop::collection::vec("[ab©]{1,6}", 0..9), line in "[ab©]{0,24}") {
            let mut plain: Vec<(usize, usize)> = Vec::new();
            for (index, literal) in literals.iter().enumerate() {
                let starts = (0..line.len()).filter(|&at| line.as_bytes()[at..].starts_with(literal.as_bytes()));
                plain.extend(starts.map(|at| (index, at)));
            }
            prop_assert_eq!(found(&literals, &line), plain);
        }
    }
}
