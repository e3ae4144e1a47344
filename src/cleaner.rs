//! The straight line for one document: decode, normalise, split, match, classify, join.
//! The only file that knows the order of the stages. It opens no files and starts no threads.

use std::borrow::Cow;

use crate::classify::{self, Classified, Weighed};
use crate::decode::{self, EncodingSource};
use crate::line_class::LineClass;
use crate::normalize::{self, Step};
use crate::options::Options;
use crate::rules::{MatchObserver, RuleSet};
use crate::scoring::ScoringModel;
use crate::scoring::features;
use crate::scoring::{FeatureMatrix, Scores};
use crate::text::Page;
use crate::text::line_stats;
use crate::text::lines::{Layout, Line};
use crate::verdict::{Reason, Removal, Report, Verdict};

use crate::named_enum::named_enum;

named_enum! {
    /// A stage of the line, for those who measure where the time goes.
    pub enum Stage {
        /// Bytes become text.
        Decode = "decode",
        /// The text is repaired.
        Normalize = "normalize",
        /// It is split into lines, and these are measured.
        Lines = "lines",
        /// The rules are matched.
        Rules = "rules",
        /// What speaks for or against each line is gathered.
        Features = "features",
        /// It is weighed.
        Score = "score",
        /// Each line gets its verdict.
        Classify = "classify",
        /// The lines that stay are joined.
        Join = "join",
    }
}

/// Cleans documents. Build it once, share it by reference between threads.
#[derive(Debug)]
pub struct Cleaner {
    rules: RuleSet,
    model: Option<ScoringModel>,
    options: Options,
}

impl Cleaner {
    /// A cleaner with the built-in rules and the built-in model.
    pub fn builtin(options: Options) -> Cleaner {
        Cleaner::new(RuleSet::builtin(), Some(ScoringModel::builtin()), options)
    }

    /// A cleaner with these rules, this model and these options. Without a model only rules and guards decide; presets
    /// never use one.
    pub fn new(rules: RuleSet, model: Option<ScoringModel>, options: Options) -> Cleaner {
        let model = model.filter(|_| !rules.rules_only());
        Cleaner { rules, model, options }
    }

    /// The rules it cleans by.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The model it scores lines with.
    pub fn model(&self) -> Option<&ScoringModel> {
        self.model.as_ref()
    }

    /// The same cleaner with another model.
    #[must_use]
    pub fn with_model(&self, model: ScoringModel) -> Cleaner {
        Cleaner::new(self.rules.clone(), Some(model), self.options.clone())
    }

