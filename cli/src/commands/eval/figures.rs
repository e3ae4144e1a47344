//! Averages what came of the documents: over all of them, over groups, and against the baseline.
//! It words nothing.
//! Between the measuring and the two forms of the report.

use bodytext_eval::{Difference, Harm, Kept, Measures, Score};

use super::gold::Gold;
use super::measure::{Evaluation, Outcome};

/// The figures of an input, or of a group of its documents.
pub(super) struct Figures {
    pub(super) before: Measures,
    pub(super) after: Measures,
    /// With the lines that the gold has, and no others.
    pub(super) possible: Measures,
}

/// How an input fares with the rules of the flags against the baseline's.
pub(super) struct Comparison {
    pub(super) baseline: Measures,
    pub(super) word_f1: Difference,
    pub(super) shingle_f1: Difference,
}

/// What cleaning takes from the gold itself.
pub(super) struct GoldBack {
    /// One for each document of the gold, `None` where it has no words.
    pub(super) kept: Vec<Option<Kept>>,
    pub(super) baseline: Option<Vec<Option<Kept>>>,
}

impl Figures {
    /// The figures of all documents.
    pub(super) fn all(evaluation: &Evaluation) -> Figures {
        Figures::of(evaluation.outcomes.iter())
    }

    /// The figures of each group, by its name.
    pub(super) fn groups<'a>(evaluation: &'a Evaluation, gold: &'a Gold) -> impl Iterator<Item = (&'a str, Figures)> {
        let of = |members: &'a Vec<usize>| Figures::of(members.iter().map(|&member| &evaluation.outcomes[member]));
        gold.groups.iter().map(move |(name, members)| (name.as_str(), of(members)))
    }

    fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome> + Clone) -> Figures {
        Figures {
            before: Measures::of(outcomes.clone().map(|outcome| &outcome.before)),
            after: Measures::of(outcomes.clone().map(|outcome| &outcome.after)),
            possible: Measures::of(outcomes.map(|outcome| &outcome.possible)),
        }
    }
}

impl Comparison {
    /// Compares, where there is a baseline.
    pub(super) fn of(evaluation: &Evaluation, gold: &Gold) -> Option<Comparison> {
        let to: Vec<Score> = evaluation.outcomes.iter().map(|outcome| outcome.after).collect();
        let from: Vec<Score> = evaluation.outcomes.iter().map(|outcome| outcome.baseline).collect::<Option<_>>()?;
        Some(Comparison {
            baseline: Measures::of(&from),
            word_f1: Difference::of(&from, &to, &gold.units, |measures| measures.word.f1),
            shingle_f1: Difference::of(&from, &to, &gold.units, |measures| measures.shingle.f1),
        })
    }
}

impl GoldBack {
    /// The harm to all bodies.
    pub(super) fn harm(&self) -> Harm {
        Harm::of(self.kept.iter().flatten())
    }

    /// The harm that the baseline does.
    pub(super) fn of_baseline(&self) -> Option<Harm> {
        self.baseline.as_ref().map(|kept| Harm::of(kept.iter().flatten()))
    }

    /// The harm to each group, by its name.
    pub(super) fn groups<'a>(&'a self, gold: &'a Gold) -> impl Iterator<Item = (&'a str, Harm)> {
        let of = |members: &[usize]| Harm::of(members.iter().filter_map(|&member| self.kept[member].as_ref()));
        gold.groups.iter().map(move |(name, members)| (name.as_str(), of(members)))
    }
}
