//! Writes the cleaned text back as the inside of a JSON string, out of the raw bytes of the old one wherever a line of
//! it did not change.
//! It decides nothing about lines; it only finds out which raw bytes said the line that stays.
//! Called by `records` for texts that changed.

use std::borrow::Cow;

use bodytext::Cleaned;
use bodytext::Steps;
use bodytext::unstable::normalize;

use crate::json::string::{self, RawLine};

/// So many lines ahead the source of a line is looked for, where the normaliser made more or fewer lines.
const WINDOW: usize = 256;
/// So many lines with lone surrogates are compared closely, which takes longer.
const CANDIDATES: usize = 8;

/// The raw string that says the cleaned text. `raw` is the raw string it comes from, `text` what that says.
///
/// A line that did not change keeps its raw bytes, with whatever escapes it was written. So does a line with a lone
/// surrogate, changed or not: no Rust string can hold one, so what it became cannot be written back.
pub(crate) fn rewrite(raw: &str, text: &str, cleaned: &Cleaned<'_>) -> String {
    let source = string::lines(raw);
    // Where the whole string was written in ASCII, somebody wants it that way.
    let ascii = raw.is_ascii() && !text.is_ascii();
    let kept: Vec<usize> = (0..cleaned.verdicts.len()).filter(|&i| cleaned.verdicts[i].keep).collect();
    let output: Vec<&str> = cleaned.text().split_inclusive('\n').collect();
    // In a document on one line the library's lines are parts of it and have no endings.
    let whole = cleaned.lines.iter().rev().skip(1).all(|line| line.end < line.next);
    let direct = whole && source.len() == cleaned.lines.len() && kept.len() == output.len();

    let mut out = String::with_capacity(raw.len());
    let mut next = 0;
    for (number, line) in output.iter().enumerate() {
        let (content, ending) = split_ending(line);
        let index = if direct { kept.get(number).copied() } else { seek(&source, text, next, content) };
        let origin = index.and_then(|i| source.get(i));
        next = index.map_or(next, |i| i + 1);
        match origin {
            Some(origin) if origin.surrogate || text[origin.text.clone()] == *content => {
                out.push_str(&raw[origin.raw.clone()]);
            }
            _ => string::escape(content, ascii, &mut out),
        }
        match origin {
            Some(origin) if text[origin.text_ending.clone()] == *ending => {
                out.push_str(&raw[origin.raw_ending.clone()])
            }
            _ => string::escape(ending, ascii, &mut out),
        }
    }
    out
}

/// The source line that says `content`, from line `next` on; where none does and there is a U+FFFD in it, the next line
/// with a lone surrogate that says nearly the same.
fn seek(source: &[RawLine], text: &str, next: usize, content: &str) -> Option<usize> {
    let ahead = || source.iter().enumerate().skip(next).take(WINDOW);
    let same = ahead().find(|(_, line)| text[line.text.clone()] == *content);
    let near = || {
        let mut candidates = ahead().filter(|(_, line)| line.surrogate).take(CANDIDATES);
        candidates.find(|(_, line)| alike(&text[line.text.clone()], content))
    };
    let found = same.or_else(|| if content.contains('\u{FFFD}') { near() } else { None });
    found.map(|(index, _)| index)
}

/// Whether two lines are the same but for what no one can read and what the normaliser or a cut changes: at least half
/// of the longer is shared, from the edges inwards.
fn alike(a: &str, b: &str) -> bool {
    let plain = |line: &str| -> Vec<char> {
        let line = line.replace('\u{FFFD}', "");
        normalize(Cow::Owned(line), Steps::DEFAULT).text.trim().chars().collect()
    };
    let (a, b) = (plain(a), plain(b));
    let shared = |pairs: &mut dyn Iterator<Item = (&char, &char)>| pairs.take_while(|(a, b)| a == b).count();
    let start = shared(&mut a.iter().zip(&b));
    let end = shared(&mut a.iter().rev().zip(b.iter().rev()));
    a == b || (start + end) * 2 >= a.len().max(b.len())
}

fn split_ending(line: &str) -> (&str, &str) {
    let content = line.strip_suffix('\n').map_or(line, |line| line.strip_suffix('\r').unwrap_or(line));
    line.split_at(content.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bodytext::{Cleaner, Options, RuleSet};

    /// The raw string after a change that needs no rules: blank lines at the edges go.
    fn rewritten(raw: &str) -> String {
        let decoded = string::decode(raw);
        let options = Options { steps: Steps::DEFAULT, ..Options::default() };
        let cleaner = Cleaner::new(RuleSet::empty(), None, options);
        let cleaned = cleaner.clean_text(&decoded.text, None);
        let result = rewrite(raw, &decoded.text, &cleaned);
        if decoded.surrogates == 0 {
            assert_eq!(string::decode(&result).text, cleaned.text());
        }
        result
    }

    #[test]
    fn lines_that_stay_keep_their_escapes() {
        assert_eq!(rewritten(r"\n\n\u00e9 \/ \t é\u000a\n\nb\/"), r"\u00e9 \/ \t é\u000a\nb\/");
        assert_eq!(rewritten(r"\na\n\n"), r"a\n");
        assert_eq!(rewritten(r"\n\n"), "");
    }

    #[test]
    fn lone_surrogates_pass_through() {
        assert_eq!(rewritten(r"\nx \ud83d y\n\nz"), r"x \ud83d y\n\nz");
    }

    #[test]
    fn a_line_that_was_removed_does_not_stand_in_for_another() {
        let raw = r"x\u2028y\nna\ufffdve &amp; so\nShare this: \ud83d\nend";
        let result = rewritten(raw);
        assert!(result.starts_with(r"x\ny\nna\ufffdve & so\n"), "{result}");
        assert_eq!(result.matches("Share this").count(), 1, "{result}");
        assert!(result.ends_with(r"Share this: \ud83d\nend"), "{result}");
    }

    #[test]
    fn a_source_line_is_found_when_lines_moved() {
        let raw = r"one\ntw\u006f\n\ud800 three &amp; four";
        let text = string::decode(raw).text;
        let source = string::lines(raw);
        assert_eq!(seek(&source, &text, 0, "two"), Some(1));
        assert_eq!(seek(&source, &text, 2, "two"), None);
        assert_eq!(seek(&source, &text, 0, "\u{FFFD} three & four"), Some(2));
        assert_eq!(seek(&source, &text, 0, "\u{FFFD} changed"), None);
        assert_eq!(seek(&source, &text, 0, "and \u{FFFD} so"), None);
    }
}
