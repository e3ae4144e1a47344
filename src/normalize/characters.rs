//! The steps that work on single characters: terminal escapes, control characters, ligatures, width, quotes, and the
//! composition of letters with their accents.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// The changed text, and the number of places changed; `None` if nothing changed.
pub(super) type Change = Option<(String, usize)>;

/// Removes the escape sequences that colour a terminal and set its title.
pub(super) fn strip_escapes(text: &str) -> Change {
    let mut out = String::new();
    let mut places = 0;
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let len = escape_len(&rest.as_bytes()[at..]);
        out.push_str(&rest[..at]);
        if len == 0 {
            out.push('\u{1b}');
        } else {
            places += 1;
        }
        rest = &rest[at + len.max(1)..];
    }
    out.push_str(rest);
    (places > 0).then_some((out, places))
}

/// The length of the escape sequence at the start of `bytes`, which begins with ESC; 0 if there is none.
fn escape_len(bytes: &[u8]) -> usize {
    // A title is short; without a limit, each of many unfinished ones would be searched to the end of the text.
    const TITLE: usize = 512;
    match bytes.get(1) {
        Some(b'[') => {
            let parameters = bytes[2..].iter().take(TITLE).take_while(|b| matches!(b, 0x20..=0x3F)).count();
            match bytes.get(2 + parameters) {
                Some(0x40..=0x7E) => parameters + 3,
                _ => 0,
            }
        }
        Some(b']') => {
            let body = bytes[2..].iter().take(TITLE).take_while(|&&b| b != 7 && b != 0x1B).count();
            match (bytes.get(2 + body), bytes.get(3 + body)) {
                (Some(7), _) => body + 3,
                (Some(0x1B), Some(b'\\')) => body + 4,
                _ => 0,
            }
        }
        _ => 0,
    }
}

/// Repairs `â€`, the rest of a closing quotation mark: its third byte, 0x9D, is unassigned in Windows-1252, and many
/// tools drop it. Only at the end of a word; before a space the three bytes could also be a dagger, which is far rarer
/// in running text.
pub(super) fn close_quotes(text: &str) -> Change {
    const LEFT: &str = "â€";
    let mut out = String::new();
    let mut places = 0;
    let mut copied = 0;
    for (at, _) in text.match_indices(LEFT) {
        let after = &text[at + LEFT.len()..];
        let before = text[..at].chars().next_back();
        let closes = before.is_some_and(|c| !c.is_whitespace())
            && after
                .chars()
                .next()
                .is_none_or(|c| c == ' ' || matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')' | ']' | '-'));
        if closes {
            out.push_str(&text[copied..at]);
            out.push('”');
            copied = at + LEFT.len();
            places += 1;
        }
    }
    out.push_str(&text[copied..]);
    (places > 0).then_some((out, places))
}

/// Whether `c` is a control character that does not belong in text. C1 controls are excluded: most are bytes of
/// Windows-1252, and reveal other errors.
pub(super) fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{206a}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}')
}

pub(super) fn strip_controls(text: &str) -> Change {
    replace(text, |c| is_control(c).then_some(Cow::Borrowed("")))
}

/// Decodes C1 controls as the Windows-1252 characters of the same number, as browsers do.
pub(super) fn decode_c1(text: &str) -> Change {
    replace(text, |c| {
        let byte = u8::try_from(c).ok().filter(|b| (0x80..=0x9F).contains(b))?;
        let read = WINDOWS_1252.decode_without_bom_handling_and_without_replacement(&[byte])?.into_owned();
        (!read.starts_with(c)).then_some(Cow::Owned(read))
    })
}

/// Whether `c` is one character for several Latin letters, made for typography or for old encodings.
pub(super) fn is_ligature(c: char) -> bool {
    matches!(c, 'Ĳ' | 'ĳ' | 'ŉ' | '\u{1c4}'..='\u{1cc}' | '\u{1f1}'..='\u{1f3}' | '\u{fb00}'..='\u{fb06}')
}

/// Takes Latin ligatures apart.
pub(super) fn split_ligatures(text: &str) -> Change {
    replace(text, |c| match c {
        // Full decomposition would also make the long s a round one.
        'ﬅ' => Some(Cow::Borrowed("ſt")),
        c => is_ligature(c).then(|| Cow::Owned(c.nfkc().collect())),
    })
}

/// Whether `c` is a full-width or half-width form of another character.
pub(super) fn is_wide(c: char) -> bool {
    matches!(c, '\u{3000}' | '\u{ff01}'..='\u{ffef}')
}

/// Converts characters to their usual width; the ideographic space becomes a plain one.
pub(super) fn usual_width(text: &str) -> Change {
    replace(text, |c| {
        let usual = is_wide(c).then(|| c.nfkc().collect::<String>())?;
        (!usual.starts_with(c)).then_some(Cow::Owned(usual))
    })
}

/// The straight form of a curly quote.
pub(super) fn straight(c: char) -> Option<char> {
    match c {
        '\u{2bc}' | '\u{2018}'..='\u{201b}' => Some('\''),
        '\u{201c}'..='\u{201f}' => Some('"'),
        _ => None,
    }
}

pub(super) fn straighten_quotes(text: &str) -> Change {
    replace(text, |c| straight(c).map(|c| Cow::Borrowed(if c == '"' { "\"" } else { "'" })))
}

/// Composes letters with their accents (normalisation form C).
pub(super) fn compose(text: &str) -> Change {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return None;
    }
    let composed: String = text.nfc().collect();
    if composed == text {
        return None;
    }
    // Count one place for each character of difference, and at least one.
    let places = text.chars().count().abs_diff(composed.chars().count()).max(1);
    Some((composed, places))
}

/// Replaces each character for which `with` returns a replacement.
pub(super) fn replace<'a>(text: &str, with: impl Fn(char) -> Option<Cow<'a, str>>) -> Change {
    let mut out = String::new();
    let mut places = 0;
    let mut copied = 0;
    for (at, c) in text.char_indices() {
        if let Some(new) = with(c) {
            out.push_str(&text[copied..at]);
            out.push_str(&new);
            copied = at + c.len_utf8();
            places += 1;
        }
    }
    out.push_str(&text[copied..]);
    (places > 0).then_some((out, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(change: Change) -> String {
        change.map(|(text, _)| text).unwrap_or_default()
    }

    #[test]
    fn terminal_escapes_are_removed() {
        assert_eq!(
            text(strip_escapes("\u{1b}[1;31mred\u{1b}[0m \u{1b}]0;title\u{7}and \u{1b}[?25hmore")),
            "red and more"
        );
        assert_eq!(strip_escapes("no \u{1b} escape"), None);
        assert_eq!(strip_escapes("cut \u{1b}[31"), None);
    }

    #[test]
    fn controls_are_removed_or_decoded() {
        assert_eq!(strip_controls("a\0b\u{7f}c\u{feff}d"), Some(("abcd".into(), 3)));
        assert_eq!(strip_controls("tab\tline\r\n"), None);
        assert_eq!(text(decode_c1("so\u{85} \u{93}said\u{94} \u{81}")), "so… “said” \u{81}");
    }

    #[test]
    fn forms_become_usual_characters() {
        assert_eq!(text(split_ligatures("ﬁne ŉ ǆ ﬅ")), "fine ʼn dž ſt");
        assert_eq!(text(usual_width("Ａ１　ｶﾅ")), "A1 カナ");
        assert_eq!(text(straighten_quotes("“it’s”")), "\"it's\"");
        assert_eq!(text(compose("cafe\u{301}")), "café");
        assert_eq!(compose("café"), None);
    }
}