    /// Cleans one document, given as bytes in any encoding. `host` is the site it comes from, where known, for the
    /// rules of single sites.
    pub fn clean<'a>(&self, bytes: &'a [u8], host: Option<&str>) -> Cleaned<'a> {
        self.clean_observed(bytes, host, |_| ())
    }

    /// Cleans one document and tells `after` of each stage when it has ended, so that stages can be timed.
    pub fn clean_observed<'a>(&self, bytes: &'a [u8], host: Option<&str>, mut after: impl FnMut(Stage)) -> Cleaned<'a> {
        let decoded = decode::decode(bytes, self.options.encoding);
        after(Stage::Decode);
        self.run(decoded, host, None, after)
    }

    /// Matches the rules on one document and does nothing else; `observer` is told of each regex that ensembles at a line.
    pub fn watch_rules(&self, bytes: &[u8], host: Option<&str>, observer: &mut impl MatchObserver) {
        let text = normalize::normalize(decode::decode(bytes, self.options.encoding).text, self.options.steps).text;
        let (lines, _) = self.rules.split(&text);
        let stats = line_stats::measure(&text, &lines);
        self.rules.hits_observed(&Page { text: &text, lines: &lines, stats: &stats, host }, observer);
    }

    /// Cleans one document that is text already.
    pub fn clean_text<'a>(&self, text: &'a str, host: Option<&str>) -> Cleaned<'a> {
        let text = Cow::Borrowed(text);
        self.run(
            decode::Decoded { text, encoding: "UTF-8", how: EncodingSource::Given, replaced: 0 },
            host,
            None,
            |_| (),
        )
    }

    /// Cleans a text by these scores of its lines instead of the model's own: how a model would do that was made
    /// without the text. They must be those of the [`features`](Self::features) on the same text.
    pub fn clean_scored<'a>(&self, text: &'a str, host: Option<&str>, scores: &Scores) -> Cleaned<'a> {
        let text = Cow::Borrowed(text);
        self.run(
            decode::Decoded { text, encoding: "UTF-8", how: EncodingSource::Given, replaced: 0 },
            host,
            Some(scores),
            |_| (),
        )
    }

    /// The features on the lines of a document that this cleaner has cleaned: for `explain` and for tuning. `None` where
    /// nothing is weighed, because the lines are not paragraphs.
    pub fn features(&self, cleaned: &Cleaned<'_>, host: Option<&str>) -> Option<FeatureMatrix> {
        let (text, lines) = (&*cleaned.normalized, cleaned.lines.as_slice());
        let stats = line_stats::measure(text, lines);
        let document = Page { text, lines, stats: &stats, host };
        let gather = || features::extract(&document, &self.rules.hits(&document), &self.rules);
        (cleaned.report.layout == Layout::Blocks).then(gather)
    }

    fn run<'a>(
        &self,
        decoded: decode::Decoded<'a>,
        host: Option<&str>,
        scores: Option<&Scores>,
        mut after: impl FnMut(Stage),
    ) -> Cleaned<'a> {
        let chars_in = decoded.text.chars().count();
        let normalized = normalize::normalize(decoded.text, self.options.steps);
        after(Stage::Normalize);
        let by_rules = self.rules.rules_only();
        let (lines, layout) = self.rules.split(&normalized.text);
        let stats = line_stats::measure(&normalized.text, &lines);
        let document = Page { text: &normalized.text, lines: &lines, stats: &stats, host };
        after(Stage::Lines);
        let hits = self.rules.hits(&document);
        after(Stage::Rules);
        let (rules, keep) = (self.rules.rules(), self.options.keep);
        let model = self.model.as_ref().filter(|_| layout == Layout::Blocks);
        let features = model.map(|_| features::extract(&document, &hits, &self.rules)).unwrap_or_default();
        after(Stage::Features);
        let scores = match (scores, model) {
            (Some(scores), _) => scores.clone(),
            (None, Some(model)) => model.predict(&features).scores(),
            (None, None) => Scores::default(),
        };
        after(Stage::Score);
        let weighed = model.map(|model| Weighed {
            features: &features,
            scores: &scores,
            threshold: model.threshold(self.options.profile),
        });
        let Classified { mut verdicts, rolled_back } = match by_rules {
            true => classify::classify_by_rules(&document, &hits, rules, keep),
            false => classify::classify(&document, layout, &hits, rules, keep, weighed.as_ref()),
        };
        after(Stage::Classify);
        let mut steps = normalized.steps;
        if self.options.steps.contains(Step::BlankLines) {
            let closed = close_blank_lines(&normalized.text, &lines, &mut verdicts);
            if closed > 0 {
                steps.push((Step::BlankLines, closed));
            }
        }
        let output = join(&normalized.text, &lines, &verdicts);
        let chars_out = output.as_deref().unwrap_or(&normalized.text).chars().count();
        let kept = verdicts.iter().filter(|v| v.keep).count();
        let words = |kept: &dyn Fn(usize) -> bool| {
            stats.iter().enumerate().filter(|(line, _)| kept(*line)).map(|(_, f)| f.words).sum()
        };
        let words = (words(&|_| true), words(&|line| verdicts[line].keep));
        let report = Report {
            encoding: decoded.encoding,
            how: decoded.how,
            replaced: decoded.replaced,
            steps,
            layout,
            lines: (lines.len(), kept),
            chars: (chars_in, chars_out),
            words,
            rolled_back,
        };
        after(Stage::Join);
        Cleaned { normalized: normalized.text, output, lines, verdicts, report }
    }
}

/// A cleaned document: the text, what became of every line, and the report.
#[derive(Debug, Clone)]
pub struct Cleaned<'a> {
    /// The normalised text, before any line was removed.
    pub normalized: Cow<'a, str>,
    /// The lines of the normalised text.
    pub lines: Vec<Line>,
    /// What became of each line.
    pub verdicts: Vec<Verdict>,
    /// What happened, in numbers.
    pub report: Report,
    output: Option<String>,
}

impl<'a> Cleaned<'a> {
    /// The cleaned text.
    pub fn text(&self) -> &str {
        self.output.as_deref().unwrap_or(&self.normalized)
    }

