//! Hash tables of the words, n-grams and texts of a page: open addressing, one look-up for each.
//!
//! Each table remembers the numbers of all that is added, in order, so that a second pass reads what is known of it without
//! another look-up.

use std::hash::{BuildHasher, RandomState};

use crate::text::tokens::mix;

/// Different keys, numbered from 0 by first occurrence, and what is known of each.
struct Table<T> {
    /// Odd and random, so that nobody can write a text whose words all get the same slot.
    multiplier: u64,
    shift: u32,
    /// The number of the key in each slot and one more; 0 in a free slot.
    slots: Vec<u32>,
    entries: Vec<(u64, T)>,
}

impl<T> Table<T> {
    /// Room for so many keys: at least a third of the slots stay free.
    fn new(keys: usize) -> Table<T> {
        let slots = (keys + keys / 2 + 1).next_power_of_two().max(16);
        Table {
            multiplier: RandomState::new().hash_one(0) | 1,
            shift: 64 - slots.ilog2(),
            slots: vec![0; slots],
            entries: Vec::with_capacity(keys),
        }
    }

    /// Adds a key. If it is new, `known` is known of it, else `again` is called with what is. Of equal keys only those
    /// are the same for which `is_same`. Returns the number of the key.
    #[inline(always)]
    fn add(&mut self, key: u64, known: T, is_same: impl Fn(&T) -> bool, again: impl FnOnce(&mut T)) -> u32 {
        let last = self.slots.len() - 1;
        let mut slot = (key.wrapping_mul(self.multiplier) >> self.shift) as usize & last;
        loop {
            let number = self.slots[slot];
            if number == 0 {
                self.entries.push((key, known));
                self.slots[slot] = self.entries.len() as u32;
                return self.entries.len() as u32 - 1;
            }
            let (there, known) = &mut self.entries[number as usize - 1];
            if *there == key && is_same(known) {
                again(known);
                return number - 1;
            }
            slot = (slot + 1) & last;
        }
    }

    #[inline(always)]
    fn known(&self, number: u32) -> &T {
        &self.entries[number as usize].1
    }
}

/// For each word, in how many rows of each of three groups it occurs.
pub(super) struct WordTable {
    /// The number of rows for each group, and the last row.
    words: Table<[u32; 4]>,
    /// The numbers of all words that were added.
    pub(super) added: Vec<u32>,
}

impl WordTable {
    /// A table with room for so many words.
    pub(super) fn new(words: usize) -> WordTable {
        WordTable { words: Table::new(words), added: Vec::with_capacity(words) }
    }

    /// Adds a word of a row. `groups` has a 1 for each group that the row belongs to.
    #[inline(always)]
    pub(super) fn add(&mut self, hash: u64, row: u32, groups: [u32; 3]) {
        let [a, b, c] = groups;
        let again = |rows: &mut [u32; 4]| {
            if rows[3] != row {
                *rows = [rows[0] + a, rows[1] + b, rows[2] + c, row];
            }
        };
        self.added.push(self.words.add(hash, [a, b, c, row], |_| true, again));
    }

    #[inline(always)]
    pub(super) fn rows(&self, word: u32) -> [u32; 3] {
        let [a, b, c, _] = *self.words.known(word);
        [a, b, c]
    }
}

/// For each n-gram, the first and the last row in which it occurs.
pub(super) struct NgramTable {
    ngrams: Table<[u32; 2]>,
    /// The numbers of all n-grams that were added.
    pub(super) added: Vec<u32>,
}

impl NgramTable {
    /// A table with room for so many n-grams.
    pub(super) fn new(ngrams: usize) -> NgramTable {
        NgramTable { ngrams: Table::new(ngrams), added: Vec::with_capacity(ngrams) }
    }

    /// Adds an n-gram of a row.
    #[inline(always)]
    pub(super) fn add(&mut self, hash: u64, row: u32) {
        self.added.push(self.ngrams.add(hash, [row, row], |_| true, |rows| rows[1] = row));
    }

    /// The first and the last row of an n-gram.
    #[inline(always)]
    pub(super) fn rows(&self, ngram: u32) -> [u32; 2] {
        *self.ngrams.known(ngram)
    }
}

/// For each text, how many are equal to it.
pub(super) fn counts(texts: &[&str]) -> Vec<f32> {
    // Of each different text an example and how many there are.
    let mut different: Table<(&str, u32)> = Table::new(texts.len());
    let numbers: Vec<u32> = texts
        .iter()
        .map(|&text| {
            let hash = hash_bytes(text.as_bytes(), different.multiplier);
            different.add(hash, (text, 1), |(example, _)| *example == text, |(_, count)| *count += 1)
        })
        .collect();
    numbers.iter().map(|&number| different.known(number).1 as f32).collect()
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
