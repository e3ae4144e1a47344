//! The command `explain`: prints the verdict on every line of a text, with the reasons. It cleans exactly as `clean`.

mod in_words;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use bodytext::unstable::{BlockKind, FeatureMatrix, Prediction, Scores, decode, feature_docs};
use bodytext::{Cleaned, Heuristic, LineClass, Markup, Metadata, Reason, RuleSet};
use serde::Serialize;

use crate::args::ExplainArgs;
use crate::catch_panic::catch_panic;
use crate::config;
use crate::error::{Error, ExitCode, io_reason};
use crate::input::{Format, names_a_page};
use crate::plan;
use crate::read::documents::display_name;
use crate::read::host_of;
use crate::read::open::{find_record, record_bytes, single_format};
use crate::read::saved_page::{saved_address, saved_page};
use crate::read::sniff::sniff_text;
use crate::read::text::misfit;
use crate::terminal::{self, Stdout, eprint, shown, visible};

use super::print_help;
use in_words::LineFeatures;

const REMOVED: Style = AnsiColor::Red.on_default();
const FAINT: Style = Style::new().dimmed();
/// The number of features that the text form lists for a score.
const NAMED_FEATURES: usize = 3;

/// Explains the file that the arguments name, or standard input.
pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode, Error> {
    if args.features {
        return print_features();
    }
    if args.file.is_none() && terminal::stdin_is_terminal() {
        return print_help();
    }
    let path = args.file.as_deref().unwrap_or(Path::new("-"));
    check_is_file(path)?;
    let encoding = config::encoding(args.cleaning.encoding.as_deref())?;
    let cleaner = config::cleaner(&args.cleaning)?;
    let given_host = args.url.as_deref().map(host).transpose()?;
    let fields = plan::fields(&args.records)?;
    let name = display_name(path);
    let bytes = match record_bytes(path) {
        Ok(bytes) => bytes,
        Err(error) => return failed(&name, &io_reason(&error)),
    };
    let format = single_format(path, &bytes);
    if let Some(id) = args.id.as_ref().filter(|_| format == Format::Text) {
        return Err(Error::usage(format!("--id {id} is for records, and {name} is one text; leave the flag out")));
    }
    let saved = match catch_panic(|| saved_page(path, &bytes, cleaner.options().markup)) {
        _ if format != Format::Text => None,
        Ok(Ok(saved)) => saved,
        Ok(Err(reason)) | Err(reason) => return failed(&name, &reason),
    };
    let fault = saved.as_ref().and_then(|page| page.fault.clone());
    let saved = saved.map(|page| page.into_document(encoding));
    let (record, bytes) = match format {
        Format::Text => (saved, bytes),
        _ => match find_record(path, bytes, format, &fields, args.id.as_deref()) {
            Ok(record) => (Some(record), Vec::new()),
            Err(reason) => return failed(&name, &reason),
        },
    };
    if record.is_none()
        && let Some(what) = sniff_text(&bytes, encoding)
    {
        return failed(&name, &what);
    }
    let decoded = record.is_none().then(|| decode(&bytes, encoding).text);
    let own_host = || match (&record, &decoded) {
        (Some(record), _) => record.host(),
        (None, text) => text.as_deref().and_then(saved_address).as_deref().and_then(host_of),
    };
    let host = given_host.or_else(own_host);
    let host = host.as_deref();
    let markup = match &record {
        Some(record) => record.markup,
        None => names_a_page(path).then_some(Markup::Html),
    };
    let about = Metadata { host, title: record.as_ref().and_then(|record| record.title.as_deref()), markup };
    let cleaned = match catch_panic(|| match &record {
        Some(record) => cleaner.clean_text(&record.text, about),
        None => cleaner.clean(&bytes, about),
    }) {
        Ok(cleaned) => cleaned,
        Err(panic) => return failed(&name, &panic),
    };
    let text = decoded.as_deref().or(record.as_ref().map(|record| &*record.text)).unwrap_or_default();
    let features = cleaner.features(text, about).unwrap_or_default();
    let model = cleaner.model_of(&cleaned).filter(|_| !features.lines.is_empty());
    let scored = model.map(|model| LineScores::new(model.predict(&features), &features));
    let context = Context { rules: cleaner.rules(), scored, verbose: args.verbose };
    let mut out = Stdout::new();
    for index in 0..cleaned.lines.len() {
        let line = ExplainedLine::new(&cleaned, index, &context);
        if args.json {
            out.print(serde_json::json!(line))?;
        } else {
            out.print(line.to_string().trim_end())?;
        }
    }
    out.finish()?;
    if !args.json {
        eprint(conclusion(&cleaned));
    }
    let report = &cleaned.report;
    if let Some(fault) = fault {
        return failed(&name, &fault);
    }
    if report.encoding_fits {
        return Ok(ExitCode::Success);
    }
    failed(&name, &misfit(report.encoding, report.encoding_source, report.replaced as u64))
}

