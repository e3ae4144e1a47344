//! Cleans the texts of an input and scores them against the gold, before and after; feeds the gold back for the harm.
//! It prints nothing and reads nothing. The result is the same for any number of threads.
//! Between the texts and the report of `eval`.

use std::borrow::Cow;
use std::collections::HashMap;

use bodytext::Reason;
use bodytext::{Cleaned, Cleaner};
use bodytext_eval::{Kept, Score, words};
use encoding_rs::Encoding;
use rayon::prelude::*;

use crate::exit_code::Stop;
use crate::guard::guarded;
use crate::interrupt;
use crate::progress::Progress;
use crate::tally::{Failure, reason_name};

use super::gold::Gold;
use super::removals::{Piece, Removals, pieces};
use super::texts::{Named, Text, Texts};

/// What all documents share.
pub(super) struct Job<'a> {
    pub(super) gold: &'a Gold,
    pub(super) cleaner: &'a Cleaner,
    /// The cleaner to compare with.
    pub(super) baseline: Option<&'a Cleaner>,
    /// The encoding the user named for texts.
    pub(super) encoding: Option<&'static Encoding>,
    pub(super) progress: &'a Progress,
}

/// What came of one document.
pub(super) struct Outcome {
    pub(super) before: Score,
    pub(super) after: Score,
    /// With the lines that the gold has, and no others.
    pub(super) possible: Score,
    pub(super) baseline: Option<Score>,
    removals: Removals,
}

/// What came of one input.
pub(super) struct Evaluation {
    pub(super) label: String,
    /// One for each document of the gold, in its order.
    pub(super) outcomes: Vec<Outcome>,
    pub(super) removals: Removals,
    /// Documents of the gold that the input lacks. They count as empty texts.
    pub(super) missing: usize,
    /// Texts of the input that the gold lacks. They are left out.
    pub(super) without_gold: usize,
    /// Ids of the input that stand more than once.
    pub(super) repeated: usize,
    pub(super) worst: Vec<Worst>,
    pub(super) failures: Vec<Failure>,
}

/// A document that lost much, and the lines that went wrong in it.
pub(super) struct Worst {
    pub(super) id: String,
    pub(super) after: f64,
    pub(super) possible: f64,
    pub(super) lines: Vec<Wrong>,
}

/// A line wrongly kept, or wrongly removed by the reasons named.
pub(super) struct Wrong {
    pub(super) line: usize,
    pub(super) removed: Option<(&'static str, Vec<String>)>,
    pub(super) text: String,
}

impl Job<'_> {
    /// Measures one input and finds its `worst` documents.
    pub(super) fn input(&self, label: String, texts: Texts, worst: usize) -> Result<Evaluation, Stop> {
        let found: HashMap<&str, &Text> = texts.named.iter().map(|named| (&*named.id, &named.text)).collect();
        let pairs: Vec<(&Named, Option<&Text>)> =
            self.gold.documents.iter().map(|gold| (gold, found.get(&*gold.id).copied())).collect();
        let measured: Vec<Option<(Outcome, Option<String>)>> = pairs
            .par_iter()
            .map(|(gold, text)| (!interrupt::requested()).then(|| self.document(&gold_text(gold), *text)))
            .collect();
        interrupt::check()?;
        let mut failures = texts.failures;
        let mut outcomes = Vec::with_capacity(pairs.len());
        let mut removals = Removals::default();
        for ((gold, _), (outcome, fault)) in pairs.iter().zip(measured.into_iter().flatten()) {
            failures.extend(fault.map(|fault| fail(&label, gold, &fault)));
            removals.add(&outcome.removals);
            outcomes.push(outcome);
        }
        let known = |named: &&Named| self.gold.ids.contains(&named.id);
        Ok(Evaluation {
            missing: pairs.iter().filter(|(_, text)| text.is_none()).count(),
            without_gold: texts.named.len() - texts.named.iter().filter(known).count(),
            repeated: texts.repeated,
            worst: self.worst(&pairs, &outcomes, worst),
            label,
            outcomes,
            removals,
            failures,
        })
    }

