//! Cleans the texts of a corpus and scores them against the gold, before and after: the figures of `eval`.
//!
//! Documents are scored one by one, in parallel as the caller likes; the reports average them in the order of the gold.

use std::collections::BTreeMap;

use bodytext::{Cleaner, ScoringModel};
use serde::Serialize;

use crate::corpus::{Corpus, CorpusDocument, Pair, Pairing};
use crate::metrics::{CleanTextRecall, Difference, Measures, OverRemoval, Score};
use crate::removals::{Removals, Removed, WrongLine, pieces, reason_name, wrong_lines};

/// Scores a cleaner on a corpus.
#[derive(Debug, Clone, Copy)]
pub struct Evaluator<'a> {
    /// The gold.
    pub corpus: &'a Corpus,
    /// The cleaner.
    pub cleaner: &'a Cleaner,
    /// The cleaner to compare it with.
    pub baseline: Option<&'a Cleaner>,
}

/// The scores of one document.
#[derive(Debug, Clone)]
pub struct DocumentScores {
    before: Score,
    after: Score,
    /// With the lines that the gold has, and no others.
    oracle: Score,
    baseline: Option<Score>,
    removals: Removals,
}

/// What cleaning keeps of one gold body; `None` where it has no words.
#[derive(Debug, Clone, Copy, Default)]
pub struct CleanTextScores {
    after: Option<CleanTextRecall>,
    baseline: Option<CleanTextRecall>,
}

/// The figures of an input, or of a group of its documents.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figures {
    /// Documents scored.
    pub documents: usize,
    /// The texts as they are in the input.
    pub before: Measures,
    /// The cleaned texts.
    pub after: Measures,
    /// The best selection of lines: those that the gold has, and no others.
    pub oracle: Measures,
}

/// The figures of one input.
#[derive(Debug, Clone, Serialize)]
pub struct InputReport {
    /// Its name.
    pub input: String,
    /// The figures of all documents.
    #[serde(flatten)]
    pub figures: Figures,
    /// Gold documents that the input lacks; they count as empty texts.
    pub missing: usize,
    /// Texts whose id is not in the gold; they are left out.
    pub without_gold: usize,
    /// Ids that occur more than once; the last text counts.
    pub repeated_ids: usize,
    /// The figures of each group.
    pub groups: BTreeMap<String, Figures>,
    /// Removals by class.
    pub removed: BTreeMap<&'static str, Removed>,
    /// Removals by rule or heuristic.
    pub rules: BTreeMap<String, Removed>,
    /// The comparison with the baseline.
    pub comparison: Option<Comparison>,
    /// The documents furthest below the oracle.
    pub worst: Vec<WorstDocument>,
}

/// An input cleaned by the baseline, and how much better the cleaner is.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Comparison {
    /// The texts cleaned by the baseline.
    pub baseline: Measures,
    /// The difference in the F1 of words.
    pub word_f1: Difference,
    /// The difference in the F1 of shingles.
    pub shingle_f1: Difference,
}

/// A document far below the oracle.
#[derive(Debug, Clone, Serialize)]
pub struct WorstDocument {
    /// Its id.
    pub id: String,
    /// The F1 of its shingles.
    pub shingle_f1: f64,
    /// The same of the oracle.
    pub oracle: f64,
    /// The lines wrongly kept and wrongly removed.
    pub lines: Vec<WrongLine>,
}

/// What cleaning removes from the gold bodies, which are clean already.
#[derive(Debug, Clone, Serialize)]
pub struct CleanTextReport {
    /// Over all documents.
    #[serde(flatten)]
    pub all: OverRemoval,
    /// Over each group.
    pub groups: BTreeMap<String, OverRemoval>,
    /// What the baseline removes.
    pub baseline: Option<OverRemoval>,
}

/// What a text was cleaned with.
#[derive(Debug, Clone, Serialize)]
pub struct CleanerId {
    /// The rules.
    pub rule_set: RuleSetId,
    /// The hash of the model.
    pub model: Option<String>,
}

/// A rule set.
#[derive(Debug, Clone, Serialize)]
pub struct RuleSetId {
    /// Its hash.
    pub hash: String,
    /// How many rules it has.
    pub rules: usize,
}

impl CleanerId {
    /// Names the parts of a cleaner.
    pub fn of(cleaner: &Cleaner) -> CleanerId {
        let rules = cleaner.rules();
        let rule_set = RuleSetId { hash: rules.hash().to_owned(), rules: rules.rules().len() };
        CleanerId { rule_set, model: cleaner.model().map(ScoringModel::hash) }
    }
}

