//! Finds out whether a text is HTML.

use std::sync::OnceLock;

use regex::bytes::Regex;

/// The bytes that tell what a text is.
const SAMPLE: usize = 64 << 10;

/// Where elements are left open, the tags are at least this part of a fragment: in the documentation of an element they were a
/// sixth to an eleventh.
const TAGS: usize = 5;

/// Whether a text is HTML: a page, or a fragment of one, nearly all of whose words stand inside elements
/// of blocks. A text about HTML, one that quotes some of it and a Markdown page with some elements are not.
pub fn is_html(text: &str) -> bool {
    if !cfg!(feature = "html") {
        return false;
    }
    static BLOCK: OnceLock<Regex> = OnceLock::new();
    // Those of the second group are never left open, the others may be.
    let pattern = r"(?i-u)<(/?)(?:(address|article|aside|blockquote|div|dl|figcaption|figure|footer|form|h[1-6]|header|main|nav|ol|pre|script|section|style|table|title|ul)|body|dd|dt|head|html|li|p|tbody|td|tfoot|th|thead|tr)\b[^<>]{0,500}>";
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    // Nearly all texts are told from HTML by this alone.
    if !text.starts_with('<') {
        return false;
    }
    let sample = &text.as_bytes()[..text.len().min(SAMPLE)];
    let start = start_of_html().find(sample).map(|found| found.as_bytes().to_ascii_lowercase());
    if start.as_ref().is_some_and(|start| start.windows(8).any(|word| word == b"<!doctyp")) {
        return true;
    }
    let (mut depth, mut at, mut closed) = (0_usize, 0, 0);
    let (mut left_open, mut bytes_of_tags) = (0_i64, 0);
    let (mut inside, mut outside) = (0, 0);
    for tag in compiled(&BLOCK, pattern).captures_iter(sample) {
        let whole = tag.get_match();
        let words = visible(&sample[at..whole.start()]);
        *(if depth == 0 { &mut outside } else { &mut inside }) += words;
        at = whole.end();
        bytes_of_tags += whole.len();
        let ends = !tag[1].is_empty();
        left_open += i64::from(tag.get(2).is_some()) * if ends { -1 } else { 1 };
        if ends {
            depth = depth.saturating_sub(1);
            closed += 1;
        } else {
            depth += 1;
        }
    }
    // Of a sample that is cut off the end says nothing.
    if sample.len() == text.len() {
        outside += visible(&sample[at..]);
    }
    match start {
        // "<html> is the first tag of a page."
        Some(_) => closed > 0,
        // In a text about HTML elements are named that nobody closes.
        None => {
            let is_cut = sample.len() < text.len();
            let is_balanced = is_cut || left_open <= 0 || bytes_of_tags * TAGS >= sample.len();
            closed >= 3 && outside * 10 <= inside && is_balanced
        }
    }
}

/// The number of bytes that are not whitespace.
fn visible(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !byte.is_ascii_whitespace()).count()
}

/// Matches the start of a page: its doctype or outer elements, perhaps after comments and an XML declaration.
fn start_of_html() -> &'static Regex {
    static START: OnceLock<Regex> = OnceLock::new();
    compiled(
        &START,
        r"(?is-u)\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,4000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b[^<]*>",
    )
}

fn compiled(cell: &'static OnceLock<Regex>, pattern: &str) -> &'static Regex {
    #[allow(clippy::expect_used, reason = "the patterns are constants, and the tests run them")]
    cell.get_or_init(|| Regex::new(pattern).expect("a constant pattern"))
}

#[cfg(test)]
#[cfg(feature = "html")]
mod tests {
    use super::*;

    #[test]
    fn records_that_hold_html_are_recognised() {
        for html in [
            "<!DOCTYPE html>\n<title>x",
            "\u{feff}<html><body>The ferry was late.</body></html>",
            "<p>The ferry was late.</p>\n<p>Nobody knew why.</p>\n\n<pre><code>x</code></pre>\n",
            "<div><p>The ferry was late.<p>Nobody knew why.</div><div></div><ul><li>One <b>of</b> two</li></ul>",
            &format!("<article>{}", "<p>The ferry was late.</p>".repeat(SAMPLE / 20)),
        ] {
            assert!(is_html(html), "{html:.60}");
        }
        for text in [
            "",
            "<",
            "<html> is the first tag of a page, and <body> comes after <head>.",
            "<p> begins a paragraph, and </p> ends it. <li> and </li> are for the points of a list, </ul> for its end.",
            "The page was:\n<!DOCTYPE html><html><body><p>x</p></body></html>",
            "<h1 align=\"center\">Tool</h1>\n<p align=\"center\"><img src=\"a.png\"></p>\n<p>x</p>\n\nA tool that reads \
             tables and writes them.\n\n## Install\n\n```\n<div><p>x</p></div>\n```\n",
            "<div>\n  <p>x</p>\n  <ul><li>y</li></ul>\n</div>\n\nThis is how a list stands below a paragraph.",
            "<table> begins a table.\n<tr> begins a row of it, </tr> ends it.\n<td>x</td> is a cell; <th>y</th> too. \
             Who reads the table aloud needs <caption>, which tells what the rows below are about and why they are there, \
             and a summary of what is to be seen in it, as people who cannot see a table ask for it first of all.",
            "<name> asked: what is the ferry's name?",
            "<<<<<<< HEAD\nThe ferry was late.\n>>>>>>> main",
            "<?xml version=\"1.0\"?>\n<rss><item>x</item></rss>",
        ] {
            assert!(!is_html(text), "{text:.60}");
        }
    }
}
