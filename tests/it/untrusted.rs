//! What must hold for bytes that nobody vouches for, at each place where the library reads them. `fuzz/` looks for bytes
//! for which it does not; those it found, and the seeds it began with, are tried here.
//! What the command line reads has its own such properties, in `cli/src/fuzzing.rs`.

#![allow(unreachable_pub, reason = "fuzzing reaches it from another crate")]

use std::borrow::Cow;
use std::sync::LazyLock;

use bodytext::Layout;
use bodytext::Selection;
use bodytext::Steps;
use bodytext::unstable::decode as decoded;
use bodytext::unstable::normalize as normalized;
use bodytext::{Cleaned, Cleaner, Options, Pack, RuleSet};
use encoding_rs::Encoding;

static CLEANER: LazyLock<Cleaner> = LazyLock::new(|| Cleaner::builtin(Options::default()));

/// Bytes in any encoding become a text, and the text stands for itself.
pub fn decode(bytes: &[u8]) {
    const LABELS: [&[u8]; 8] =
        [b"utf-16le", b"shift_jis", b"gb18030", b"iso-2022-jp", b"windows-1252", b"big5", b"euc-kr", b"x-user-defined"];
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let label = LABELS.get(usize::from(*first)).and_then(|label| Encoding::for_label(label));
    for label in [None, label] {
        let read = decoded(rest, label);
        assert!(Encoding::for_label(read.encoding.as_bytes()).is_some(), "{}", read.encoding);
        assert!(read.text.len() <= 3 * rest.len(), "{} bytes out of {}", read.text.len(), rest.len());
        assert!(read.replaced <= read.text.matches('\u{FFFD}').count());
    }
}

/// Normalising twice is normalising once, whatever the steps.
pub fn normalize(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for steps in [Steps::NONE, Steps::DEFAULT, Steps::FTFY] {
        let once = normalized(Cow::Borrowed(&text), steps);
        let twice = normalized(Cow::Borrowed(&once.text), steps);
        assert_eq!(once.text, twice.text, "{steps:?}");
    }
}

/// A text of any lines is cleaned by the laws of [`check`].
pub fn clean(bytes: &[u8]) {
    check(&CLEANER.clean_text(&String::from_utf8_lossy(bytes), Some("news.example.org")));
}

/// A rule file is refused with its faults, or its rules clean a page and can be written down.
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

/// What stays is the normalised lines in order, less the cuts of span rules; what goes has a reason.
pub fn check(cleaned: &Cleaned<'_>) {
    assert_eq!(cleaned.lines.len(), cleaned.verdicts.len());
    let mut expected: Vec<String> = Vec::new();
    for (index, verdict) in cleaned.verdicts.iter().enumerate() {
        if !verdict.keep {
            assert!(!verdict.reasons.is_empty(), "line {index} went without a reason");
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

/// Tries the seeds of a target, and what was found.
#[cfg(test)]
#[allow(clippy::print_stderr, reason = "shown where one of them fails")]
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
fn seeds_and_findings_do_no_harm() {
    replay("decode", decode);
    replay("normalize", normalize);
    replay("clean", clean);
    replay("rules", rules);
}
