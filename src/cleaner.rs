//! Cleans one text. Only this module knows the order of the stages.

use std::borrow::Cow;
use std::sync::OnceLock;

use crate::blocks;
use crate::classify::{Classified, Classifier, Scored, decide_marks};
use crate::cleaned::{Cleaned, Report};
use crate::decode::{Decoded, decode};
use crate::html::{self, HtmlPage};
use crate::join::{close_blank_lines, join};
use crate::markup::{LineRole, Mark, Markdown, Markup, detect};
use crate::metadata::Metadata;
use crate::named_enum::named_enum;
use crate::normalize::{Normalized, Step, normalize};
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
    page_model: Option<ScoringModel>,
    options: Options,
}

/// A page with more lines is judged by its rules alone: the features and the hints of a line take about 1,000 bytes.
const MAX_SCORED_LINES: usize = 65_536;

/// The most bytes of a web page. The largest of the labelled pages has 9 MB.
#[doc(hidden)]
pub const MAX_PAGE: usize = 16 << 20;

/// The built-in model for web pages, laid out when the first one is read.
fn builtin_page_model() -> &'static ScoringModel {
    static MODEL: OnceLock<ScoringModel> = OnceLock::new();
    MODEL.get_or_init(ScoringModel::builtin_for_pages)
}

impl Cleaner {
    /// A cleaner with the built-in rules and the built-in model.
    pub fn builtin(options: Options) -> Cleaner {
        Cleaner::new(RuleSet::builtin(), Some(ScoringModel::builtin()), options)
    }

    /// A cleaner with these rules, this model and these options. The model takes the place of the built-in one, that for
    /// texts or that for web pages. Without a model only rules and guards decide; presets never use one.
    pub fn new(rules: RuleSet, model: Option<ScoringModel>, options: Options) -> Cleaner {
        let (model, page_model) = match model.filter(|_| !rules.rules_only()) {
            Some(model) if model.for_pages => (Some(ScoringModel::builtin()), Some(model)),
            model => (model, None),
        };
        Cleaner { rules, model, page_model, options }
    }

