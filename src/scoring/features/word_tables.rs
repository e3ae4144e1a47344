//! Hash tables of the words, n-grams and texts of a page: open addressing, one look-up for each.
//!
//! Each table remembers the slot of everything that is added, in order, so that a second pass reads what is known of it
//! without another look-up.

use std::hash::{BuildHasher, RandomState};

/// Where the keys of a table go.
struct Places {
    /// Odd and random, so that nobody can write a text whose words all get the same place.
    multiplier: u64,
    shift: u32,
    mask: usize,
}

impl Places {
    /// For up to `keys` keys: between a third and two thirds of the places stay free.
    fn new(keys: usize) -> Places {
        let places = (keys + keys / 2 + 1).next_power_of_two().max(16);
        Places { multiplier: RandomState::new().hash_one(0) | 1, shift: 64 - places.ilog2(), mask: places - 1 }
    }

    fn of(&self, key: u64) -> usize {
        (key.wrapping_mul(self.multiplier) >> self.shift) as usize & self.mask
    }

    fn next(&self, place: usize) -> usize {
        (place + 1) & self.mask
    }
}

/// For each word, in how many rows of each of three groups it occurs.
pub(super) struct WordTable {
    places: Places,
    words: Vec<Word>,
    pub(super) slots: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Word {
    /// 0 in a free slot.
    hash: u64,
    rows: [u32; 3],
    last: u32,
}

impl WordTable {
    /// A table with room for `words` words.
    pub(super) fn new(words: usize) -> WordTable {
        let places = Places::new(words);
        WordTable { words: vec![Word::default(); places.mask + 1], places, slots: Vec::with_capacity(words) }
    }

    /// Adds a word of a row. `groups` has a 1 for each group that the row belongs to.
    pub(super) fn add(&mut self, hash: u64, row: u32, groups: [u32; 3]) {
        let mut slot = self.places.of(hash);
        loop {
            let word = &mut self.words[slot];
            if word.hash == 0 {
                *word = Word { hash, rows: groups, last: row };
                break;
            }
            if word.hash == hash {
                if word.last != row {
                    word.last = row;
                    word.rows.iter_mut().zip(groups).for_each(|(rows, one)| *rows += one);
                }
                break;
            }
            slot = self.places.next(slot);
        }
        self.slots.push(slot as u32);
    }

    pub(super) fn counts(&self, slot: u32) -> [u32; 3] {
        self.words[slot as usize].rows
    }
}

/// For each n-gram, the first and the last row in which it occurs.
pub(super) struct NgramTable {
    places: Places,
    ngrams: Vec<Ngram>,
    pub(super) slots: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Ngram {
    /// 0 in a free slot.
    hash: u64,
    first: u32,
    last: u32,
}

impl NgramTable {
    /// A table with room for `ngrams` n-grams.
    pub(super) fn new(ngrams: usize) -> NgramTable {
        let places = Places::new(ngrams);
        NgramTable { ngrams: vec![Ngram::default(); places.mask + 1], places, slots: Vec::with_capacity(ngrams) }
    }

    pub(super) fn add(&mut self, hash: u64, row: u32) {
        let hash = hash.max(1);
        let mut slot = self.places.of(hash);
        loop {
            let ngram = &mut self.ngrams[slot];
            if ngram.hash == 0 {
                *ngram = Ngram { hash, first: row, last: row };
                break;
            }
            if ngram.hash == hash {
                ngram.last = row;
                break;
            }
            slot = self.places.next(slot);
        }
        self.slots.push(slot as u32);
    }

    /// The first and the last row of the n-gram in a slot.
    pub(super) fn rows(&self, slot: u32) -> (u32, u32) {
        let ngram = self.ngrams[slot as usize];
        (ngram.first, ngram.last)
    }
}

/// Counts equal texts.
pub(super) struct CountTable<'t> {
    places: Places,
    texts: Vec<Text<'t>>,
}

#[derive(Clone, Copy, Default)]
struct Text<'t> {
    hash: u64,
    text: &'t str,
    /// 0 in a free slot.
    count: u32,
}

impl<'t> CountTable<'t> {
    /// For each text, how many are equal to it.
    pub(super) fn counts(texts: impl ExactSizeIterator<Item = &'t str>) -> Vec<f32> {
        let places = Places::new(texts.len());
        let mut table = CountTable { texts: vec![Text::default(); places.mask + 1], places };
        let slots: Vec<u32> = texts.map(|text| table.add(text)).collect();
        slots.iter().map(|&slot| table.texts[slot as usize].count as f32).collect()
    }

    fn add(&mut self, text: &'t str) -> u32 {
        let hash = hash_bytes(text.as_bytes(), self.places.multiplier);
        let mut slot = self.places.of(hash);
        loop {
            let seen = &mut self.texts[slot];
            if seen.count == 0 {
                *seen = Text { hash, text, count: 0 };
            }
            if seen.hash == hash && seen.text == text {
                seen.count += 1;
                return slot as u32;
            }
            slot = self.places.next(slot);
        }
    }
}

/// A hash of bytes, eight at a time.
fn hash_bytes(bytes: &[u8], seed: u64) -> u64 {
    let mix = |hash: u64, bytes: [u8; 8]| {
        let product = u128::from(hash ^ u64::from_le_bytes(bytes)) * u128::from(0x9e37_79b9_7f4a_7c15_u64);
        product as u64 ^ (product >> 64) as u64
    };
    let seed = seed ^ bytes.len() as u64;
    if let Some(last) = bytes.last_chunk::<8>() {
        // The last eight bytes may have been seen in part.
        return mix(bytes.as_chunks::<8>().0.iter().fold(seed, |hash, chunk| mix(hash, *chunk)), *last);
    }
    let mut short = [0; 8];
    short.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
    mix(seed, short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_counted_together() {
        let texts = ["a", "the same words", "b", "the same words", "", "a", "the same word", "the same words"];
        assert_eq!(CountTable::counts(texts.into_iter()), [2.0, 3.0, 1.0, 3.0, 1.0, 2.0, 1.0, 3.0]);
        assert!(CountTable::counts([].into_iter()).is_empty());
    }

    #[test]
    fn a_word_counts_once_a_row() {
        let mut table = WordTable::new(5);
        for (hash, row, groups) in
            [(7, 0, [1, 1, 0]), (7, 0, [1, 1, 0]), (9, 0, [1, 1, 0]), (7, 2, [1, 0, 0]), (9, 2, [1, 0, 0])]
        {
            table.add(hash, row, groups);
        }
        assert_eq!(table.slots.iter().map(|&slot| table.counts(slot)).collect::<Vec<_>>(), [[2, 1, 0]; 5]);
    }

    #[test]
    fn an_ngram_knows_its_first_and_last_row() {
        let mut table = NgramTable::new(3);
        [(5, 1), (8, 2), (5, 4)].into_iter().for_each(|(hash, row)| table.add(hash, row));
        assert_eq!(table.slots.iter().map(|&slot| table.rows(slot)).collect::<Vec<_>>(), [(1, 4), (2, 2), (1, 4)]);
    }
}