    /// Scores one document; a missing one counts as empty, as does one over which the library falls.
    fn document(&self, gold: &str, text: Option<&Text>) -> (Outcome, Option<String>) {
        let empty = Score::of("", gold);
        let baseline = self.baseline.map(|_| empty);
        let mut outcome =
            Outcome { before: empty, after: empty, possible: empty, baseline, removals: Removals::default() };
        let Some(text) = text else { return (outcome, None) };
        outcome.before = Score::of(&text.decoded(self.encoding), gold);
        let fault = guarded(|| {
            let cleaned = text.cleaned(self.cleaner);
            let pieces = pieces(&cleaned, self.cleaner.rules(), gold);
            let best: Vec<&str> = pieces.iter().filter(|piece| piece.gold).map(|piece| piece.text).collect();
            outcome.after = Score::of(cleaned.text(), gold);
            outcome.possible = Score::of(&best.join("\n"), gold);
            outcome.removals = Removals::of(&pieces);
            outcome.baseline = self.baseline.map(|cleaner| Score::of(text.cleaned(cleaner).text(), gold));
        });
        self.progress.advance(text.len() as u64);
        (outcome, fault.err())
    }

    /// The documents furthest below what was possible. They are cleaned once more, which saves keeping the lines of all.
    fn worst(&self, pairs: &[(&Named, Option<&Text>)], outcomes: &[Outcome], count: usize) -> Vec<Worst> {
        let lost = |index: &usize| outcomes[*index].possible.shingle_f1() - outcomes[*index].after.shingle_f1();
        let mut order: Vec<usize> = (0..outcomes.len()).filter(|index| lost(index) > 0.0).collect();
        order.sort_by(|a, b| lost(b).total_cmp(&lost(a)));
        order
            .into_iter()
            .take(count)
            .filter_map(|index| {
                let (gold, text) = (pairs[index].0, pairs[index].1?);
                let cleaned = guarded(|| text.cleaned(self.cleaner)).ok()?;
                Some(Worst {
                    id: gold.id.clone(),
                    after: outcomes[index].after.shingle_f1(),
                    possible: outcomes[index].possible.shingle_f1(),
                    lines: self.wrong_lines(&cleaned, &gold_text(gold)),
                })
            })
            .collect()
    }

    fn wrong_lines(&self, cleaned: &Cleaned<'_>, gold: &str) -> Vec<Wrong> {
        let rules = self.cleaner.rules();
        let wrong = |piece: &Piece<'_>| piece.removed.is_some() == piece.gold && !words(piece.text).is_empty();
        let name = |reason: &Reason| reason_name(*reason, rules).to_owned();
        pieces(cleaned, rules, gold)
            .into_iter()
            .filter(wrong)
            .map(|piece| Wrong {
                line: piece.line,
                removed: piece.removed.map(|(class, reasons)| (class.name(), reasons.iter().map(name).collect())),
                text: piece.text.trim().to_owned(),
            })
            .collect()
    }

    /// Cleans the gold bodies: what is lost of each, `None` where it has no words; and what failed.
    pub(super) fn gold_back(&self, cleaner: &Cleaner) -> Result<(Vec<Option<Kept>>, Vec<Failure>), Stop> {
        let body = |gold: &Named| {
            let kept = guarded(|| Kept::of(gold.text.cleaned(cleaner).text(), &gold_text(gold)));
            self.progress.advance(gold.text.len() as u64);
            kept.map_err(|fault| fail("the gold", gold, &fault))
        };
        let documents = self.gold.documents.par_iter();
        let kept: Vec<_> = documents.map(|gold| (!interrupt::requested()).then(|| body(gold))).collect();
        interrupt::check()?;
        let mut failures = Vec::new();
        let mut note =
            |kept: Result<Option<Kept>, Failure>| kept.map_err(|failure| failures.push(failure)).ok().flatten();
        let kept = kept.into_iter().flatten().map(&mut note).collect();
        Ok((kept, failures))
    }
}

fn fail(label: &str, gold: &Named, fault: &str) -> Failure {
    Failure { path: label.to_owned(), line: None, reason: format!("{}: {fault}", gold.id) }
}

/// The gold body. Files of gold are UTF-8 or say what else they are.
fn gold_text(gold: &Named) -> Cow<'_, str> {
    gold.text.decoded(None)
}
