//! Finds the lines of a text that stand in its gold: the labels that tuning learns from and `eval` finds faults by.
//! It judges a line by its words alone; case counts, signs do not.
//! Beside the measures, which it approaches line by line.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{SHINGLE, words};

/// Whether each line belongs to the gold. Keeping the lines that do, and no others, comes near the highest shingle F1
/// that choosing lines can reach.
///
/// - A line of [`SHINGLE`] words or more is gold when at least half of its shingles occur in the gold.
/// - A shorter line is gold when its words follow each other somewhere in the gold.
/// - What one line has found is used up, longest lines first: a teaser that repeats the first sentence of the article
///   finds nothing left of it, and a menu's "Sport" does not live on the word in a paragraph that is there itself.
/// - A line without words is never gold; for the measures it makes no difference.
///
/// The lines need not be those of the gold: paragraphs may be broken over many lines or joined into one.
///
/// ```
/// let page = ["News", "The port was shut on Monday.", "More", "Nobody was hurt.", "Read also: The port was shut"];
/// let labels = bodytext::score::gold_lines(&page, "The port was shut on Monday. Nobody was hurt.");
/// assert_eq!(labels, [false, true, false, true, false]);
/// ```
pub fn gold_lines(lines: &[&str], gold: &str) -> Vec<bool> {
    let own: Vec<Vec<&str>> = lines.iter().map(|line| words(line)).collect();
    let wanted = words(gold);
    let mut gold = Gold::new(&wanted);
    let mut labels = vec![false; lines.len()];
    let mut order: Vec<usize> = (0..lines.len()).filter(|&i| !own[i].is_empty()).collect();
    order.sort_by_key(|&i| Reverse(own[i].len()));
    for i in order {
        labels[i] = gold.take(&own[i]);
    }
    labels
}

/// The words of a gold text, and which of them lines have used up.
struct Gold<'g> {
    words: &'g [&'g str],
    /// Where each shingle begins, and for short lines each word, in order.
    starts: HashMap<&'g [&'g str], Vec<usize>>,
    /// The shingles, by their beginning, that are used up.
    taken: Vec<bool>,
    /// The words that stand in one of those.
    covered: Vec<bool>,
}

impl<'g> Gold<'g> {
    fn new(words: &'g [&'g str]) -> Gold<'g> {
        let mut starts: HashMap<_, Vec<usize>> = HashMap::new();
        for at in 0..words.len() {
            starts.entry(&words[at..=at]).or_default().push(at);
            if let Some(shingle) = words.get(at..at + SHINGLE) {
                starts.entry(shingle).or_default().push(at);
            }
        }
        Gold { words, starts, taken: vec![false; words.len()], covered: vec![false; words.len()] }
    }

    /// Whether a line with these words is gold; uses up what it finds if it is.
    fn take(&mut self, line: &[&str]) -> bool {
        if line.len() < SHINGLE { self.take_sequence(line) } else { self.take_shingles(line) }
    }

    /// The few words of the line must follow each other, none of them used up.
    fn take_sequence(&mut self, line: &[&str]) -> bool {
        let free = |start: usize| {
            let end = start + line.len();
            self.words.get(start..end) == Some(line) && !self.covered[start..end].contains(&true)
        };
        let found = self.places(&line[..1]).iter().copied().find(|&start| free(start));
        if let Some(start) = found {
            self.covered[start..start + line.len()].fill(true);
        }
        found.is_some()
    }

    /// At least half of the shingles of the line must be found, each where it is not used up.
    fn take_shingles(&mut self, line: &[&str]) -> bool {
        let mut found: Vec<usize> = Vec::new();
        for shingle in line.windows(SHINGLE) {
            let places = self.places(shingle);
            let free = |at: &usize| !self.taken[*at];
            // The place after the last one, so that a line uses up the gold in a run; else the first.
            let next = found.last().map(|last| last + 1).filter(|next| places.binary_search(next).is_ok());
            let place = next.filter(free).or_else(|| places.iter().copied().find(free));
            if let Some(at) = place {
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

    /// Where these words begin in the gold, in order.
    fn places<'s>(&'s self, words: &[&'s str]) -> &'s [usize] {
        self.starts.get(words).map(Vec::as_slice).unwrap_or_default()
    }
}
