//! What the Python package calls: cleaners from settings, documents as the command cleans them, reports, and the command
//! itself. It changes without notice.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::path::Path;

use bodytext::unstable::{Offset, decode};
use bodytext::{Cleaned, CleanedDocument, Cleaner, Filters, Markup, Metadata, RuleSet, ScoringModel, TextEncoding};
use serde::{Deserialize, Serialize};

pub use crate::config::PackText;
pub use crate::extra_fields::CleaningFigures;

use crate::args::{CleaningArgs, RuleArgs};
use crate::catch_panic::catch_panic;
use crate::config;
use crate::error::Error;
use crate::read::Document;
use crate::read::saved_page::saved_page;
use crate::read::sniff;
use crate::read::text::misfit;
use crate::stats::{Counter, Failure, RunStats};
use crate::summary::{RuleSetSummary, SHOWN_FAILURES, Summary};
use crate::worker::{DocumentCleaning, count_document};

/// Runs the command and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let code = crate::exit_code(args);
    // At the end of a Rust program this happens by itself.
    let _ = std::io::stdout().flush();
    code as u8
}

/// The arguments of a cleaner, as flags have them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Settings {
    /// The packs over the built-in ones or the preset.
    pub rules: Vec<PackText>,
    /// Whether the built-in packs, and the built-in model, are used.
    pub builtin_rules: bool,
    /// The preset instead of the built-in packs.
    pub preset: Option<String>,
    /// Rules to switch off.
    pub disable: Vec<String>,
    /// The languages whose packs are used; none: all.
    pub languages: Vec<String>,
    /// The name and the text of a model file.
    pub model: Option<(String, String)>,
    /// Classes to keep.
    pub keep: Vec<String>,
    /// Classes to remove.
    pub drop: Vec<String>,
    /// Whether the headline is removed.
    pub body_only: bool,
    /// How much is removed by score.
    pub profile: String,
    /// What the texts are, `auto`, `none`, `markdown` or `html`.
    pub markup: String,
    /// What web pages become, `text` or `markdown`.
    pub pages_as: String,
    /// The encoding of bytes.
    pub encoding: Option<String>,
    /// The normalisation steps.
    pub normalize: String,
}

impl Settings {
    /// The cleaner.
    ///
    /// # Errors
    ///
    /// What is wrong with the arguments, and what to write instead.
    pub fn cleaner(&self) -> Result<Cleaner, String> {
        let args = CleaningArgs {
            rules: RuleArgs {
                rules: Vec::new(),
                no_builtin_rules: !self.builtin_rules,
                preset: self.preset.clone(),
                disable: self.disable.clone(),
                languages: self.languages.clone(),
                max_rule_file: u64::MAX,
            },
            model: None,
            keep: self.keep.clone(),
            drop: self.drop.clone(),
            body_only: self.body_only,
            profile: self.profile.clone(),
            markup: self.markup.clone(),
            pages_as: self.pages_as.clone(),
            encoding: self.encoding.clone(),
            normalize: self.normalize.clone(),
        };
        let cleaner = || {
            let options = config::options(&args)?;
            let rules = config::rules_of(&args.rules, &self.rules)?;
            let model = match &self.model {
                Some((name, text)) => Some(config::parse_model(name, text)?),
                None if !self.builtin_rules => None,
                None => Some(ScoringModel::builtin()),
            };
            Ok(Cleaner::new(rules, model, options))
        };
        cleaner().map_err(|error| as_arguments(&error))
    }

    /// The encoding of bytes, if it is known.
    ///
    /// # Errors
    ///
    /// An unknown label.
    pub fn encoding(&self) -> Result<Option<TextEncoding>, String> {
        config::encoding(self.encoding.as_deref()).map_err(|error| as_arguments(&error))
    }
}

/// The packs of a file or folder.
///
/// # Errors
///
/// Why it cannot be read.
pub fn read_packs(path: &Path) -> Result<Vec<PackText>, String> {
    config::read_packs(path, u64::MAX, Ok).map_err(|error| as_arguments(&error))
}

