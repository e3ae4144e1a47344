//! The samples, byte for byte: what goes in, and what a careful editor would keep. Between them they show every class, rule
//! kind, step and encoding.
//!
//! `UPDATE_SAMPLES=1 cargo test golden` writes what the library makes of the documents into their `expected.txt`; the
//! diff is the review. Snippets and known failures are never rewritten.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs};

use bodytext::EncodingSource;
use bodytext::{Cleaned, Cleaner, LineClass, Options, Pack, Reason, RuleSet};
use bodytext::{ScoringModel, Selection};
use bodytext::{Step, Steps};
use serde::Deserialize;

#[test]
fn golden_snippets() {
    let mut faults = Vec::new();
    for snippet in snippets() {
        faults.extend(judge(&snippet.name, snippet.known_failure, &snippet.expected, snippet.shown.text.as_bytes()));
    }
    report(&faults);
}

#[test]
fn golden_documents() {
    let update = env::var_os("UPDATE_SAMPLES").is_some_and(|v| v == "1");
    let mut faults = Vec::new();
    for document in documents() {
        let path = document.folder.join("expected.txt");
        let text = &document.shown.text;
        if update && document.sample.known_failure.is_none() {
            if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
                fs::write(&path, text).unwrap();
            }
            continue;
        }
        let expected = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = path.display().to_string();
        faults.extend(judge(&name, document.sample.known_failure.is_some(), &expected, text.as_bytes()));
        if document.sample.known_failure.is_none() {
            faults.extend(document.sample.report.differences(&document.shown).map(|d| format!("{name}: {d}")));
        }
    }
    report(&faults);
}

#[test]
fn golden_samples_show_every_class_kind_step_and_encoding() {
    let mut shown = Seen::default();
    let documents = documents();
    for document in documents.iter().filter(|d| d.sample.known_failure.is_none()) {
        shown.add(&document.shown);
    }
    for snippet in snippets().iter().filter(|s| !s.known_failure) {
        shown.add(&snippet.shown);
    }
    let mut missing = Vec::new();
    missing.extend(LineClass::ALL.iter().filter(|c| !shown.classes.contains(c)).map(|c| format!("class {c}")));
    missing.extend(KINDS.iter().filter(|k| !shown.kinds.contains(*k)).map(|k| format!("rule kind {k}")));
    missing.extend(
        Step::ALL
            .iter()
            .filter(|s| !REFINEMENTS.contains(s) && !shown.steps.contains(s))
            .map(|s| format!("step {}", s.name())),
    );
    // Samples are bytes, so none is given as text.
    let hows = EncodingSource::ALL.iter().filter(|how| **how != EncodingSource::Given);
    missing.extend(hows.filter(|h| !shown.hows.contains(h)).map(|h| format!("encoding found by {}", h.name())));
    missing.extend(ENCODINGS.iter().filter(|e| !shown.encodings.contains(*e)).map(|e| format!("encoding {e}")));
    assert!(missing.is_empty(), "no sample shows: {}", missing.join(", "));
}

#[test]
fn golden_folders_are_complete() {
    let mut faults = Vec::new();
    for folder in folders() {
        let files: BTreeSet<String> =
            fs::read_dir(&folder).unwrap().map(|f| f.unwrap().file_name().to_string_lossy().into_owned()).collect();
        let inputs = files.iter().filter(|f| f.starts_with("input.")).count();
        let known =
            |f: &String| f.starts_with("input.") || ["expected.txt", "sample.toml", "rules.toml"].contains(&f.as_str());
        if inputs != 1 || !files.contains("expected.txt") || !files.contains("sample.toml") {
            faults.push(format!("{}: needs one input.*, expected.txt and sample.toml", folder.display()));
        }
        faults.extend(files.iter().filter(|f| !known(f)).map(|f| format!("{}: what is {f}?", folder.display())));
    }
    report(&faults);
}

#[test]
fn golden_records_have_what_the_readme_says() {
    let records = fs::read_to_string(samples().join("pages.jsonl")).unwrap();
    let mut ids = BTreeSet::new();
    for (number, record) in records.lines().enumerate() {
        let record: serde_json::Value = serde_json::from_str(record).unwrap_or_else(|e| panic!("record {number}: {e}"));
        for field in ["id", "url", "title", "text"] {
            assert!(record.get(field).is_some(), "record {number} has no {field}");
        }
        assert!(ids.insert(record["id"].to_string()), "record {number}: its id is used twice");
    }
    assert!(ids.len() >= 10);
}

/// All rule kinds. A new one is added here, and then wants a sample.
const KINDS: [&str; 7] = ["line", "span", "cut-after", "cut-before", "run", "hint", "keep"];

/// Steps that only change how another works.
const REFINEMENTS: [Step; 5] = [Step::LostSpaces, Step::Lossy, Step::Inconsistent, Step::Surrogates, Step::Crlf];

