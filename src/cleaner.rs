//! Cleans one text. Only this module knows the order of the stages.

use crate::blocks;
use crate::classify::{Classified, Classifier, Scored, decide_marks};
use crate::cleaned::{Cleaned, Report};
use crate::decode::{Decoded, decode};
use crate::join::{close_blank_lines, join};
use crate::markup::{Mark, Markdown, Markup, detect};
use crate::metadata::Metadata;
use crate::named_enum::named_enum;
use crate::normalize::{Step, normalize};
use crate::options::Options;
use crate::rules::{MatchObserver, RuleSet};
use crate::scoring::{FeatureMatrix, Scores, ScoringModel, features};
use crate::text::Page;
use crate::text::lines::Layout;

/// Cleans texts. Build it once and share it by reference between threads.
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

    /// Cleans bytes in any encoding. `about` is what is known about the text: [`Metadata`], or only the host that it
    /// comes from, or `None`.
    pub fn clean<'a, 'm>(&self, bytes: &'a [u8], about: impl Into<Metadata<'m>>) -> Cleaned<'a> {
        self.clean_observed(bytes, about, |_| ())
    }

    /// Cleans a text that needs no decoding.
    pub fn clean_text<'a, 'm>(&self, text: &'a str, about: impl Into<Metadata<'m>>) -> Cleaned<'a> {
        self.run(Decoded::given(text), about.into(), None, |_| ())
    }

    /// The rule set.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The scoring model.
    #[doc(hidden)]
    pub fn model(&self) -> Option<&ScoringModel> {
        self.model.as_ref()
    }

    /// Reads the text's markup, if it has any. Presets imitate projects that know none, and a cleaner that decides
    /// nothing leaves its marks alone too.
    fn read_markup(&self, text: &str) -> Option<Markdown> {
        if self.rules.rules().is_empty() && self.model.is_none() {
            return None;
        }
        let markup = self.options.markup.unwrap_or_else(|| detect(text));
        (markup == Markup::Markdown && !self.rules.rules_only()).then(|| Markdown::read(text))
    }

    /// The page as a reader sees it.
    fn page<'p>(&self, text: &'p str, markdown: Option<&'p Markdown>, host: Option<&'p str>) -> Page<'p> {
        match markdown {
            Some(Markdown { visible, visible_lines, roles, .. }) => {
                Page::with_lines(visible, visible_lines.clone(), Layout::Blocks, host).with_roles(roles)
            }
            None => self.rules.page(text, host),
        }
    }

    fn run<'a>(
        &self,
        decoded: Decoded<'a>,
        Metadata { host, title }: Metadata<'_>,
        scores: Option<&Scores>,
        mut ended: impl FnMut(Stage),
    ) -> Cleaned<'a> {
        let chars_before = decoded.text.chars().count();
        let normalized = normalize(decoded.text, self.options.steps);
        ended(Stage::Normalize);
        let raw: &str = &normalized.text;
        let markdown = self.read_markup(raw);
        let page = self.page(raw, markdown.as_ref(), host);
        ended(Stage::Lines);
        let hits = self.rules.hits(&page);
        ended(Stage::Rules);
        let model = self.model.as_ref().filter(|_| page.layout == Layout::Blocks);
        let features = model.map(|_| features::extract(&page, &hits, &self.rules)).unwrap_or_default();
        ended(Stage::Features);
        let predicted = model.filter(|_| scores.is_none()).map(|model| model.predict(&features).scores());
        ended(Stage::Model);
        let scored = model.zip(scores.or(predicted.as_ref())).map(|(model, scores)| Scored {
            features: &features,
            scores,
            threshold: model.threshold(self.options.profile),
        });
        let found = scored.as_ref().filter(|_| markdown.is_none()).map(|_| blocks::find(&page)).unwrap_or_default();
        let blocks = markdown.as_ref().map_or(&found, |markdown| &markdown.blocks);
        let classifier = Classifier::new(&page, &hits, &self.rules, &self.options.keep).with_title(title);
        let Classified { mut verdicts, rolled_back } = match self.rules.rules_only() {
            true => classifier.by_rules_alone(),
            false => classifier.by_rules_and_page(scored.as_ref(), blocks),
        };
        if let Some(markdown) = &markdown {
            decide_marks(markdown, raw, &self.options.keep, &mut verdicts);
        }
        ended(Stage::Classify);
        let lines = markdown.as_ref().map_or(&page.lines, |markdown| &markdown.lines);
        let mut steps = normalized.steps;
        if self.options.steps.contains(Step::BlankLines) {
            let is_text = |line: usize| markdown.as_ref().is_some_and(|text| text.marks[line] != Mark::None);
            let closed = close_blank_lines(|line| page.stats[line].blank && !is_text(line), &mut verdicts);
            steps.extend((closed > 0).then_some((Step::BlankLines, closed)));
        }
        let output = join(raw, lines, &verdicts);
        let kept = verdicts.iter().zip(&page.stats).filter(|(verdict, _)| verdict.keep);
        let report = Report {
            encoding: decoded.encoding,
            encoding_source: decoded.source,
            replaced: decoded.replaced,
            encoding_fits: decoded.encoding_fits,
            steps,
            markup: if markdown.is_some() { Markup::Markdown } else { Markup::None },
            layout: page.layout,
            lines: (verdicts.len(), kept.clone().count()),
            chars: (chars_before, output.as_deref().unwrap_or(raw).chars().count()),
            words: (page.stats.iter().map(|stats| stats.words).sum(), kept.map(|(_, stats)| stats.words).sum()),
            rolled_back,
        };
        ended(Stage::Join);
        let (lines, blocks) = match markdown {
            Some(markdown) => markdown.into_lines_and_blocks(),
            None => (page.lines, found),
        };
        Cleaned { normalized: normalized.text, lines, verdicts, blocks, report, output }
    }
}