/// The text of a model file.
///
/// # Errors
///
/// Why it cannot be read.
pub fn read_model(path: &Path) -> Result<String, String> {
    config::read_model_text("--model", path, u64::MAX).map_err(|error| as_arguments(&error))
}

/// The host of an address, which selects the rules of single sites.
pub fn host_of(url: &str) -> Option<String> {
    crate::read::host_of(url)
}

/// A message in which flags are called as the arguments of a function are.
fn as_arguments(error: &Error) -> String {
    const FLAGS: [&str; 10] =
        ["rules", "model", "preset", "disable", "languages", "keep", "drop", "profile", "markup", "encoding"];
    let mut text = error.to_string().replace("--normalize", "normalize").replace("--body-only", "body_only=True");
    text = text.replace("--pages-as ", "pages_as=");
    for flag in FLAGS {
        text = text.replace(&format!("--{flag} "), &format!("{flag}=")).replace(&format!("--{flag}"), flag);
    }
    text
}

/// What was counted while documents were cleaned.
#[derive(Debug, Clone, Default)]
pub struct Counts(RunStats);

/// A document as it is given to [`Counts::clean`].
#[derive(Debug)]
pub struct Source<'s> {
    document: Document<'s>,
    /// The site that it says it is from.
    host: Option<String>,
    /// What of it is missing or damaged.
    fault: Option<String>,
}

impl<'s> Source<'s> {
    /// A text. A lone surrogate is U+FFFD in it; so many were replaced.
    pub fn text(text: impl Into<Cow<'s, str>>, surrogates: u64) -> Source<'s> {
        Document { surrogates, ..Document::new(text.into()) }.into()
    }

    /// The bytes of a text file, or of a page that a browser saved as MHTML unless `markup` says that they are something
    /// else.
    ///
    /// # Errors
    ///
    /// What they are instead of a text.
    pub fn bytes(
        bytes: &'s [u8],
        encoding: Option<TextEncoding>,
        markup: Option<Markup>,
    ) -> Result<Source<'s>, String> {
        // Bytes have no name by which they could be MHTML without beginning like it.
        let page = catch_panic(|| saved_page(Path::new("-"), bytes, markup))??;
        if let Some(page) = page {
            let fault = page.fault.clone();
            return Ok(Source { fault, ..page.into_document(encoding).into() });
        }
        if let Some(what) = sniff::sniff_text(bytes, encoding) {
            return Err(what.replace("--encoding", "encoding"));
        }
        let decoded = decode(bytes, encoding);
        let document = Document {
            encoding: decoded.encoding,
            encoding_source: decoded.source,
            undecodable: decoded.replaced as u64,
            encoding_fits: decoded.encoding_fits,
            ..Document::new(decoded.text)
        };
        Ok(document.into())
    }

    /// The text, decoded.
    pub fn as_str(&self) -> &str {
        &self.document.text
    }

    /// What is known of the text: `about`, and what it says of itself.
    pub fn about<'m>(&'m self, about: Metadata<'m>) -> Metadata<'m> {
        let Source { host, document, .. } = self;
        Metadata { host: about.host.or(host.as_deref()), markup: about.markup.or(document.markup), ..about }
    }
}

impl<'s> From<Document<'s>> for Source<'s> {
    fn from(document: Document<'s>) -> Source<'s> {
        Source { host: document.host(), document, fault: None }
    }
}

/// The result of cleaning a document.
#[derive(Debug)]
pub struct Done<'t> {
    /// The text, the words, and the filter that dropped it.
    pub document: CleanedDocument<'t>,
    /// What cleaning did to it; nothing if it is HTML.
    pub figures: Option<CleaningFigures>,
}

