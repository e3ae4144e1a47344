//! Measures how near cleaned texts come to the article bodies that people marked as right, the gold.
//! It reads no files and cleans nothing: texts in, numbers out. What a document loses and what is left in it are told
//! apart as recall and precision.
//! It stands above the line, beside [`cleaner`](crate::cleaner), and uses no stage of it.
//!
//! | number | what it is | where it comes from |
//! |---|---|---|
//! | word P, R, F1 | shared words, as a bag, lower-cased; averaged over the documents | the usual measure of body extraction (CleanEval and after) |
//! | shingle P, R, F1 | shared runs of [`SHINGLE`] words; P and R averaged, F1 taken of the two averages | the measure of the public article-extraction benchmark |
//! | exact | share of documents whose words are those of the gold, in order | what a reader would call right |
//! | harm | what cleaning takes from the gold bodies themselves | texts that are clean already must come back whole |
//!
//! Words are runs of letters, numerals and `_`, as `\w+` finds them in Python: see [`words`].
//!
//! ```
//! use bodytext::score::{Measures, Score};
//!
//! let gold = "The port was shut on Monday.";
//! let scores = [Score::of("Share this: The port was shut on Monday.", gold), Score::of(gold, gold)];
//! let measures = Measures::of(&scores);
//! assert_eq!((measures.documents, measures.exact), (2, 0.5));
//! assert_eq!(measures.word.recall, 1.0);
//! assert_eq!(measures.word.precision, (6.0 / 8.0 + 1.0) / 2.0);
//! ```

mod align;
mod compare;
mod words;

use std::collections::HashMap;
use std::hash::Hash;

pub use align::gold_lines;
pub use compare::{Difference, RESAMPLES};
pub use words::words;

/// Words in a shingle. Four is what the public article-extraction benchmark uses; a run of four words hardly ever
/// occurs in two places of a page by chance.
pub const SHINGLE: usize = 4;

/// Precision, recall and the F1 of the two.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Prf {
    /// The share of what is there that is right: 1 where no boilerplate is left.
    pub precision: f64,
    /// The share of what is right that is there: 1 where nothing of the body is lost.
    pub recall: f64,
    /// The harmonic mean of the two, or, averaged over documents, the mean of theirs. [`Measures`] says which.
    pub f1: f64,
}

impl Prf {
    const ALL: Prf = Prf { precision: 1.0, recall: 1.0, f1: 1.0 };

    fn new(precision: f64, recall: f64) -> Prf {
        let sum = precision + recall;
        Prf { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

/// How near one text comes to its gold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Of words. Two texts without words agree in everything; where only one has words, all is 0.
    pub word: Prf,
    /// The precision of shingles; `None` where the text has no words, and then it is in no average.
    pub shingle_precision: Option<f64>,
    /// The recall of shingles; `None` where the gold has no words, and then it is in no average.
    pub shingle_recall: Option<f64>,
    /// Whether the words are those of the gold, in order and case.
    pub exact: bool,
}

impl Score {
    /// Scores a text against its gold.
    pub fn of(text: &str, gold: &str) -> Score {
        let (own, wanted) = (words(text), words(gold));
        let (own_shingles, wanted_shingles) = (count(shingles(&own)), count(shingles(&wanted)));
        let hits = shared(&own_shingles, &wanted_shingles) as f64;
        let share = |of: &HashMap<_, usize>| (!of.is_empty()).then(|| hits / of.values().sum::<usize>() as f64);
        Score {
            word: word_prf(text, gold),
            shingle_precision: share(&own_shingles),
            shingle_recall: share(&wanted_shingles),
            exact: own == wanted,
        }
    }

    /// The F1 of this document's own shingles, to rank documents by: 1 where neither text has words, 0 where one has.
    /// The F1 of [`Measures`] is not its average.
    pub fn shingle_f1(&self) -> f64 {
        match (self.shingle_precision, self.shingle_recall) {
            (None, None) => 1.0,
            (precision, recall) => Prf::new(precision.unwrap_or_default(), recall.unwrap_or_default()).f1,
        }
    }
}

/// The measures of many documents.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measures {
    /// Documents scored.
    pub documents: usize,
    /// Of words: each number the mean of the documents' own.
    pub word: Prf,
    /// Of shingles: precision the mean over the documents with a text, recall over those with gold, F1 of the two.
    pub shingle: Prf,
    /// The share of documents whose words are exactly those of the gold.
    pub exact: f64,
}

impl Measures {
    /// Averages scores in the order they come in. Sums of fractions depend on their order in the last digit, so score in
    /// parallel as you like, but gather the scores in the order of the documents. All is 0 where there are none.
    pub fn of<'a>(scores: impl IntoIterator<Item = &'a Score>) -> Measures {
        let (mut documents, mut exact) = (0_usize, 0_usize);
        let mut word = Prf::default();
        let (mut precision, mut recall) = (Mean::default(), Mean::default());
        for score in scores {
            documents += 1;
            exact += usize::from(score.exact);
            word.precision += score.word.precision;
            word.recall += score.word.recall;
            word.f1 += score.word.f1;
            precision.add(score.shingle_precision);
            recall.add(score.shingle_recall);
        }
        let n = documents.max(1) as f64;
        Measures {
            documents,
            word: Prf { precision: word.precision / n, recall: word.recall / n, f1: word.f1 / n },
            shingle: Prf::new(precision.get(), recall.get()),
            exact: exact as f64 / n,
        }
    }
}

