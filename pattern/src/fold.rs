//! The folded view of a line, which rules see: one phrase matches all spellings that fold alike. The text itself is
//! never changed.

/// Appends the folded view of `line` to `out`.
///
/// Lowercase; full-width forms as plain ones; curly quotation marks as `'` or `"`, all dashes as `-`, `…` as `...`;
/// decimal digits of other scripts as `0` to `9`; whitespace as single spaces, none at the edges; no invisible
/// characters; no bullets at the start.
pub fn fold(line: &str, out: &mut String) {
    let from = out.len();
    let mut rest = strip_bullets(line).trim_end();
    // Whether there is whitespace before the rest.
    let mut space = false;
    let append_space = |space: &mut bool, out: &mut String| {
        if std::mem::take(space) && out.len() > from {
            out.push(' ');
        }
    };
    loop {
        let (ascii, other) = rest.split_at(ascii_prefix(rest.as_bytes()));
        let words = ascii.trim_start();
        space |= words.len() < ascii.len();
        let words = words.trim_end();
        if !words.is_empty() {
            append_space(&mut space, out);
            append_ascii(words, out);
            space = ascii.ends_with(char::is_whitespace);
        }
        let mut chars = other.chars();
        let Some(c) = chars.next() else { return };
        rest = chars.as_str();
        if c.is_whitespace() {
            space = true;
        } else if !is_invisible(c) {
            append_space(&mut space, out);
            match plain(c) {
                Plain::One(p) if p.is_ascii() => out.push(p.to_ascii_lowercase()),
                Plain::One(p) => out.extend(p.to_lowercase()),
                Plain::Dots => out.push_str("..."),
            }
        }
    }
}

/// Appends the folded view of ASCII words without whitespace at the edges.
fn append_ascii(words: &str, out: &mut String) {
    let from = out.len();
    // Most lines have no odd whitespace. Without an early exit the compiler vectorises the loops.
    let (before, after) = (words.as_bytes(), words.as_bytes().get(1..).unwrap_or_default());
    let odd = before.iter().fold(false, |any, b| any | matches!(b, b'\t'..=b'\r'))
        | before.iter().zip(after).fold(false, |any, (&a, &b)| any | (a == b' ' && b == b' '));
    if odd {
        for word in words.split(char::is_whitespace).filter(|word| !word.is_empty()) {
            if out.len() > from {
                out.push(' ');
            }
            out.push_str(word);
        }
    } else {
        out.push_str(words);
    }
    out[from..].make_ascii_lowercase();
}

/// The number of bytes of ASCII at the start.
fn ascii_prefix(bytes: &[u8]) -> usize {
    let (eights, _) = bytes.as_chunks::<8>();
    let ascii = 8 * eights.iter().take_while(|eight| eight.is_ascii()).count();
    ascii + bytes[ascii..].iter().take_while(|byte| byte.is_ascii()).count()
}

/// Returns the folded view of one text.
pub fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    fold(line, &mut out);
    out
}

/// Appends the folded view, and for each byte of it (and for its end) the byte offset in `line` it came from.
pub fn fold_with_origins(line: &str, out: &mut String, origins: &mut Vec<usize>) {
    let mut end = 0;
    fold_each(
        line,
        |c, at| {
            out.push(c);
            origins.extend(std::iter::repeat_n(at, c.len_utf8()));
        },
        |at| end = at,
    );
    origins.push(end);
}