fn host(url: &str) -> Result<String, Error> {
    host_of(url).ok_or_else(|| {
        Error::usage(format!("--url {url}: not an address; write it whole, as in https://example.org/page"))
    })
}

/// Prints what every feature means.
fn print_features() -> Result<ExitCode, Error> {
    let mut out = Stdout::new();
    for (name, doc) in feature_docs() {
        out.print(format_args!("{name:<28} {}", doc.split_whitespace().collect::<Vec<_>>().join(" ")))?;
    }
    out.finish()?;
    Ok(ExitCode::Success)
}

fn check_is_file(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        let (name, example) = (shown(path), shown(path.join("FILE")));
        return Err(Error::usage(format!(
            "explain takes one file, and {name} is a folder; name a file in it: bodytext explain {example}"
        )));
    }
    Ok(())
}

fn failed(name: &str, reason: &str) -> Result<ExitCode, Error> {
    eprint(format_args!("{name}: {reason}"));
    Ok(ExitCode::SomeFailed)
}

/// What a line is explained with.
struct Context<'a> {
    rules: &'a RuleSet,
    scored: Option<LineScores<'a>>,
    /// Whether scores are explained in numbers.
    verbose: bool,
}

/// The scores of a document's lines and where they come from.
struct LineScores<'a> {
    prediction: Prediction<'a>,
    features: &'a FeatureMatrix,
    scores: Scores,
}

/// The score of one line.
struct LineScore<'a> {
    score: f32,
    /// What each feature contributes, largest first.
    contributions: Vec<(&'static str, f32)>,
    line: LineFeatures<'a>,
}

impl<'a> LineScores<'a> {
    fn new(prediction: Prediction<'a>, features: &'a FeatureMatrix) -> LineScores<'a> {
        LineScores { scores: prediction.scores(), prediction, features }
    }

    fn of(&self, line: usize) -> Option<LineScore<'a>> {
        let row = self.features.lines.binary_search(&line).ok()?;
        Some(LineScore {
            score: self.scores.rows[row],
            contributions: self.prediction.contributions(row),
            line: LineFeatures { features: self.features, row },
        })
    }
}

impl LineScore<'_> {
    /// The reason of a line with a low score: in words, or in numbers.
    fn reason(&self, class: LineClass, in_numbers: bool) -> String {
        if !in_numbers {
            return format!("{}: {}", Heuristic::LowScore, self.line.in_words(class));
        }
        let parts = self.contributions.iter().take(NAMED_FEATURES).map(|(name, part)| format!("{name} {part:+.1}"));
        format!("{} {:.2}: {}", Heuristic::LowScore, self.score, parts.collect::<Vec<_>>().join(", "))
    }
}

/// The verdict on a line. Its text is for people, its serialised form for programs.
#[derive(Serialize)]
struct ExplainedLine<'l> {
    line: usize,
    keep: bool,
    class: &'static str,
    reasons: Vec<&'l str>,
    cuts: Vec<&'l str>,
    /// The kind of the block that the line is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<&'static str>,
    text: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contributions: Option<BTreeMap<&'static str, f64>>,
    /// For the text form: the width of the largest line number, how the score is composed, the positions of the cuts.
    #[serde(skip)]
    width: usize,
    #[serde(skip)]
    shows_score: bool,
    #[serde(skip)]
    low_score: Option<String>,
    #[serde(skip)]
    cut_ranges: Vec<Range<usize>>,
}

