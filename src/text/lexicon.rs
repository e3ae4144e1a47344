//! A set of words, by their hashes.

use bodytext_pattern::tokens::Token;
use hashbrown::HashSet;

/// A set of words.
#[derive(Debug, Clone)]
pub(crate) struct Lexicon {
    hashes: HashSet<u64>,
    /// A bit for the top bits of each hash: most words are not in the set, and one look here says so.
    filter: Box<[u64; 1024]>,
}

impl Default for Lexicon {
    fn default() -> Lexicon {
        Lexicon { hashes: HashSet::new(), filter: Box::new([0; 1024]) }
    }
}

/// The bit of a word in the filter, which has 2^16 bits.
#[inline(always)]
fn filter_bit(hash: u64) -> (usize, u64) {
    ((hash >> 54) as usize, 1 << (hash >> 48 & 63))
}

impl FromIterator<u64> for Lexicon {
    fn from_iter<I: IntoIterator<Item = u64>>(hashes: I) -> Lexicon {
        let mut lexicon = Lexicon { hashes: hashes.into_iter().collect(), ..Lexicon::default() };
        for &hash in &lexicon.hashes {
            let (at, bit) = filter_bit(hash);
            lexicon.filter[at] |= bit;
        }
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
        let (at, bit) = filter_bit(hash);
        self.filter[at] & bit != 0 && self.contains_surely(hash)
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