/// The encodings of which there must be a document. KOI8-R is read as KOI8-U, which has all its letters.
const ENCODINGS: [&str; 19] = [
    "UTF-8",
    "UTF-16LE",
    "UTF-16BE",
    "windows-1250",
    "windows-1251",
    "windows-1252",
    "windows-1253",
    "windows-1254",
    "windows-1257",
    "ISO-8859-2",
    "IBM850",
    "KOI8-U",
    "Shift_JIS",
    "EUC-JP",
    "ISO-2022-JP",
    "GBK",
    "gb18030",
    "Big5",
    "EUC-KR",
];

/// `sample.toml` of a document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    #[allow(dead_code, reason = "for readers of the file")]
    label: String,
    #[allow(dead_code, reason = "for readers of the file")]
    why: String,
    /// What is still wrong. `expected.txt` is what ought to come out.
    #[serde(default)]
    known_failure: Option<String>,
    #[serde(default)]
    options: SampleOptions,
    #[serde(default)]
    report: ExpectedReport,
}

/// How a sample is to be cleaned; the names are those of the flags.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct SampleOptions {
    encoding: Option<String>,
    normalize: Option<String>,
    body_only: bool,
    keep: Vec<LineClass>,
    drop: Vec<LineClass>,
    languages: Vec<String>,
    disable: Vec<String>,
    no_builtin_rules: bool,
    preset: Option<String>,
    /// The site the text comes from.
    host: Option<String>,
}

/// What the report must say, where the sample is about that.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ExpectedReport {
    encoding: Option<String>,
    how: Option<String>,
    layout: Option<String>,
    replaced: Option<usize>,
    rolled_back: Option<bool>,
}

impl ExpectedReport {
    fn differences(&self, shown: &Shown) -> impl Iterator<Item = String> {
        let report = &shown.report;
        let pairs = [
            ("encoding", self.encoding.clone(), report.encoding.to_owned()),
            ("how", self.how.clone(), report.encoding_source.to_string()),
            ("layout", self.layout.clone(), report.layout.to_string()),
            ("replaced", self.replaced.map(|n| n.to_string()), report.replaced.to_string()),
            ("rolled_back", self.rolled_back.map(|t| t.to_string()), report.rolled_back.to_string()),
        ];
        pairs.into_iter().filter_map(|(what, expected, got)| {
            let expected = expected.filter(|expected| *expected != got)?;
            Some(format!("{what} is {got}, not {expected}"))
        })
    }
}

/// A file of snippets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SnippetFile {
    #[serde(default)]
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    label: String,
    #[allow(dead_code, reason = "for readers of the file")]
    comment: String,
    input: String,
    /// Left out where it is the input.
    expected: Option<String>,
    #[serde(default)]
    options: SampleOptions,
}

/// What the library makes of a sample.
struct Shown {
    text: String,
    report: bodytext::Report,
    classes: BTreeSet<LineClass>,
    kinds: BTreeSet<&'static str>,
}

impl Shown {
    fn new(cleaner: &Cleaner, cleaned: &Cleaned<'_>) -> Shown {
        let (mut classes, mut kinds) = (BTreeSet::new(), BTreeSet::new());
        for verdict in &cleaned.verdicts {
            classes.insert(verdict.class);
            for reason in &verdict.reasons {
                if let Reason::Rule(rule) = reason {
                    kinds.insert(cleaner.rules().rules()[*rule].action.name());
                }
            }
        }
        Shown { text: cleaned.text().to_owned(), report: cleaned.report.clone(), classes, kinds }
    }
}

#[derive(Default)]
struct Seen {
    classes: BTreeSet<LineClass>,
    kinds: BTreeSet<&'static str>,
    steps: BTreeSet<Step>,
    hows: BTreeSet<EncodingSource>,
    encodings: BTreeSet<&'static str>,
}

impl Seen {
    fn add(&mut self, shown: &Shown) {
        self.classes.extend(&shown.classes);
        self.kinds.extend(&shown.kinds);
        self.steps.extend(shown.report.steps.iter().map(|(step, _)| step));
        self.hows.insert(shown.report.encoding_source);
        self.encodings.insert(shown.report.encoding);
    }
}

struct Snippet {
    name: String,
    expected: String,
    known_failure: bool,
    shown: Shown,
}

struct Document {
    folder: PathBuf,
    sample: Sample,
    shown: Shown,
}

fn snippets() -> Vec<Snippet> {
    let mut snippets = Vec::new();
    let mut names = BTreeSet::new();
    for kind in ["in-the-wild", "synthetic", "negative", "known-failures"] {
        let path = samples().join("snippets").join(kind).with_extension("toml");
        // A checkout may have changed the line ends of the file.
        let file = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        let file: SnippetFile = toml::from_str(&file).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for case in file.case {
            let name = format!("{}: {}", path.display(), case.label);
            let expected = case.expected.unwrap_or_else(|| case.input.clone());
            assert!(names.insert(case.label), "{name}: the label is used twice");
            assert!(kind != "negative" || expected == case.input, "{name}: negatives come out as they went in");
            let cleaner = cleaner(&case.options, None);
            let shown = Shown::new(&cleaner, &cleaner.clean(case.input.as_bytes(), case.options.host.as_deref()));
            snippets.push(Snippet { name, expected, known_failure: kind == "known-failures", shown });
        }
    }
    snippets
}

