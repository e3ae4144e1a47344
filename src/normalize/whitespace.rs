//! Makes line ends uniform: all of them become the one that the text uses.

use memchr::{memchr, memchr_iter};

use super::characters::Change;

/// The line end for all lines of `text`. With `keep_crlf` a text keeps CRLF if all of its lines end in it.
pub(super) fn line_end(text: &str, keep_crlf: bool) -> &'static str {
    let bytes = text.as_bytes();
    if !keep_crlf || memchr(b'\r', bytes).is_none() {
        return "\n";
    }
    let mut any = false;
    for at in memchr_iter(b'\n', bytes) {
        if at == 0 || bytes[at - 1] != b'\r' {
            return "\n";
        }
        any = true;
    }
    if any { "\r\n" } else { "\n" }
}

/// Ends a line at each carriage return, line separator and paragraph separator inside `line`.
pub(super) fn end_lines(line: &str) -> Change {
    let mut chars = line.chars().peekable();
    let mut out = String::with_capacity(line.len());
    let mut places = 0;
    while let Some(c) = chars.next() {
        if !matches!(c, '\r' | '\u{2028}' | '\u{2029}') {
            out.push(c);
            continue;
        }
        places += 1;
        if c != '\r' || chars.peek() != Some(&'\n') {
            out.push('\n');
        }
    }
    (places > 0).then_some((out, places))
}

/// Ends a line at each vertical tab and form feed, and at each next-line control (U+0085) that is not the ellipsis of
/// Windows-1252: the ellipsis has a space, a quote or nothing after it, and no end of a sentence before it.
pub(super) fn end_odd_lines(line: &str) -> Change {
    let mut out = String::new();
    let mut places = 0;
    let mut before = None;
    let mut copied = 0;
    for (at, c) in line.char_indices() {
        let breaks = match c {
            '\u{b}' | '\u{c}' => true,
            '\u{85}' => {
                let begins = line[at + 2..].chars().next().is_some_and(char::is_alphanumeric);
                begins && !before.is_some_and(char::is_alphabetic)
                    || before.is_some_and(|c| matches!(c, '.' | '!' | '?'))
            }
            _ => false,
        };
        before = Some(c);
        if breaks {
            out.push_str(&line[copied..at]);
            out.push('\n');
            copied = at + c.len_utf8();
            places += 1;
        }
    }
    out.push_str(&line[copied..]);
    (places > 0).then_some((out, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crlf_is_kept_where_every_line_has_it() {
        assert_eq!(line_end("a\r\nb\r\n", true), "\r\n");
        assert_eq!(line_end("a\r\nb\n", true), "\n");
        assert_eq!(line_end("a\rb", true), "\n");
        assert_eq!(line_end("a\r\nb\r\n", false), "\n");
    }

    #[test]
    fn other_line_ends_become_line_feeds() {
        assert_eq!(end_lines("a\rb\u{2028}c"), Some(("a\nb\nc".into(), 2)));
        assert_eq!(end_lines("a\r\nb"), Some(("a\nb".into(), 1)));
        assert_eq!(end_odd_lines("page\u{c}page"), Some(("page\npage".into(), 1)));
        assert_eq!(end_odd_lines("The end.\u{85}Next"), Some(("The end.\nNext".into(), 1)));
        assert_eq!(end_odd_lines("and so on\u{85} and on"), None);
        assert_eq!(end_odd_lines("peut-être\u{85}mais"), None);
    }
}
