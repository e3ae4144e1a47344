//! Properties of the library that must hold for untrusted input. `fuzz/` searches for input that breaks them; its seeds and
//! what it found are tried here. Those of the command line are in `cli/src/fuzzing.rs`.

#![allow(unreachable_pub, reason = "fuzzing reaches it from another crate")]

use std::borrow::Cow;
use std::sync::LazyLock;

use bodytext::TextEncoding;
use bodytext::unstable;
use bodytext::{Cleaned, Cleaner, Layout, Markup, Options, Pack, RuleSet, Selection, Steps};

static CLEANER: LazyLock<Cleaner> = LazyLock::new(|| Cleaner::builtin(Options::default()));

static PAGE_CLEANER: LazyLock<Cleaner> = LazyLock::new(|| {
    Cleaner::builtin(Options { markup: Some(Markup::Html), pages_as: Markup::Markdown, ..Options::default() })
});

/// Any bytes are decoded, to a text that is not too long, in an encoding that exists.
pub fn decode(bytes: &[u8]) {
    const LABELS: [&str; 9] = [
        "utf-16le",
        "shift_jis",
        "gb18030",
        "iso-2022-jp",
        "windows-1252",
        "big5",
        "euc-kr",
        "x-user-defined",
        "cp857",
    ];
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let label = LABELS.get(usize::from(*first)).and_then(|label| label.parse().ok());
    for label in [None, label] {
        let read = unstable::decode(rest, label);
        assert!(read.encoding.parse::<TextEncoding>().is_ok(), "{}", read.encoding);
        assert!(read.text.len() <= 3 * rest.len(), "{} bytes out of {}", read.text.len(), rest.len());
        let undecodable = |c: char| matches!(c, '\u{FFFD}' | '\u{80}'..='\u{9F}');
        assert!(read.replaced <= read.text.matches(undecodable).count());
    }
}

/// Normalising again changes nothing, whatever the steps.
pub fn normalize(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for steps in [Steps::NONE, Steps::DEFAULT, Steps::FTFY] {
        let once = unstable::normalize(Cow::Borrowed(&text), steps);
        let twice = unstable::normalize(Cow::Borrowed(&once.text), steps);
        assert_eq!(once.text, twice.text, "{steps:?}");
    }
}

/// Any text is cleaned with the properties of [`check`].
pub fn clean(bytes: &[u8]) {
    check(&CLEANER.clean_text(&String::from_utf8_lossy(bytes), Some("news.example.org")));
}

/// Any text is read as a web page, with the properties of [`check`], and becomes Markdown.
pub fn html(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let cleaned = PAGE_CLEANER.clean_text(&text, None);
    check(&cleaned);
    assert_eq!(cleaned.text().trim().is_empty(), cleaned.page_as_markdown().is_none_or(|text| text.trim().is_empty()));
}

/// A rule file is refused with a message, or its rules clean a page and can be written out.
pub fn rules(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let compiled = Pack::parse("rules.toml", text).and_then(|pack| RuleSet::new(vec![pack], &Selection::default()));
    let rules = match compiled {
        Ok(rules) => rules,
        Err(faults) => return assert!(!faults.to_string().is_empty()),
    };
    for rule in rules.rules() {
        let file = format!("schema = 1\nname = \"again\"\n{}", rule.to_toml());
        let again = Pack::parse("again.toml", &file).unwrap_or_else(|faults| panic!("{file}\n{faults}"));
        assert_eq!(again.ids().collect::<Vec<_>>(), [&rule.id]);
    }
    let page =
        "Storm closes the harbour\n\nShare this story:\n  • 1\n\nThe port was shut on Monday.\n\nLeave a Reply\n";
    check(&Cleaner::new(rules, None, Options::default()).clean_text(page, Some("example.org")));
}

/// The cleaned text is the normalised lines that stay, in order, without the cuts; what is removed has a reason.
pub fn check(cleaned: &Cleaned<'_>) {
    assert_eq!(cleaned.lines.len(), cleaned.verdicts.len());
    let mut expected: Vec<String> = Vec::new();
    for (index, verdict) in cleaned.verdicts.iter().enumerate() {
        if !verdict.keep {
            assert!(!verdict.reasons.is_empty(), "line {index} is removed without a reason");
            continue;
        }
        let line = cleaned.lines[index];
        let mut at = line.start;
        let mut text = String::new();
        for cut in &verdict.cuts {
            assert!(cut.start >= at && cut.end <= line.end, "a cut lies outside of its line");
            text.push_str(&cleaned.normalized[at..cut.start]);
            at = cut.end;
        }
        text.push_str(&cleaned.normalized[at..line.end]);
        expected.push(text);
    }
    assert_eq!(cleaned.report.lines.1, expected.len());
    if cleaned.report.layout == Layout::OneLine {
        return;
    }
    let kept: Vec<&str> = cleaned.text().split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l)).collect();
    let kept =
        if cleaned.text().is_empty() || cleaned.text().ends_with('\n') { &kept[..kept.len() - 1] } else { &kept };
    assert_eq!(kept, expected.iter().map(String::as_str).collect::<Vec<_>>());
    let ends = |text: &str| text.ends_with('\n');
    assert!(cleaned.text().is_empty() || ends(cleaned.text()) == ends(&cleaned.normalized));
}

/// Tries the seeds and finds of a target.
#[cfg(test)]
#[allow(clippy::print_stderr, reason = "shows which of them failed")]
fn replay(target: &str, property: fn(&[u8])) {
    for kind in ["seeds", "found"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(kind).join(target);
        for path in std::fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
            eprintln!("{}", path.display());
            property(&std::fs::read(path).unwrap());
        }
    }
}

#[test]
fn corpus_replays_without_panic() {
    replay("decode", decode);
    replay("normalize", normalize);
    replay("clean", clean);
    replay("html", html);
    replay("rules", rules);
}