fn documents() -> Vec<Document> {
    folders()
        .into_iter()
        .map(|folder| {
            let path = folder.join("sample.toml");
            let sample = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let sample: Sample = toml::from_str(&sample).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            let rules = folder.join("rules.toml");
            let cleaner = cleaner(&sample.options, rules.exists().then_some(rules.as_path()));
            let input = fs::read(input_of(&folder)).unwrap();
            let shown = Shown::new(&cleaner, &cleaner.clean(&input, sample.options.host.as_deref()));
            Document { folder, sample, shown }
        })
        .collect()
}

fn cleaner(asked: &SampleOptions, rules: Option<&Path>) -> Cleaner {
    let model = (!asked.no_builtin_rules).then(ScoringModel::builtin);
    Cleaner::new(rule_set(asked, rules), model, options(asked))
}

/// The rules for a sample. Most use the built-in ones, which take a while to compile.
fn rule_set(asked: &SampleOptions, rules: Option<&Path>) -> RuleSet {
    static BUILTIN: OnceLock<RuleSet> = OnceLock::new();
    if rules.is_none()
        && asked.preset.is_none()
        && !asked.no_builtin_rules
        && asked.languages.is_empty()
        && asked.disable.is_empty()
    {
        return BUILTIN.get_or_init(RuleSet::builtin).clone();
    }
    let mut packs = match &asked.preset {
        Some(name) => vec![Pack::preset(name).unwrap()],
        None if asked.no_builtin_rules => Vec::new(),
        None => RuleSet::builtin_packs(),
    };
    if let Some(path) = rules {
        let source = fs::read_to_string(path).unwrap();
        packs.push(Pack::parse(&path.display().to_string(), &source).unwrap_or_else(|e| panic!("{e}")));
    }
    let selection = Selection { languages: asked.languages.clone(), disable: asked.disable.clone() };
    let set = RuleSet::new(packs, &selection).unwrap_or_else(|e| panic!("{e}"));
    if rules.is_some() {
        let failures: Vec<String> = bodytext::unstable::self_test(&set).iter().map(ToString::to_string).collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
    set
}

fn options(asked: &SampleOptions) -> Options {
    let mut options = Options::default();
    if let Some(steps) = &asked.normalize {
        options.steps = Steps::parse(steps).unwrap();
    }
    if let Some(label) = &asked.encoding {
        options.encoding = Some(label.parse().unwrap());
    }
    options.keep.extend(&asked.keep);
    if asked.body_only {
        options.keep.retain(|class| *class != LineClass::Headline);
    }
    options.keep.retain(|class| !asked.drop.contains(class));
    options
}

/// What is wrong with a sample: a difference, or a known failure that passes.
fn judge(name: &str, known_failure: bool, expected: &str, got: &[u8]) -> Option<String> {
    let got = String::from_utf8_lossy(got);
    match (known_failure, expected == got) {
        (false, false) => Some(format!("{name}\n{}", difference(expected, &got))),
        (true, true) => Some(format!("{name}\n  passes now: it is not a known failure any more, move me")),
        _ => None,
    }
}

/// The lines that differ, with their numbers in the expected text, invisible characters spelt out.
fn difference(expected: &str, got: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (expected.split('\n').collect(), got.split('\n').collect());
    // The longest common subsequence of all pairs of tails.
    let mut common = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let mut out = String::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || i < a.len() && common[i + 1][j] >= common[i][j + 1] {
            let _ = writeln!(out, "  {:>4} expected  {}", i + 1, visible(a[i]));
            i += 1;
        } else {
            let _ = writeln!(out, "  {:>4} got       {}", i + 1, visible(b[j]));
            j += 1;
        }
    }
    out
}

fn visible(line: &str) -> String {
    let mut out = String::new();
    for c in line.chars() {
        if c.is_control()
            || c != ' ' && c.is_whitespace()
            || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
        {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    if out.is_empty() { "(an empty line, or the end)".to_owned() } else { out }
}

fn report(faults: &[String]) {
    assert!(faults.is_empty(), "{} samples differ:\n\n{}", faults.len(), faults.join("\n"));
}

fn input_of(folder: &Path) -> PathBuf {
    let mut files = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path());
    files
        .find(|f| f.file_stem().is_some_and(|s| s == "input"))
        .unwrap_or_else(|| panic!("{}: no input", folder.display()))
}

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(samples().join("documents"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples")
}
