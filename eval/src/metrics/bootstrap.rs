//! Compares two ways of cleaning the same documents by a paired cluster bootstrap.

use serde::Serialize;

use super::score::{Measures, Score};
use crate::random::SplitMix;

/// The number of resampling rounds. With 1,000, the ends of a 95 % interval are the 25th values from either side, which
/// is enough for two digits of its width.
pub const RESAMPLES: usize = 1_000;
/// The seed, fixed so that the same scores always give the same interval; its value is arbitrary.
const SEED: u64 = 0x0b0d_7e07;
/// Values left out at either end of the interval: 2.5 %.
const TAIL: usize = RESAMPLES / 40;

/// The difference between two ways of cleaning in one number, such as the F1 of shingles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// The number of the first way.
    pub from: f64,
    /// The number of the second.
    pub to: f64,
    /// `to` minus `from`.
    pub difference: f64,
    /// The lower end of the 95 % interval of the difference. If the interval contains 0, the difference may be chance.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Difference {
    /// Compares the scores of the same documents in the same order by a paired bootstrap of [`RESAMPLES`] rounds,
    /// always the same ones. `clusters` gives each document's cluster as a number from 0. Whole clusters are resampled,
    /// since errors on pages of one site are correlated. If each document is its own cluster, documents are resampled.
    pub fn of(from: &[Score], to: &[Score], clusters: &[usize], number: impl Fn(&Measures) -> f64) -> Difference {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); clusters.iter().max().map_or(0, |max| max + 1)];
        for (document, &cluster) in clusters.iter().enumerate() {
            members[cluster].push(document);
        }
        members.retain(|documents| !documents.is_empty());
        let all: Vec<usize> = (0..members.len()).collect();
        let (from_all, to_all) = (number(&measures(from, &members, &all)), number(&measures(to, &members, &all)));
        let mut numbers = SplitMix(SEED);
        let mut differences: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let resampled: Vec<usize> = all.iter().map(|_| numbers.below(all.len())).collect();
                number(&measures(to, &members, &resampled)) - number(&measures(from, &members, &resampled))
            })
            .collect();
        differences.sort_by(f64::total_cmp);
        Difference {
            from: from_all,
            to: to_all,
            difference: to_all - from_all,
            low: differences[TAIL],
            high: differences[RESAMPLES - 1 - TAIL],
        }
    }
}

/// The measures over the documents of these clusters, one after the other.
fn measures(scores: &[Score], members: &[Vec<usize>], clusters: &[usize]) -> Measures {
    Measures::of(clusters.iter().flat_map(|&cluster| &members[cluster]).map(|&document| &scores[document]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(right: &[bool]) -> Vec<Score> {
        right.iter().map(|&right| Score::of(if right { "one two" } else { "" }, "one two")).collect()
    }

    fn f1(measures: &Measures) -> f64 {
        measures.word.f1
    }

    #[test]
    fn a_difference_in_every_document_is_certain() {
        let clusters: Vec<usize> = (0..10).collect();
        let found = Difference::of(&scores(&[false; 10]), &scores(&[true; 10]), &clusters, f1);
        assert_eq!((found.difference, found.low, found.high), (1.0, 1.0, 1.0));
    }

    #[test]
    fn a_difference_in_one_document_of_many_may_be_chance() {
        let clusters: Vec<usize> = (0..40).collect();
        let mut right = [true; 40];
        right[7] = false;
        let found = Difference::of(&scores(&right), &scores(&[true; 40]), &clusters, f1);
        assert!((found.difference - 0.025).abs() < 1e-9);
        // Resampling 40 of 40 leaves the one out in more than a third of the rounds; four times is rare.
        assert_eq!(found.low, 0.0);
        assert!((found.high - 0.075).abs() < 1e-9, "{found:?}");
        assert_eq!(found, Difference::of(&scores(&right), &scores(&[true; 40]), &clusters, f1));
    }

    #[test]
    fn clusters_are_resampled_whole() {
        // Two sites, one of them wrong: each round has both, or one of them twice.
        let found = Difference::of(&scores(&[true, true, false, false]), &scores(&[true; 4]), &[5, 5, 2, 2], f1);
        assert_eq!((found.difference, found.low, found.high), (0.5, 0.0, 1.0));
    }

    #[test]
    fn no_documents_have_no_difference() {
        let found = Difference::of(&[], &[], &[], f1);
        assert_eq!((found.low, found.high), (0.0, 0.0));
    }
}