impl Evaluator<'_> {
    /// Scores one document. A missing one counts as empty.
    pub fn document(&self, pair: Pair<'_>) -> DocumentScores {
        let gold = pair.gold.text.as_str();
        let empty = Score::of("", gold);
        let baseline = self.baseline.map(|_| empty);
        let Some(CorpusDocument { text, host, .. }) = pair.text else {
            return DocumentScores {
                before: empty,
                after: empty,
                oracle: empty,
                baseline,
                removals: Removals::default(),
            };
        };
        let cleaned = self.cleaner.clean_text(text, host.as_deref());
        let pieces = pieces(&cleaned, self.cleaner.rules(), gold);
        let oracle: Vec<&str> = pieces.iter().filter(|piece| piece.gold).map(|piece| piece.text).collect();
        DocumentScores {
            before: Score::of(text, gold),
            after: Score::of(cleaned.text(), gold),
            oracle: Score::of(&oracle.join("\n"), gold),
            baseline: self.baseline.map(|cleaner| Score::of(cleaner.clean_text(text, host.as_deref()).text(), gold)),
            removals: Removals::of(&pieces),
        }
    }

    /// Averages the scores of an input's documents, and finds its `worst` documents.
    pub fn input(&self, name: &str, texts: &Pairing<'_>, scores: &[DocumentScores], worst: usize) -> InputReport {
        let mut removals = Removals::default();
        scores.iter().for_each(|document| removals.add(&document.removals));
        let rules = self.cleaner.rules();
        let named = removals.reasons.into_iter().map(|(reason, all)| (reason_name(reason, rules).to_owned(), all));
        InputReport {
            input: name.to_owned(),
            figures: Figures::of(scores.iter()),
            missing: texts.pairs.iter().filter(|pair| pair.text.is_none()).count(),
            without_gold: texts.without_gold,
            repeated_ids: texts.repeated,
            groups: self.by_group(|members| Figures::of(members.iter().map(|&member| &scores[member]))),
            removed: removals.classes,
            rules: named.collect(),
            comparison: self.comparison(scores),
            worst: self.worst(&texts.pairs, scores, worst),
        }
    }

    /// Cleans one gold body.
    pub fn clean_text(&self, gold: &CorpusDocument) -> CleanTextScores {
        let (text, host) = (&gold.text, gold.host.as_deref());
        let recall = |cleaner: &Cleaner| CleanTextRecall::of(cleaner.clean_text(text, host).text(), text);
        CleanTextScores { after: recall(self.cleaner), baseline: self.baseline.and_then(recall) }
    }

    /// Averages the scores of all gold bodies.
    pub fn clean_texts(&self, scores: &[CleanTextScores]) -> CleanTextReport {
        CleanTextReport {
            all: OverRemoval::of(scores.iter().filter_map(|body| body.after.as_ref())),
            groups: self.by_group(|members| {
                OverRemoval::of(members.iter().filter_map(|&member| scores[member].after.as_ref()))
            }),
            baseline: self.baseline.map(|_| OverRemoval::of(scores.iter().filter_map(|body| body.baseline.as_ref()))),
        }
    }

    fn by_group<T>(&self, figures: impl Fn(&[usize]) -> T) -> BTreeMap<String, T> {
        self.corpus.groups().iter().map(|(name, members)| (name.clone(), figures(members))).collect()
    }

    fn comparison(&self, scores: &[DocumentScores]) -> Option<Comparison> {
        let from: Vec<Score> = scores.iter().map(|document| document.baseline).collect::<Option<_>>()?;
        let to: Vec<Score> = scores.iter().map(|document| document.after).collect();
        let clusters = self.corpus.clusters();
        self.baseline.map(|_| Comparison {
            baseline: Measures::of(&from),
            word_f1: Difference::of(&from, &to, &clusters, |measures| measures.word.f1),
            shingle_f1: Difference::of(&from, &to, &clusters, |measures| measures.shingle.f1),
        })
    }

    /// The documents furthest below the oracle. They are cleaned again, which saves keeping the lines of all documents.
    fn worst(&self, pairs: &[Pair<'_>], scores: &[DocumentScores], count: usize) -> Vec<WorstDocument> {
        let mut order: Vec<usize> = (0..scores.len()).filter(|&index| scores[index].below_oracle() > 0.0).collect();
        order.sort_by(|&a, &b| scores[b].below_oracle().total_cmp(&scores[a].below_oracle()));
        order.truncate(count);
        order
            .into_iter()
            .filter_map(|index| {
                let Pair { gold, text } = pairs[index];
                let CorpusDocument { text, host, .. } = text?;
                let cleaned = self.cleaner.clean_text(text, host.as_deref());
                let rules = self.cleaner.rules();
                Some(WorstDocument {
                    id: gold.id.clone(),
                    shingle_f1: scores[index].after.shingle_f1(),
                    oracle: scores[index].oracle.shingle_f1(),
                    lines: wrong_lines(pieces(&cleaned, rules, &gold.text), rules),
                })
            })
            .collect()
    }
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