/// What cleaning does to one gold body, which is clean already.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kept {
    /// The share of its words that is still there.
    pub recall: f64,
    /// Whether nothing but whitespace is left.
    pub emptied: bool,
}

impl Kept {
    /// Compares a gold body with what cleaning made of it; `None` where it has no words to lose.
    pub fn of(cleaned: &str, gold: &str) -> Option<Kept> {
        let recall = word_prf(cleaned, gold).recall;
        (!words(gold).is_empty()).then(|| Kept { recall, emptied: cleaned.trim().is_empty() })
    }
}

/// The harm that cleaning does to gold bodies.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Harm {
    /// Bodies with words.
    pub documents: usize,
    /// The share of their words that is kept, averaged over the documents; 1 less this is lost.
    pub recall: f64,
    /// Documents of which nothing is left.
    pub emptied: usize,
}

impl Harm {
    /// Averages, in the order they come in.
    pub fn of<'a>(bodies: impl IntoIterator<Item = &'a Kept>) -> Harm {
        let (mut recall, mut emptied) = (Mean::default(), 0);
        for body in bodies {
            recall.add(Some(body.recall));
            emptied += usize::from(body.emptied);
        }
        Harm { documents: recall.count, recall: recall.get(), emptied }
    }
}

#[derive(Default)]
struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, value: Option<f64>) {
        self.sum += value.unwrap_or_default();
        self.count += usize::from(value.is_some());
    }

    fn get(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }
}

fn word_prf(text: &str, gold: &str) -> Prf {
    // The whole text is lower-cased before it is taken apart: a sigma at a word's end, and a dotted capital I, which
    // becomes a letter and a mark, need their neighbours.
    let (text, gold) = (text.to_lowercase(), gold.to_lowercase());
    let (own, wanted) = (words(&text), words(&gold));
    if own.is_empty() || wanted.is_empty() {
        return if own.len() == wanted.len() { Prf::ALL } else { Prf::default() };
    }
    let hits = shared(&count(own.iter()), &count(wanted.iter())) as f64;
    Prf::new(hits / own.len() as f64, hits / wanted.len() as f64)
}

/// The shingles of a text. One with fewer words than a shingle has is a single short shingle, one without words none.
fn shingles<T>(words: &[T]) -> impl Iterator<Item = &[T]> {
    words.windows(SHINGLE.min(words.len()).max(1))
}

fn count<K: Eq + Hash>(keys: impl Iterator<Item = K>) -> HashMap<K, usize> {
    let mut counts = HashMap::new();
    keys.for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

fn shared<K: Eq + Hash>(a: &HashMap<K, usize>, b: &HashMap<K, usize>) -> usize {
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    few.iter().map(|(key, n)| many.get(key).map_or(0, |m| *n.min(m))).sum()
}

#[cfg(test)]
mod tests;