    /// Cleans bytes in any encoding. `about` is what is known about the text: [`Metadata`], or only the host that it
    /// comes from, or `None`.
    pub fn clean<'a, 'm>(&self, bytes: &'a [u8], about: impl Into<Metadata<'m>>) -> Cleaned<'a> {
        self.clean_observed(bytes, about, |_| ())
    }

    /// Cleans a text that needs no decoding, such as the HTML of a page.
    pub fn clean_text<'a, 'm>(&self, text: &'a str, about: impl Into<Metadata<'m>>) -> Cleaned<'a> {
        self.run(Decoded::given(text), about.into(), None, |_| ())
    }

    /// The rule set.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The scoring model of texts.
    #[doc(hidden)]
    pub fn model(&self) -> Option<&ScoringModel> {
        self.model.as_ref()
    }

    /// The scoring model of web pages, if it is not the built-in one.
    #[doc(hidden)]
    pub fn page_model(&self) -> Option<&ScoringModel> {
        self.page_model.as_ref()
    }

    /// The model that scores the lines of texts, or those of web pages.
    fn model_for(&self, pages: bool) -> Option<&ScoringModel> {
        let model = self.model.as_ref()?;
        Some(if pages { self.page_model.as_ref().unwrap_or_else(|| builtin_page_model()) } else { model })
    }

    /// Whether a text is a web page, by what is known of its markup. What is larger than any page is text.
    pub(crate) fn is_page(&self, text: &str, known: Option<Markup>) -> bool {
        let is_html = || match self.options.markup.or(known) {
            Some(markup) => markup == Markup::Html && cfg!(feature = "html"),
            None => html::is_html(text),
        };
        text.len() <= MAX_PAGE && is_html()
    }

    /// The markup of a text that is no web page. Presets imitate projects that know no Markdown, and a cleaner that
    /// decides nothing leaves its marks alone too.
    fn markup_of(&self, text: &str, known: Option<Markup>) -> Markup {
        if self.rules.rules_only() || self.rules.rules().is_empty() && self.model.is_none() {
            Markup::None
        } else {
            self.options.markup.or(known).filter(|markup| *markup != Markup::Html).unwrap_or_else(|| detect(text))
        }
    }

    /// Normalises a text and reads its markup.
    fn prepare<'a>(&self, text: Cow<'a, str>, known: Option<Markup>) -> Prepared<'a> {
        #[cfg(feature = "html")]
        if self.is_page(&text, known) {
            return self.prepare_page(&text);
        }
        let normalized = normalize(text, self.options.steps);
        let markdown = self.markup_of(&normalized.text, known) == Markup::Markdown;
        let markdown = markdown.then(|| Markdown::read(&normalized.text));
        Prepared { normalized, markdown, html: None }
    }

    /// Reads a web page. Its lines are normalised, not its tags.
    #[cfg(feature = "html")]
    fn prepare_page<'a>(&self, html: &str) -> Prepared<'a> {
        let mut page = html::read(html);
        let lines = |text: &str| memchr::memchr_iter(b'\n', text.as_bytes()).count();
        let mut normalized = normalize(Cow::Borrowed(&page.text), self.options.steps);
        if lines(&normalized.text) != lines(&page.text) {
            // What the page says of its lines would be said of others.
            normalized = normalize(Cow::Borrowed(&page.text), crate::normalize::Steps::NONE);
        }
        let Normalized { text, steps } = normalized;
        let text = match text {
            Cow::Owned(text) => text,
            Cow::Borrowed(_) => std::mem::take(&mut page.text),
        };
        page.text = String::new();
        let roles = page.roles(lines(&text));
        Prepared { normalized: Normalized { text: Cow::Owned(text), steps }, markdown: None, html: Some((page, roles)) }
    }

    fn run<'a>(
        &self,
        decoded: Decoded<'a>,
        Metadata { host, title, markup }: Metadata<'_>,
        scores: Option<&Scores>,
        mut ended: impl FnMut(Stage),
    ) -> Cleaned<'a> {
        let chars_of_text = decoded.text.chars().count();
        let prepared = self.prepare(decoded.text, markup);
        ended(Stage::Normalize);
        let Prepared { normalized, markdown, html } = &prepared;
        let raw: &str = &normalized.text;
        let page = prepared.page(&self.rules, host);
        ended(Stage::Lines);
        let hits = self.rules.hits(&page);
        ended(Stage::Rules);
        let model = self.model_for(html.is_some()).filter(|_| is_scored(&page));
        let features = model.map(|_| prepared.features(&page, &hits, &self.rules)).unwrap_or_default();
        ended(Stage::Features);
        let predicted = model.filter(|_| scores.is_none()).map(|model| model.predict(&features).scores());
        ended(Stage::Model);
        let scored = model.zip(scores.or(predicted.as_ref())).map(|(model, scores)| Scored {
            of_page: html.is_some(),
            features: &features,
            scores,
            threshold: model.threshold(self.options.profile),
        });
        let blocks = match (markdown, html) {
            (Some(markdown), _) => blocks::with_code(&page, &markdown.blocks),
            (_, Some((html, _))) => html.blocks(),
            _ => scored.as_ref().map(|_| blocks::find(&page)).unwrap_or_default(),
        };
        let title = title.or(html.as_ref().and_then(|(html, _)| html.title.as_deref()));
        let classifier = Classifier::new(&page, &hits, &self.rules, &self.options.keep).with_title(title);
        let Classified { mut verdicts, rolled_back } = match self.rules.rules_only() {
            true => classifier.by_rules_alone(),
            false => classifier.by_rules_and_page(scored.as_ref(), &blocks),
        };
        if let Some(markdown) = markdown {
            decide_marks(markdown, raw, &self.options.keep, &mut verdicts);
        }
        ended(Stage::Classify);
        let lines = markdown.as_ref().map_or(&page.lines, |markdown| &markdown.lines);
        let mut steps = normalized.steps.clone();
        if self.options.steps.contains(Step::BlankLines) {
            let is_text = |line: usize| markdown.as_ref().is_some_and(|text| text.marks[line] != Mark::None);
            let closed = close_blank_lines(|line| page.stats[line].blank && !is_text(line), &mut verdicts);
            steps.extend((closed > 0).then_some((Step::BlankLines, closed)));
        }
        let output = join(raw, lines, &verdicts);
        let kept = verdicts.iter().zip(&page.stats).filter(|(verdict, _)| verdict.keep);
        let chars_before = if html.is_some() { raw.chars().count() } else { chars_of_text };
        let report = Report {
            encoding: decoded.encoding,
            encoding_source: decoded.source,
            replaced: decoded.replaced,
            encoding_fits: decoded.encoding_fits,
            steps,
            markup: prepared.markup(),
            layout: page.layout,
            lines: (verdicts.len(), kept.clone().count()),
            chars: (chars_before, output.as_deref().unwrap_or(raw).chars().count()),
            words: (page.stats.iter().map(|stats| stats.words).sum(), kept.map(|(_, stats)| stats.words).sum()),
            rolled_back,
        };
        ended(Stage::Join);
        let page_lines = page.lines;
        let Prepared { normalized, markdown, html } = prepared;
        let (lines, blocks) = match markdown {
            Some(markdown) => markdown.into_lines_and_blocks(blocks),
            None => (page_lines, blocks),
        };
        let field_hints = html.as_ref().map(|(page, _)| page.field_hints(lines.len())).unwrap_or_default();
        let page_as_markdown = html
            .filter(|_| self.options.pages_as == Markup::Markdown)
            .map(|(page, _)| html::to_markdown(&page, &normalized.text, &lines, &verdicts));
        Cleaned { normalized: normalized.text, lines, verdicts, blocks, report, output, field_hints, page_as_markdown }
    }
}

