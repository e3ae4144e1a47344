//! Hash tables of the words, n-grams and texts of a page: open addressing, one look-up for each.
//!
//! Each table remembers the numbers of all that is added, in order, so that a second pass reads what is known of it without
//! another look-up.

use std::hash::{BuildHasher, RandomState};

use crate::text::tokens::mix;

/// Different keys, numbered from 0 by first occurrence.
struct Keys {
    /// Odd and random, so that nobody can write a text whose words all get the same slot.
    multiplier: u64,
    shift: u32,
    /// The number of the key in each slot and one more; 0 in a free slot.
    slots: Vec<u32>,
    keys: Vec<u64>,
}

impl Keys {
    /// Room for so many keys: at least a third of the slots stay free.
    fn new(keys: usize) -> Keys {
        let slots = (keys + keys / 2 + 1).next_power_of_two().max(16);
        Keys {
            multiplier: RandomState::new().hash_one(0) | 1,
            shift: 64 - slots.ilog2(),
            slots: vec![0; slots],
            keys: Vec::with_capacity(keys),
        }
    }

    /// The number of a key, and whether it is new. Of equal keys only those are the same for which `is_same`.
    #[inline(always)]
    fn number(&mut self, key: u64, is_same: impl Fn(usize) -> bool) -> (usize, bool) {
        let last = self.slots.len() - 1;
        let mut slot = (key.wrapping_mul(self.multiplier) >> self.shift) as usize & last;
        loop {
            let number = self.slots[slot] as usize;
            if number == 0 {
                self.keys.push(key);
                self.slots[slot] = self.keys.len() as u32;
                return (self.keys.len() - 1, true);
            }
            if self.keys[number - 1] == key && is_same(number - 1) {
                return (number - 1, false);
            }
            slot = (slot + 1) & last;
        }
    }
}

/// For each word, in how many rows of each of three groups it occurs.
pub(super) struct WordTable {
    words: Keys,
    /// The number of rows for each group, and the last row.
    rows: Vec<[u32; 4]>,
    /// The numbers of all words that were added.
    pub(super) added: Vec<u32>,
}

impl WordTable {
    /// A table with room for so many words.
    pub(super) fn new(words: usize) -> WordTable {
        WordTable { words: Keys::new(words), rows: Vec::with_capacity(words), added: Vec::with_capacity(words) }
    }

    /// Adds a word of a row. `groups` has a 1 for each group that the row belongs to.
    #[inline(always)]
    pub(super) fn add(&mut self, hash: u64, row: u32, groups: [u32; 3]) {
        let [a, b, c] = groups;
        let (word, is_new) = self.words.number(hash, |_| true);
        if is_new {
            self.rows.push([a, b, c, row]);
        } else {
            let rows = &mut self.rows[word];
            if rows[3] != row {
                *rows = [rows[0] + a, rows[1] + b, rows[2] + c, row];
            }
        }
        self.added.push(word as u32);
    }

    #[inline(always)]
    pub(super) fn rows(&self, word: u32) -> [u32; 3] {
        let [a, b, c, _] = self.rows[word as usize];
        [a, b, c]
    }
}

/// For each n-gram, the first and the last row in which it occurs.
pub(super) struct NgramTable {
    ngrams: Keys,
    rows: Vec<[u32; 2]>,
    /// The numbers of all n-grams that were added.
    pub(super) added: Vec<u32>,
}

impl NgramTable {
    /// A table with room for so many n-grams.
    pub(super) fn new(ngrams: usize) -> NgramTable {
        NgramTable { ngrams: Keys::new(ngrams), rows: Vec::with_capacity(ngrams), added: Vec::with_capacity(ngrams) }
    }

    #[inline(always)]
    pub(super) fn add(&mut self, hash: u64, row: u32) {
        let (ngram, is_new) = self.ngrams.number(hash, |_| true);
        match is_new {
            true => self.rows.push([row, row]),
            false => self.rows[ngram][1] = row,
        }
        self.added.push(ngram as u32);
    }

    /// The first and the last row of an n-gram.
    #[inline(always)]
    pub(super) fn rows(&self, ngram: u32) -> [u32; 2] {
        self.rows[ngram as usize]
    }
}

/// For each text, how many are equal to it.
pub(super) fn counts(texts: &[&str]) -> Vec<f32> {
    let mut keys = Keys::new(texts.len());
    // Of each different text an example and how many there are.
    let mut different: Vec<(&str, u32)> = Vec::with_capacity(texts.len());
    let mut numbers = Vec::with_capacity(texts.len());
    for &text in texts {
        let hash = hash_bytes(text.as_bytes(), keys.multiplier);
        let (number, is_new) = keys.number(hash, |number| different[number].0 == text);
        match is_new {
            true => different.push((text, 1)),
            false => different[number].1 += 1,
        }
        numbers.push(number);
    }
    numbers.iter().map(|&number| different[number].1 as f32).collect()
}

/// A hash of bytes, eight at a time.
#[inline(always)]
fn hash_bytes(bytes: &[u8], seed: u64) -> u64 {
    let mut hash = seed ^ bytes.len() as u64;
    let (eights, rest) = bytes.as_chunks::<8>();
    for eight in eights {
        hash = mix(hash, u64::from_le_bytes(*eight));
    }
    let rest = match (rest.len(), bytes.last_chunk()) {
        (0, _) => return hash,
        // Some of the last eight bytes again.
        (_, Some(last)) => u64::from_le_bytes(*last),
        _ => rest.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    };
    mix(hash, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_counted_together() {
        let texts = ["a", "the same words", "b", "the same words", "", "a", "the same word", "the same words"];
        assert_eq!(counts(&texts), [2.0, 3.0, 1.0, 3.0, 1.0, 2.0, 1.0, 3.0]);
        assert!(counts(&[]).is_empty());
    }

    #[test]
    fn a_word_counts_once_a_row() {
        let mut table = WordTable::new(5);
        for (hash, row, groups) in
            [(7, 0, [1, 1, 0]), (7, 0, [1, 1, 0]), (9, 0, [1, 1, 0]), (7, 2, [1, 0, 0]), (9, 2, [1, 0, 0])]
        {
            table.add(hash, row, groups);
        }
        assert_eq!(table.added.iter().map(|&number| table.rows(number)).collect::<Vec<_>>(), [[2, 1, 0]; 5]);
    }

    #[test]
    fn an_ngram_knows_its_first_and_last_row() {
        let mut table = NgramTable::new(3);
        [(5, 1), (8, 2), (5, 4)].into_iter().for_each(|(hash, row)| table.add(hash, row));
        assert_eq!(table.added.iter().map(|&number| table.rows(number)).collect::<Vec<_>>(), [[1, 4], [2, 2], [1, 4]]);
    }
}
