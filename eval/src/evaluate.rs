//! Cleans the texts of a corpus and scores them against the gold, for the command `eval`.
//!
//! Documents are scored one by one, so callers may parallelise; the reports average in the order of the gold.

use std::collections::BTreeMap;

use bodytext::{Cleaner, Metadata, ScoringModel};
use serde::Serialize;

use crate::corpus::{Corpus, DocumentSet, LoadedDocument};
use crate::headline::{HeadlineReport, Top};
use crate::metrics::{Difference, Measures, OverRemoval, Score};
use crate::removals::{Removals, WrongLine, line_parts, wrong_lines};

/// Scores a cleaner on a corpus.
#[derive(Debug, Clone, Copy)]
pub struct Evaluator<'a> {
    pub corpus: &'a Corpus,
    pub cleaner: &'a Cleaner,
    /// The cleaner to compare it with.
    pub baseline: Option<&'a Cleaner>,
    /// The same cleaner, but one that keeps headlines; without one they are not scored.
    pub with_headline: Option<&'a Cleaner>,
}

/// The scores of one document.
#[derive(Debug, Clone)]
pub struct DocumentScores {
    id: String,
    before: Score,
    after: Score,
    oracle: Score,
    baseline: Option<Score>,
    top: Option<Top>,
    removals: Removals,
    wrong: Vec<WrongLine>,
}

/// The figures of an input, or of one group of its documents.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figures {
    pub documents: usize,
    /// The texts as they are in the input.
    pub before: Measures,
    /// The cleaned texts.
    pub after: Measures,
    /// The best selection of lines: those that the gold contains, and no others.
    pub oracle: Measures,
}

/// The figures of one input.
#[derive(Debug, Clone, Serialize)]
pub struct InputReport {
    /// The name of the input.
    pub input: String,
    #[serde(flatten)]
    pub figures: Figures,
    /// Gold documents that the input lacks; they count as empty texts.
    pub missing: usize,
    /// Texts whose id is not in the gold; they are left out.
    pub without_gold: usize,
    /// Ids that occur more than once; the last text counts.
    pub repeated_ids: usize,
    pub groups: BTreeMap<String, Figures>,
    /// Whether headlines stay, and what stands in their place. Unlike the texts of all other figures, these are cleaned
    /// with the headline.
    pub headline: HeadlineReport,
    #[serde(flatten)]
    pub removals: Removals,
    pub comparison: Option<Comparison>,
    /// The documents furthest below the oracle.
    pub worst: Vec<WorstDocument>,
}

/// An input cleaned by the baseline, and its difference from the cleaner's results.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Comparison {
    pub baseline: Measures,
    pub word_f1: Difference,
    pub shingle_f1: Difference,
}

/// A document far below the oracle.
#[derive(Debug, Clone, Serialize)]
pub struct WorstDocument {
    pub id: String,
    pub shingle_f1: f64,
    /// The F1 of shingles of the oracle.
    pub oracle: f64,
    pub lines: Vec<WrongLine>,
}

/// What cleaning removes from the gold bodies, which are already clean.
#[derive(Debug, Clone, Serialize)]
pub struct CleanTextReport {
    #[serde(flatten)]
    pub all: OverRemoval,
    pub groups: BTreeMap<String, OverRemoval>,
    pub baseline: Option<OverRemoval>,
}

/// The rules and the model that cleaned the texts.
#[derive(Debug, Clone, Serialize)]
pub struct CleanerId {
    pub rule_set: RuleSetId,
    /// The hash of the model.
    pub model: Option<String>,
}

/// A rule set.
#[derive(Debug, Clone, Serialize)]
pub struct RuleSetId {
    pub hash: String,
    pub rules: usize,
}

impl CleanerId {
    /// Identifies the parts of a cleaner.
    pub fn of(cleaner: &Cleaner) -> CleanerId {
        let rules = cleaner.rules();
        let rule_set = RuleSetId { hash: rules.hash().to_owned(), rules: rules.rules().len() };
        CleanerId { rule_set, model: cleaner.model().map(ScoringModel::hash) }
    }
}