    /// The cleaned text, owned or borrowed from the input where nothing changed.
    pub fn into_text(self) -> Cow<'a, str> {
        self.output.map_or(self.normalized, Cow::Owned)
    }

    /// What went, in order: the normalised text less these segments is the cleaned text, and put back where they were
    /// they make it whole again.
    pub fn removals(&self) -> Vec<Removal> {
        let (lines, mut removals) = (&self.lines, Vec::new());
        // Where all goes, it goes with its endings; else the ending of the text's last line stays, whichever line it ends.
        let last_kept = self.verdicts.iter().rposition(|v| v.keep).filter(|_| !self.text().is_empty());
        for (line, verdict) in self.verdicts.iter().enumerate() {
            let Line { start, end, next } = lines[line];
            let mut went = |span: std::ops::Range<usize>| removals.push(Removal { line, span });
            match last_kept {
                Some(last) if verdict.keep && line <= last => verdict.cuts.iter().cloned().for_each(went),
                Some(last) if line > last => went(lines[line - 1].end..end),
                _ if next > start => went(start..next),
                _ => {}
            }
        }
        removals
    }

    /// Line `index` (from 0) of the normalised text.
    pub fn line(&self, index: usize) -> &str {
        &self.normalized[self.lines[index].span()]
    }
}

/// Marks the blank lines that go: those at the edges of what stays, and all but the first of a run.
fn close_blank_lines(text: &str, lines: &[Line], verdicts: &mut [Verdict]) -> usize {
    let mut closed = 0;
    let mut last_kept_blank: Option<usize> = None;
    let mut seen_text = false;
    for i in 0..lines.len() {
        if !verdicts[i].keep {
            continue;
        }
        if text[lines[i].span()].trim().is_empty() {
            if seen_text && last_kept_blank.is_none() {
                last_kept_blank = Some(i);
            } else {
                drop_blank(&mut verdicts[i]);
                closed += 1;
            }
        } else {
            seen_text = true;
            last_kept_blank = None;
        }
    }
    if let Some(i) = last_kept_blank {
        drop_blank(&mut verdicts[i]);
        closed += 1;
    }
    closed
}

fn drop_blank(verdict: &mut Verdict) {
    *verdict =
        Verdict { keep: false, class: LineClass::Blank, reasons: vec![Reason::Heuristic("blank-lines")], cuts: vec![] };
}

/// The lines that stay, less what is cut from them; `None` where that is the whole text. The text's final line ending,
/// or its absence, is kept.
fn join(text: &str, lines: &[Line], verdicts: &[Verdict]) -> Option<String> {
    if verdicts.iter().all(|v| v.keep && v.cuts.is_empty()) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut ending = "";
    for (line, verdict) in lines.iter().zip(verdicts) {
        if !verdict.keep {
            continue;
        }
        out.push_str(ending);
        let mut at = line.start;
        for cut in &verdict.cuts {
            out.push_str(&text[at..cut.start]);
            at = cut.end;
        }
        out.push_str(&text[at..line.end]);
        ending = &text[line.end..line.next];
    }
    if !out.is_empty()
        && let Some(last) = lines.last()
    {
        out.push_str(&text[last.end..last.next]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn put_back(cleaned: &Cleaned<'_>) -> String {
        let (mut whole, mut rest) = (String::new(), cleaned.text());
        for Removal { span, .. } in cleaned.removals() {
            let (before, after) = rest.split_at(span.start - whole.len());
            whole.push_str(before);
            whole.push_str(&cleaned.normalized[span]);
            rest = after;
        }
        whole + rest
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn what_was_removed_can_be_put_back(
            lines in prop::collection::vec(("(|  |Share this|Home|© 2026 The Post|Photo: A. Bee The ferry left.|The ferry left the pier late on Monday evening, and nobody knew why it had waited\\.)", "(\n|\r\n|\n\n\n)"), 0..14),
            ends in any::<bool>(),
        ) {
            thread_local!(static CLEANERS: [Cleaner; 2] = [
                Cleaner::builtin(Options::default()),
                Cleaner::builtin(Options { steps: normalize::Steps::NONE, ..Options::default() }),
            ]);
            let mut text: String = lines.iter().flat_map(|(line, end)| [line.as_str(), end]).collect();
            if !ends {
                text.truncate(text.trim_end().len());
            }
            CLEANERS.with(|cleaners| for cleaner in cleaners {
                let cleaned = cleaner.clean_text(&text, None);
                assert_eq!(put_back(&cleaned), cleaned.normalized);
            });
        }
    }
}
