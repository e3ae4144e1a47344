//! Scores a text against its gold, and averages scores.

use std::collections::HashMap;
use std::hash::Hash;

use serde::Serialize;

use super::words::words;

/// Words in a shingle. The public article-extraction benchmark uses four; four words in a row hardly ever occur twice
/// on a page by chance.
pub const SHINGLE: usize = 4;

/// Precision, recall and the F1 of the two.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Prf {
    /// The share of the text that is in the gold: 1 if no boilerplate is left.
    pub precision: f64,
    /// The share of the gold that is in the text: 1 if nothing of the body is lost.
    pub recall: f64,
    /// The harmonic mean of the two or, over several documents, the mean of their F1; [`Measures`] says which.
    pub f1: f64,
}

impl Prf {
    const ALL: Prf = Prf { precision: 1.0, recall: 1.0, f1: 1.0 };

    fn new(precision: f64, recall: f64) -> Prf {
        let sum = precision + recall;
        Prf { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

/// The similarity of one text to its gold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Of words: all 1 if neither text has words, all 0 if only one has.
    pub word: Prf,
    /// The precision of shingles; `None` if the text has no words, which excludes it from the average.
    pub shingle_precision: Option<f64>,
    /// The recall of shingles; `None` if the gold has no words, which excludes it from the average.
    pub shingle_recall: Option<f64>,
    /// Whether the words are those of the gold, in order and case.
    pub exact: bool,
    /// Whether the text is nothing but whitespace.
    pub emptied: bool,
}

impl Score {
    /// Scores a text against its gold.
    pub fn of(text: &str, gold: &str) -> Score {
        let (found, wanted) = (words(text), words(gold));
        let (found_shingles, wanted_shingles) = (count(shingles(&found)), count(shingles(&wanted)));
        let hits = shared(&found_shingles, &wanted_shingles) as f64;
        Score {
            word: word_prf(text, gold),
            shingle_precision: share(hits, &found_shingles),
            shingle_recall: share(hits, &wanted_shingles),
            exact: found == wanted,
            emptied: text.trim().is_empty(),
        }
    }

    /// The F1 of this document's shingles, to rank documents by: 1 if neither text has words, 0 if only one has. The F1
    /// of [`Measures`] is not the average of these.
    pub fn shingle_f1(&self) -> f64 {
        match (self.shingle_precision, self.shingle_recall) {
            (None, None) => 1.0,
            (precision, recall) => Prf::new(precision.unwrap_or_default(), recall.unwrap_or_default()).f1,
        }
    }
}

/// The measures of many documents.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Measures {
    /// Documents scored.
    #[serde(skip)]
    pub documents: usize,
    /// Of words: each number is the mean over the documents.
    pub word: Prf,
    /// Of shingles: precision is the mean over documents with text, recall over documents with gold, F1 that of the two.
    pub shingle: Prf,
    /// The share of documents whose words are exactly those of the gold.
    pub exact: f64,
}

impl Measures {
    /// Averages scores in the order given; all is 0 if there are none. Floating-point sums depend on their order in the
    /// last digit: scores may be computed in parallel, but must be collected in the order of the documents.
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

/// What cleaning removes from texts that are already clean, scored against themselves.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct OverRemoval {
    /// Texts with words.
    pub documents: usize,
    /// The share of their words that is kept, averaged over the documents; the rest is lost.
    pub word_recall: f64,
    /// Documents of which nothing is left.
    pub emptied: usize,
}

impl OverRemoval {
    /// Averages in the order given.
    pub fn of<'a>(scores: impl IntoIterator<Item = &'a Score>) -> OverRemoval {
        let (mut recall, mut emptied) = (Mean::default(), 0);
        for score in scores.into_iter().filter(|score| score.shingle_recall.is_some()) {
            recall.add(Some(score.word.recall));
            emptied += usize::from(score.emptied);
        }
        OverRemoval { documents: recall.count, word_recall: recall.get(), emptied }
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
    // The whole text is lower-cased before it is split: a final sigma, and a dotted capital I, which becomes a letter
    // and a mark, need their neighbours.
    let (text, gold) = (text.to_lowercase(), gold.to_lowercase());
    let (found, wanted) = (words(&text), words(&gold));
    if found.is_empty() || wanted.is_empty() {
        return if found.len() == wanted.len() { Prf::ALL } else { Prf::default() };
    }
    let hits = shared(&count(found.iter()), &count(wanted.iter())) as f64;
    Prf::new(hits / found.len() as f64, hits / wanted.len() as f64)
}

/// The shingles of a text. A text shorter than a shingle is a single short one; one without words has none.
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

fn share<K>(hits: f64, counts: &HashMap<K, usize>) -> Option<f64> {
    (!counts.is_empty()).then(|| hits / counts.values().sum::<usize>() as f64)
}