impl<'l> ExplainedLine<'l> {
    fn new(cleaned: &'l Cleaned<'_>, index: usize, context: &Context<'l>) -> Self {
        let verdict = &cleaned.verdicts[index];
        let span = cleaned.lines[index].span();
        let scored = context.scored.as_ref().and_then(|scored| scored.of(index));
        let mut reasons: Vec<&str> = Vec::new();
        for reason in &verdict.reasons {
            // The headline stays whatever its score, so the score is not a reason.
            let is_reason = !verdict.keep || *reason != Reason::Heuristic(Heuristic::LowScore);
            let name = reason.name(context.rules);
            if is_reason && !reasons.contains(&name) {
                reasons.push(name);
            }
        }
        let block = cleaned.blocks.get(cleaned.blocks.partition_point(|block| block.lines.end <= index));
        let low_score = scored.as_ref().filter(|_| reasons.contains(&Heuristic::LowScore.name()));
        ExplainedLine {
            line: index + 1,
            keep: verdict.keep,
            class: verdict.class.name(),
            low_score: low_score.map(|scored| scored.reason(verdict.class, context.verbose)),
            reasons,
            cuts: verdict.cuts.iter().map(|cut| &cleaned.normalized[cut.clone()]).collect(),
            score: scored.as_ref().map(|scored| thousandths(scored.score)),
            contributions: scored
                .map(|scored| scored.contributions.into_iter().map(|(name, part)| (name, thousandths(part))).collect()),
            block: block.filter(|block| block.lines.contains(&index)).map(|block| block.kind.name()),
            width: cleaned.lines.len().to_string().len(),
            shows_score: context.verbose,
            cut_ranges: verdict.cuts.iter().map(|cut| cut.start - span.start..cut.end - span.start).collect(),
            text: &cleaned.normalized[span],
        }
    }

    /// The line with its control characters shown and what is cut from it marked.
    fn marked_text(&self) -> String {
        let (mut out, mut at) = (String::new(), 0);
        for cut in self.cut_ranges.iter() {
            if cut.start < at {
                continue; // Two rules that cut the same words.
            }
            out.push_str(&visible(&self.text[at..cut.start]));
            out.push_str(&format!("{REMOVED}{{-{}-}}{REMOVED:#}", visible(&self.text[cut.clone()])));
            at = cut.end;
        }
        out + &visible(&self.text[at..])
    }
}

impl fmt::Display for ExplainedLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_blank = self.text.trim().is_empty() && self.class == LineClass::Body.name();
        let class = if is_blank { "" } else { self.class };
        let (mark, style) = match (self.keep, self.cuts.is_empty()) {
            (true, true) => ('+', Style::new()),
            (true, false) => ('~', Style::new()),
            (false, _) => ('-', REMOVED),
        };
        let (number, width, text) = (self.line, self.width, self.marked_text());
        write!(f, "{FAINT}{number:>width$}{FAINT:#} {style}{mark} {class:<11} {text}{style:#}")?;
        if let Some(score) = self.score.filter(|_| self.shows_score) {
            write!(f, "  {FAINT}{score:.2}{FAINT:#}")?;
        }
        let block = self.block.filter(|_| !is_blank).map(|kind| format!("in {}", with_article(kind)));
        if self.reasons.is_empty() && block.is_none() {
            return Ok(());
        }
        let reasons = self.reasons.iter().map(|reason| match &self.low_score {
            Some(explained) if explained.starts_with(reason) => explained.as_str(),
            _ => *reason,
        });
        let reasons = block.as_deref().into_iter().chain(reasons);
        write!(f, "  {FAINT}[{}]{FAINT:#}", reasons.collect::<Vec<_>>().join(", "))
    }
}

fn with_article(kind: &str) -> String {
    if kind == BlockKind::Code.name() { kind.to_owned() } else { format!("a {kind}") }
}

fn thousandths(x: f32) -> f64 {
    (f64::from(x) * 1000.0).round() / 1000.0
}

fn conclusion(cleaned: &Cleaned<'_>) -> String {
    let report = &cleaned.report;
    let (layout, source) = (report.layout.name(), report.encoding_source.name());
    let mut text =
        format!("{} of {} lines stay; {} ({source}), layout {layout}", report.lines.1, report.lines.0, report.encoding);
    match report.markup {
        Markup::Markdown => text.push_str(", read as Markdown"),
        Markup::Html => text.push_str(", read as HTML"),
        _ => {}
    }
    if !report.steps.is_empty() {
        let steps: Vec<String> = report.steps.iter().map(|(step, n)| format!("{} {n}", step.name())).collect();
        text.push_str(&format!("; repaired: {}", steps.join(", ")));
    }
    if report.rolled_back {
        text.push_str("; the removals were rolled back, since nearly nothing would have been left");
    }
    text
}