impl Evaluator<'_> {
    /// Cleans and scores the text of a gold document. A missing one counts as empty.
    pub fn score(&self, gold: &LoadedDocument, document: Option<&LoadedDocument>) -> DocumentScores {
        let title = gold.title.as_deref().or_else(|| document?.title.as_deref());
        // A body has no headline: told its title, a cleaner would take a line of it for one.
        let is_gold = document.is_some_and(|document| std::ptr::eq(document, gold));
        let about = document.map(LoadedDocument::about).unwrap_or_default();
        let about = if is_gold { Metadata { title: None, ..about } } else { about };
        let (id, gold) = (gold.id.clone(), &*gold.text());
        let text = document.map(LoadedDocument::text).unwrap_or_default();
        let clean = |cleaner: &Cleaner| cleaner.clean_text(&text, about);
        let cleaned = clean(self.cleaner);
        let parts = line_parts(&cleaned, self.cleaner.rules(), gold);
        let oracle: Vec<&str> = parts.iter().filter(|part| part.gold).map(|part| part.text).collect();
        DocumentScores {
            id,
            before: Score::of(&text, gold),
            after: Score::of(cleaned.text(), gold),
            oracle: Score::of(&oracle.join("\n"), gold),
            baseline: self.baseline.map(|cleaner| Score::of(clean(cleaner).text(), gold)),
            top: self.with_headline.map(|cleaner| Top::of(&text, clean(cleaner).text(), gold, title)),
            removals: Removals::of(&parts),
            wrong: wrong_lines(parts),
        }
    }

    /// Averages the scores of an input's documents, and finds its `worst` documents.
    pub fn input(&self, name: &str, texts: &DocumentSet, scores: &[DocumentScores], worst: usize) -> InputReport {
        let missing = self.corpus.gold.documents.iter().filter(|gold| texts.get(&gold.id).is_none()).count();
        let mut removals = Removals::default();
        scores.iter().for_each(|document| removals.add(&document.removals));
        InputReport {
            input: name.to_owned(),
            figures: Figures::of(scores.iter()),
            missing,
            without_gold: self.corpus.without_gold(texts),
            repeated_ids: texts.repeated,
            groups: self.by_group(|members| Figures::of(members.iter().map(|&member| &scores[member]))),
            headline: HeadlineReport::of(scores.iter().filter_map(|document| document.top)),
            removals,
            comparison: self.comparison(scores),
            worst: self::worst(scores, worst),
        }
    }

    /// Averages the scores of the gold bodies, each scored against itself.
    pub fn clean_text(&self, scores: &[DocumentScores]) -> CleanTextReport {
        CleanTextReport {
            all: OverRemoval::of(scores.iter().map(|document| &document.after)),
            groups: self.by_group(|members| OverRemoval::of(members.iter().map(|&member| &scores[member].after))),
            baseline: self.baseline.map(|_| OverRemoval::of(scores.iter().filter_map(|d| d.baseline.as_ref()))),
        }
    }

    fn by_group<T>(&self, figures: impl Fn(&[usize]) -> T) -> BTreeMap<String, T> {
        self.corpus.groups.iter().map(|(name, members)| (name.clone(), figures(members))).collect()
    }

    fn comparison(&self, scores: &[DocumentScores]) -> Option<Comparison> {
        self.baseline?;
        let from: Vec<Score> = scores.iter().filter_map(|document| document.baseline).collect();
        let to: Vec<Score> = scores.iter().map(|document| document.after).collect();
        let clusters = self.corpus.clusters();
        Some(Comparison {
            baseline: Measures::of(&from),
            word_f1: Difference::of(&from, &to, &clusters, |measures| measures.word.f1),
            shingle_f1: Difference::of(&from, &to, &clusters, |measures| measures.shingle.f1),
        })
    }
}

/// The documents furthest below the oracle, `count` at most.
fn worst(scores: &[DocumentScores], count: usize) -> Vec<WorstDocument> {
    let mut order: Vec<&DocumentScores> = scores.iter().filter(|document| document.below_oracle() > 0.0).collect();
    order.sort_by(|a, b| b.below_oracle().total_cmp(&a.below_oracle()));
    order
        .into_iter()
        .take(count)
        .map(|document| WorstDocument {
            id: document.id.clone(),
            shingle_f1: document.after.shingle_f1(),
            oracle: document.oracle.shingle_f1(),
            lines: document.wrong.clone(),
        })
        .collect()
}

impl DocumentScores {
    fn below_oracle(&self) -> f64 {
        self.oracle.shingle_f1() - self.after.shingle_f1()
    }
}

impl Figures {
    fn of<'a>(scores: impl ExactSizeIterator<Item = &'a DocumentScores> + Clone) -> Figures {
        Figures {
            documents: scores.len(),
            before: Measures::of(scores.clone().map(|document| &document.before)),
            after: Measures::of(scores.clone().map(|document| &document.after)),
            oracle: Measures::of(scores.map(|document| &document.oracle)),
        }
    }
}
