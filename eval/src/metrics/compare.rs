//! Compares two ways of cleaning the same documents: how far apart they are, and how sure that is.
//! It says nothing about single documents.
//! Above the measures.

use super::{Measures, Score};
use crate::random::SplitMix;

/// How often documents are drawn anew. With 1,000 the ends of a 95 % interval are the 25th values from either side, which
/// is enough for two digits of its width.
pub const RESAMPLES: usize = 1_000;
/// Where the drawing begins, so that the same scores always give the same interval. Any number would do.
const SEED: u64 = 0x0b0d_7e07;
/// Values left out at either end of the interval: 2.5 %.
const TAIL: usize = RESAMPLES / 40;

/// The difference between two ways of cleaning in one number, such as the F1 of shingles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The number of the first way.
    pub from: f64,
    /// The number of the second.
    pub to: f64,
    /// The ends of the 95 % interval of `to` less `from`: a difference whose interval holds 0 may be chance.
    pub interval: (f64, f64),
}

impl Difference {
    /// Compares the scores of the same documents in the same order by a paired bootstrap of [`RESAMPLES`] rounds, always
    /// the same ones. `units` names each document's unit by a number from 0: whole units are drawn, since pages of one
    /// site go right or wrong together. Where each document is a unit of its own, documents are drawn.
    pub fn of(from: &[Score], to: &[Score], units: &[usize], number: impl Fn(&Measures) -> f64) -> Difference {
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); units.iter().max().map_or(0, |max| max + 1)];
        for (document, &unit) in units.iter().enumerate() {
            members[unit].push(document);
        }
        members.retain(|documents| !documents.is_empty());
        let measure = |scores: &[Score], drawn: &[usize]| {
            number(&Measures::of(drawn.iter().flat_map(|&unit| &members[unit]).map(|&document| &scores[document])))
        };
        let all: Vec<usize> = (0..members.len()).collect();
        let (from_all, to_all) = (measure(from, &all), measure(to, &all));
        let mut numbers = SplitMix(SEED);
        let mut differences: Vec<f64> = (0..RESAMPLES)
            .map(|_| {
                let drawn: Vec<usize> = all.iter().map(|_| numbers.below(all.len())).collect();
                measure(to, &drawn) - measure(from, &drawn)
            })
            .collect();
        differences.sort_by(f64::total_cmp);
        Difference { from: from_all, to: to_all, interval: (differences[TAIL], differences[RESAMPLES - 1 - TAIL]) }
    }

    /// How much more the second way has than the first.
    pub fn difference(&self) -> f64 {
        self.to - self.from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scores of documents that are right or empty.
    fn scores(right: &[bool]) -> Vec<Score> {
        right.iter().map(|&right| Score::of(if right { "one two" } else { "" }, "one two")).collect()
    }

    fn f1(measures: &Measures) -> f64 {
        measures.word.f1
    }

    #[test]
    fn a_difference_in_every_document_is_sure() {
        let units: Vec<usize> = (0..10).collect();
        let found = Difference::of(&scores(&[false; 10]), &scores(&[true; 10]), &units, f1);
        assert_eq!((found.difference(), found.interval), (1.0, (1.0, 1.0)));
    }

    #[test]
    fn a_difference_in_one_document_of_many_may_be_chance() {
        let units: Vec<usize> = (0..40).collect();
        let mut right = [true; 40];
        right[7] = false;
        let found = Difference::of(&scores(&right), &scores(&[true; 40]), &units, f1);
        assert!((found.difference() - 0.025).abs() < 1e-9);
        // Drawing 40 of 40 leaves the one out in more than a third of the rounds; four times is rare.
        assert_eq!(found.interval.0, 0.0);
        assert!((found.interval.1 - 0.075).abs() < 1e-9, "{:?}", found.interval);
        assert_eq!(found, Difference::of(&scores(&right), &scores(&[true; 40]), &units, f1));
    }

    #[test]
    fn units_are_drawn_whole() {
        // Two sites, one of them wrong: each round has both, or one of them twice.
        let found = Difference::of(&scores(&[true, true, false, false]), &scores(&[true; 4]), &[5, 5, 2, 2], f1);
        assert_eq!((found.difference(), found.interval), (0.5, (0.0, 1.0)));
    }

    #[test]
    fn no_documents_have_no_difference() {
        assert_eq!(Difference::of(&[], &[], &[], f1).interval, (0.0, 0.0));
    }
}
