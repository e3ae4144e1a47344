//! Finds the lines of a text that are in its gold: the labels for training, and the oracle of `eval`. Lines are
//! compared by their words: case counts, punctuation does not.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::score::SHINGLE;
use super::words::words;

/// Whether each line belongs to the gold. Keeping exactly the lines that do comes near the highest shingle F1 that any
/// choice of lines can reach.
///
/// - A line of [`SHINGLE`] words or more is gold when at least half of its shingles occur in the gold.
/// - A shorter line is gold when its words follow each other somewhere in the gold.
/// - Each place of the gold is used once, longest lines first: a teaser that repeats the first sentence of the article
///   finds nothing left, and a menu's "Sport" does not match the word in a paragraph that is itself on the page.
/// - A line without words is never gold; for the measures it makes no difference.
///
/// The line breaks of the gold need not be those of the text: paragraphs may be split over many lines or joined into one.
///
/// ```
/// let page = ["News", "The port was shut on Monday.", "More", "Nobody was hurt.", "Read also: The port was shut"];
/// let labels = bodytext_eval::gold_lines(&page, "The port was shut on Monday. Nobody was hurt.");
/// assert_eq!(labels, [false, true, false, true, false]);
/// ```
pub fn gold_lines(lines: &[&str], gold: &str) -> Vec<bool> {
    let line_words: Vec<Vec<&str>> = lines.iter().map(|line| words(line)).collect();
    let gold_words = words(gold);
    let mut gold = GoldIndex::new(&gold_words);
    let mut labels = vec![false; lines.len()];
    let mut order: Vec<usize> = (0..lines.len()).filter(|&i| !line_words[i].is_empty()).collect();
    order.sort_by_key(|&i| Reverse(line_words[i].len()));
    for i in order {
        labels[i] = gold.take(&line_words[i]);
    }
    labels
}

/// The words of a gold text, and which of them are already matched by lines.
struct GoldIndex<'g> {
    words: &'g [&'g str],
    /// The start positions of each shingle and, for short lines, of each word, in order.
    starts: HashMap<&'g [&'g str], Vec<usize>>,
    /// Whether the shingle that begins at each word is already matched.
    taken: Vec<bool>,
    covered: Vec<bool>,
}

impl<'g> GoldIndex<'g> {
    fn new(words: &'g [&'g str]) -> GoldIndex<'g> {
        let mut starts: HashMap<_, Vec<usize>> = HashMap::new();
        for at in 0..words.len() {
            starts.entry(&words[at..=at]).or_default().push(at);
            if let Some(shingle) = words.get(at..at + SHINGLE) {
                starts.entry(shingle).or_default().push(at);
            }
        }
        GoldIndex { words, starts, taken: vec![false; words.len()], covered: vec![false; words.len()] }
    }

    /// Whether a line with these words is gold; if so, marks its words as matched.
    fn take(&mut self, line: &[&str]) -> bool {
        if line.len() < SHINGLE { self.take_sequence(line) } else { self.take_shingles(line) }
    }

    /// The words of a short line must follow each other, none of them matched before.
    fn take_sequence(&mut self, line: &[&str]) -> bool {
        let found = self.starts(&line[..1]).iter().copied().find(|&start| {
            let end = start + line.len();
            self.words.get(start..end) == Some(line) && !self.covered[start..end].contains(&true)
        });
        if let Some(start) = found {
            self.covered[start..start + line.len()].fill(true);
        }
        found.is_some()
    }

    /// At least half of the shingles of the line must be found, each at an unmatched position.
    fn take_shingles(&mut self, line: &[&str]) -> bool {
        let mut found: Vec<usize> = Vec::new();
        for shingle in line.windows(SHINGLE) {
            if let Some(at) = self.unused(shingle, found.last().map(|last| last + 1)) {
                self.taken[at] = true;
                found.push(at);
            }
        }
        let is_gold = found.len() * 2 >= line.len() + 1 - SHINGLE;
        for at in found {
            self.taken[at] = is_gold;
            if is_gold {
                self.covered[at..at + SHINGLE].fill(true);
            }
        }
        is_gold
    }

    /// An unmatched position of this shingle: `next` if possible, so that a line matches a run of the gold, else the
    /// first one.
    fn unused(&self, shingle: &[&str], next: Option<usize>) -> Option<usize> {
        let starts = self.starts(shingle);
        next.filter(|next| starts.binary_search(next).is_ok() && !self.taken[*next])
            .or_else(|| starts.iter().copied().find(|&at| !self.taken[at]))
    }

    /// The positions in the gold at which these words begin, in order.
    fn starts<'s>(&'s self, words: &[&'s str]) -> &'s [usize] {
        self.starts.get(words).map(Vec::as_slice).unwrap_or_default()
    }
}