/// Whether a model scores the lines of a page.
fn is_scored(page: &Page<'_>) -> bool {
    page.layout == Layout::Blocks && page.rows().len() <= MAX_SCORED_LINES
}

/// A text as the stages after normalisation see it.
struct Prepared<'a> {
    normalized: Normalized<'a>,
    markdown: Option<Markdown>,
    /// A web page, and what its elements say of each line.
    html: Option<(HtmlPage, Vec<LineRole>)>,
}

impl Prepared<'_> {
    /// The page as a reader sees it.
    fn page<'p>(&'p self, rules: &RuleSet, host: Option<&'p str>) -> Page<'p> {
        let text: &str = &self.normalized.text;
        match (&self.markdown, &self.html) {
            (Some(Markdown { visible, visible_lines, roles, .. }), _) => {
                Page::with_lines(visible, visible_lines.clone(), Layout::Blocks, host).with_roles(roles)
            }
            (_, Some((_, roles))) => Page::at_line_breaks(text, host).with_roles(roles),
            _ => rules.page(text, host),
        }
    }

    /// The features of a page, of a web page with the hints of its elements.
    fn features(&self, page: &Page<'_>, hits: &[crate::rules::Hit], rules: &RuleSet) -> FeatureMatrix {
        let mut features = features::extract(page, hits, rules);
        if let Some((html, _)) = &self.html {
            html::hints(html, &features.lines, &mut features.values);
        }
        features
    }

    fn markup(&self) -> Markup {
        match (&self.markdown, &self.html) {
            (Some(_), _) => Markup::Markdown,
            (_, Some(_)) => Markup::Html,
            _ => Markup::None,
        }
    }
}

/// API for the command line and the evaluation. It changes without notice.
#[doc(hidden)]
impl Cleaner {
    /// How it cleans.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The same cleaner with another model for texts, or for web pages.
    #[must_use]
    pub fn with_model(&self, model: ScoringModel) -> Cleaner {
        let (rules, options) = (self.rules.clone(), self.options.clone());
        match model.for_pages {
            true => Cleaner { rules, model: self.model.clone(), page_model: Some(model), options },
            false => Cleaner { rules, model: Some(model), page_model: self.page_model.clone(), options },
        }
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

    /// The features of a text that this cleaner has cleaned, which was `text` before; `None` if its lines are not scored.
    pub fn features<'m>(&self, text: &str, about: impl Into<Metadata<'m>>) -> Option<FeatureMatrix> {
        let Metadata { host, markup, .. } = about.into();
        let prepared = self.prepare(Cow::Borrowed(text), markup);
        let page = prepared.page(&self.rules, host);
        is_scored(&page).then(|| prepared.features(&page, &self.rules.hits(&page), &self.rules))
    }

    /// The model that scores the lines of a text that this cleaner has cleaned.
    pub fn model_of(&self, cleaned: &Cleaned<'_>) -> Option<&ScoringModel> {
        self.model_for(cleaned.report.markup == Markup::Html)
    }

    /// Matches the rules on a text without cleaning it; `observer` sees each run of a regex.
    pub fn observe_rules(&self, bytes: &[u8], host: Option<&str>, observer: &mut impl MatchObserver) {
        let prepared = self.prepare(decode(bytes, self.options.encoding).text, None);
        self.rules.hits_observed(&prepared.page(&self.rules, host), observer);
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