/// API for the command line and the evaluation. It changes without notice.
#[doc(hidden)]
impl Cleaner {
    /// The same cleaner with another model.
    #[must_use]
    pub fn with_model(&self, model: ScoringModel) -> Cleaner {
        Cleaner::new(self.rules.clone(), Some(model), self.options.clone())
    }

    /// Cleans a text and calls `ended` at the end of each stage, so that stages can be timed.
    pub fn clean_observed<'a, 'm>(
        &self,
        bytes: &'a [u8],
        about: impl Into<Metadata<'m>>,
        mut ended: impl FnMut(Stage),
    ) -> Cleaned<'a> {
        let decoded = decode(bytes, self.options.encoding);
        ended(Stage::Decode);
        self.run(decoded, about.into(), None, ended)
    }

    /// Cleans a text with the given scores instead of predicted ones. They must be scores of the rows of its
    /// [`features`](Self::features).
    pub fn clean_scored<'a>(&self, text: &'a str, host: Option<&str>, scores: &Scores) -> Cleaned<'a> {
        self.run(Decoded::given(text), host.into(), Some(scores), |_| ())
    }

    /// The features of a text that this cleaner has cleaned; `None` if its lines are not paragraphs and so are not
    /// scored.
    pub fn features(&self, cleaned: &Cleaned<'_>, host: Option<&str>) -> Option<FeatureMatrix> {
        let layout = cleaned.report.layout;
        (layout == Layout::Blocks).then(|| {
            let markdown = (cleaned.report.markup == Markup::Markdown).then(|| Markdown::read(&cleaned.normalized));
            let page = match &markdown {
                Some(_) => self.page(&cleaned.normalized, markdown.as_ref(), host),
                None => Page::with_lines(&cleaned.normalized, cleaned.lines.clone(), layout, host),
            };
            features::extract(&page, &self.rules.hits(&page), &self.rules)
        })
    }

    /// Matches the rules on a text without cleaning it; `observer` sees each run of a regex.
    pub fn observe_rules(&self, bytes: &[u8], host: Option<&str>, observer: &mut impl MatchObserver) {
        let text = normalize(decode(bytes, self.options.encoding).text, self.options.steps).text;
        let markdown = self.read_markup(&text);
        self.rules.hits_observed(&self.page(&text, markdown.as_ref(), host), observer);
    }
}

named_enum! {
    /// A stage of cleaning, for timing.
    pub enum Stage {
        /// Bytes are decoded to text.
        Decode = "decode",
        /// The text is repaired.
        Normalize = "normalize",
        /// The text is split into lines, and line statistics are computed.
        Lines = "lines",
        /// The rules are matched.
        Rules = "rules",
        /// The features of each line are computed.
        Features = "features",
        /// The model predicts the scores of the lines.
        Model = "model",
        /// Each line gets its verdict.
        Classify = "classify",
        /// The kept lines are joined.
        Join = "join",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cleaned::Removal;
    use crate::normalize::Steps;

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

    #[test]
    fn without_rules_and_model_nothing_is_removed() {
        let options = Options { steps: Steps::NONE, ..Options::default() };
        let text = "![](a.png)\n\n\n[x](/y) and **more** of [it](/z)\n---\n";
        let cleaner = Cleaner::new(RuleSet::empty(), None, options);
        assert_eq!(cleaner.clean_text(text, None).text(), text);
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
                Cleaner::builtin(Options { steps: Steps::NONE, ..Options::default() }),
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