impl Counts {
    /// Cleans a document as the command cleans a record, on this thread. `about` counts more than what the document says of
    /// itself. `each` sees every cleaned piece of it.
    ///
    /// # Errors
    ///
    /// The message of a panic, a fault in the library. Then nothing is counted but a record read.
    pub fn clean<'t>(
        &mut self,
        (cleaner, filters): (&Cleaner, &Filters),
        source: &'t Source<'_>,
        about: Metadata<'_>,
        each: impl FnMut(Offset, &Cleaned<'t>),
    ) -> Result<Done<'t>, String> {
        let document = &source.document;
        let about = source.about(about);
        self.0.records.read += 1;
        let cleaning = DocumentCleaning { cleaner, filters, threads: 1 };
        let (cleaned, stats) = cleaning.run(&document.text, about, each)?;
        let figures = CleaningFigures::new(document, &cleaned.text, &stats, cleaned.words);
        count_document(document, !figures.unchanged, &mut self.0);
        self.0.add(stats);
        if let Some(fault) = &source.fault {
            self.0.fail(Failure::new("bytes", None, fault.clone()));
        }
        if !document.encoding_fits {
            let reason = misfit(document.encoding, document.encoding_source, document.undecodable);
            self.0.fail(Failure::new("bytes", None, reason.replace("--encoding", "encoding")));
        }
        Ok(Done { document: cleaned, figures: Some(figures) })
    }

    /// Counts a record whose text is null or invalid. It stays as it is.
    pub fn not_a_string(&mut self) {
        self.0.records.read += 1;
        self.0.records.written += 1;
        self.0.count(Counter::NotAString, 1);
    }

    /// Counts a record that stays as it is, since the library panicked on it; [`clean`](Self::clean) counted it as read.
    pub fn failed(&mut self, reason: &str) {
        self.0.records.written += 1;
        self.0.fail(Failure::new("record", Some(self.0.records.read), reason));
    }

    /// Adds the counts of later documents.
    pub fn add(&mut self, other: Counts) {
        self.0.add(other.0);
    }

    /// A report, with the names of the rules.
    pub fn report(mut self, rules: &RuleSet) -> Report {
        let reasons = self.0.reasons(rules).into_iter().map(|(name, n)| (name.to_owned(), n)).collect();
        self.0.rules.clear();
        self.0.heuristics.clear();
        let rule_set = Some((rules.hash().to_owned(), rules.rules().len()));
        Report { stats: self.0, reasons, rule_set }
    }
}

/// What was counted, independent of a rule set: reports of any cleaners add up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    stats: RunStats,
    reasons: BTreeMap<String, u64>,
    /// The hash of the rule set and the number of its rules.
    rule_set: Option<(String, usize)>,
}

/// The hash of a sum of reports of several rule sets.
const SEVERAL: &str = "several";

impl Report {
    /// Adds the counts of later documents.
    pub fn add(&mut self, other: Report) {
        self.stats.add(other.stats);
        for (name, n) in other.reasons {
            *self.reasons.entry(name).or_default() += n;
        }
        self.rule_set = match (self.rule_set.take(), other.rule_set) {
            (Some((hash, rules)), Some((other, more))) if hash != other => Some((SEVERAL.to_owned(), rules.max(more))),
            (mine, other) => mine.or(other),
        };
    }

    /// The summary as one JSON object, as `--summary json` prints it.
    pub fn summary_json(&self) -> String {
        serde_json::json!(self.summary(&self.stats)).to_string()
    }

    fn summary<'s>(&'s self, stats: &'s RunStats) -> Summary<'s> {
        let mut reasons: Vec<(&str, u64)> = self.reasons.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        // The most frequent first; names are in order already.
        reasons.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let (hash, rules) = self.rule_set.as_ref().map_or(("", 0), |(hash, rules)| (hash.as_str(), *rules));
        Summary::of(stats, reasons, RuleSetSummary { hash, rules })
    }
}

/// The summary, with `{:#}` as `-v` prints it.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stats = &self.stats;
        for failure in stats.failures.iter().take(SHOWN_FAILURES) {
            writeln!(f, "{failure}")?;
        }
        self.summary(stats).fmt(f)
    }
}