/// Calls `emit` for each folded character with its source offset; `done` gets the offset after the last one.
fn fold_each(line: &str, mut emit: impl FnMut(char, usize), mut done: impl FnMut(usize)) {
    let body = line.trim_end();
    let start = line.len() - strip_bullets(line).len();
    let mut space = None;
    let mut end = start;
    for (offset, c) in body.char_indices().skip_while(|(at, _)| *at < start) {
        if c.is_whitespace() {
            space.get_or_insert(offset);
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if let Some(at) = space.take()
            && end > start
        {
            emit(' ', at);
        }
        end = offset + c.len_utf8();
        match plain(c) {
            Plain::One(p) if p.is_ascii() => emit(p.to_ascii_lowercase(), offset),
            Plain::One(p) => p.to_lowercase().for_each(|l| emit(l, offset)),
            Plain::Dots => (0..3).for_each(|_| emit('.', offset)),
        }
    }
    done(end);
}

enum Plain {
    One(char),
    Dots,
}

fn plain(c: char) -> Plain {
    if c.is_ascii() {
        return Plain::One(c);
    }
    Plain::One(match c {
        '‘' | '’' | '‚' | '‛' | '′' | '´' | 'ʼ' => '\'',
        '“' | '”' | '„' | '‟' | '″' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        '…' => return Plain::Dots,
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => digit(c).unwrap_or(c),
    })
}

/// The plain digit for a decimal digit of another script; each of these blocks has its ten digits in a row.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 8] = [0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0BE6, 0x0E50];
    let code = c as u32;
    let zero = ZEROS.into_iter().find(|z| (*z..*z + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

/// Invisible characters that scrapers leave inside words.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// `line` without whitespace and bullets at its start. The characters `-`, `*`, `#` and `>` are bullets only before
/// whitespace, so that `-5` and `#tag` are kept.
pub fn strip_bullets(line: &str) -> &str {
    let mut rest = line.trim_start();
    loop {
        let mut chars = rest.chars();
        let stripped = match chars.next() {
            Some(
                '•' | '·' | '‣' | '◦' | '▪' | '▫' | '■' | '□' | '●' | '○' | '►' | '▶' | '▸' | '›' | '»' | '→' | '|'
                | '❯' | '✓',
            ) => chars.as_str(),
            Some('-' | '–' | '—' | '*' | '+' | '#' | '>' | '~' | '=' | '_')
                if chars.as_str().chars().next().is_none_or(|c| c.is_whitespace() || "-*+#>=_~".contains(c)) =>
            {
                chars.as_str()
            }
            _ => return rest,
        };
        // A line of nothing but bullets is not empty.
        if stripped.trim_start().is_empty() {
            return rest;
        }
        rest = stripped.trim_start();
    }
}

/// Whether a word may begin or end between these two characters: one of them is neither a letter nor a digit, or
/// belongs to a script without spaces.
#[inline]
pub fn is_boundary(before: Option<char>, after: Option<char>) -> bool {
    match (before, after) {
        (Some(a), Some(b)) => !a.is_alphanumeric() || !b.is_alphanumeric() || is_unspaced(a) || is_unspaced(b),
        _ => true,
    }
}

/// Whether a character is whitespace to raw rules: Unicode whitespace and the four separators among the control
/// characters, as in Python's `str.split` and `str.strip`, which the sources of the presets use.
#[inline]
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1C}'..='\u{1F}')
}

/// Whether a character belongs to a script that is written without spaces between words.
pub fn is_unspaced(c: char) -> bool {
    matches!(c as u32,
        0x0E00..=0x0EFF | 0x0F00..=0x0FFF | 0x1000..=0x109F | 0x1780..=0x17FF // Thai, Lao, Tibetan, Burmese, Khmer
        | 0x2E80..=0x312F | 0x31A0..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x3FFFF) // Han, kana
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_case_quotes_dashes_spaces_and_width() {
        assert_eq!(folded("  • Share\u{A0}this  Story:\u{200B} "), "share this story:");
        assert_eq!(folded("‘Don’t’ – “go” … ＡＢＣ１２"), "'don't' - \"go\" ... abc12");
        assert_eq!(folded("٣ تعليقات"), "3 تعليقات");
        assert_eq!(folded("ÉCRIT PAR Straße"), "écrit par straße");
    }

    #[test]
    fn runs_of_ascii_are_folded_like_single_characters() {
        for line in [
            "  A\t B  c ",
            "* * - X\u{b}Y\r",
            "plain Line.",
            "-",
            "",
            " ",
            "- ",
            "A \u{1f}b",
            "• It’s  the \u{200b} “OLD”\u{a0} story \u{200b}",
            "\u{200b} a\u{200b}",
            "– É İ x\u{a0}\u{3000}\ty…",
        ] {
            let (mut out, mut origins) = (String::new(), Vec::new());
            fold_with_origins(line, &mut out, &mut origins);
            assert_eq!(folded(line), out, "{line:?}");
        }
    }

    #[test]
    fn bullets_are_removed_but_meaningful_symbols_stay() {
        for (line, plain) in [
            ("* Search", "search"),
            ("•1", "1"),
            ("-5 degrees", "-5 degrees"),
            ("#tag", "#tag"),
            ("--- more", "more"),
            ("•", "•"),
            ("* * *", "*"),
        ] {
            assert_eq!(folded(line), plain, "{line:?}");
        }
    }

    #[test]
    fn origins_point_into_the_line() {
        let line = "• Read  MORE…";
        let (mut out, mut origins) = (String::new(), Vec::new());
        fold_with_origins(line, &mut out, &mut origins);
        assert_eq!(out, "read more...");
        assert_eq!(origins.len(), out.len() + 1);
        assert_eq!(&line[origins[0]..origins[out.len()]], "Read  MORE…");
        assert_eq!(&line[origins[5]..origins[9]], "MORE");
    }

    #[test]
    fn boundaries_know_scripts_without_spaces() {
        assert!(!is_boundary(Some('a'), Some('b')));
        assert!(is_boundary(Some('a'), Some(' ')));
        assert!(is_boundary(Some('分'), Some('享')));
        assert!(is_boundary(None, Some('b')));
    }
}
