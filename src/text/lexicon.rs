//! A set of words, by their hashes.

use bodytext_pattern::tokens::Token;
use hashbrown::HashSet;

/// A set of words.
#[derive(Debug, Clone)]
pub(crate) struct Lexicon {
    hashes: HashSet<u64>,
    filter: Box<WordFilter<1024>>,
}

/// A bit for the top bits of the hash of each word of some: most words are none of these, and one look here says so.
#[derive(Debug, Clone)]
pub(crate) struct WordFilter<const NUMBERS: usize>([u64; NUMBERS]);

impl<const NUMBERS: usize> WordFilter<NUMBERS> {
    /// The filter of no words.
    pub(crate) const EMPTY: WordFilter<NUMBERS> = WordFilter([0; NUMBERS]);

    #[inline(always)]
    fn bit(hash: u64) -> (usize, u64) {
        let top = hash >> (u64::BITS - 6 - NUMBERS.ilog2());
        ((top >> 6) as usize, 1 << (top & 63))
    }

    /// Adds a word.
    #[inline(always)]
    pub(crate) fn add(&mut self, hash: u64) {
        let (at, bit) = WordFilter::<NUMBERS>::bit(hash);
        self.0[at] |= bit;
    }

    /// Whether a word may be one of these.
    #[inline(always)]
    pub(crate) fn may_have(&self, hash: u64) -> bool {
        let (at, bit) = WordFilter::<NUMBERS>::bit(hash);
        self.0[at] & bit != 0
    }
}

impl Default for Lexicon {
    fn default() -> Lexicon {
        Lexicon { hashes: HashSet::new(), filter: Box::new(WordFilter::EMPTY) }
    }
}

impl FromIterator<u64> for Lexicon {
    fn from_iter<I: IntoIterator<Item = u64>>(hashes: I) -> Lexicon {
        let mut lexicon = Lexicon { hashes: hashes.into_iter().collect(), ..Lexicon::default() };
        lexicon.hashes.iter().for_each(|&hash| lexicon.filter.add(hash));
        lexicon
    }
}

impl Lexicon {
    /// How many of these words are in the set.
    pub(crate) fn count(&self, words: &[Token]) -> usize {
        words.iter().filter(|word| self.contains(word.hash)).count()
    }

    #[inline(always)]
    pub(crate) fn contains(&self, hash: u64) -> bool {
        self.filter.may_have(hash) && self.contains_surely(hash)
    }

    /// Not inlined, as few words come so far.
    #[inline(never)]
    fn contains_surely(&self, hash: u64) -> bool {
        self.hashes.contains(&hash)
    }

    /// The hashes of all words.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &u64> {
        self.hashes.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bodytext_pattern::tokens::tokens;

    #[test]
    fn a_lexicon_knows_its_words() {
        let lexicon: Lexicon = tokens("share story").iter().map(|token| token.hash).collect();
        assert_eq!(lexicon.count(&tokens("Share this story, share it")), 3);
        assert_eq!(Lexicon::default().count(&tokens("share")), 0);
    }
}
