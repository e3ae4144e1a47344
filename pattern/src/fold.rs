//! The folded view of a line, which rules see: one phrase matches all spellings that fold alike. The text itself is
//! never changed.

/// Appends the folded view of `line` to `out`.
///
/// Lowercase; full-width forms as plain ones; curly quotation marks as `'` or `"`, all dashes as `-`, `…` as `...`;
/// decimal digits of other scripts as `0` to `9`; whitespace as single spaces, none at the edges; no invisible
/// characters; no bullets at the start. Of letters that a language writes with or without a mark, the one without it:
/// Greek without accents, Arabic and Hebrew without vowel marks, Hindi and Bengali without the dot below.
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
        } else if !is_left_out(c) {
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
        if is_left_out(c) {
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
        '‘' | '’' | '‚' | '‛' | '′' | '´' | 'ʼ' | '׳' => '\'',
        '“' | '”' | '„' | '‟' | '″' | '״' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '־' => '-',
        '…' => return Plain::Dots,
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '؟' => '?',
        '،' => ',',
        '؛' => ';',
        '٪' => '%',
        '۔' | '।' => '.',
        '\u{386}'..='\u{3CE}' => without_greek_accent(c),
        'أ' | 'إ' | 'ٱ' | 'ى' | 'ی' | 'ک' => one_arabic_form(c),
        'ँ' | '\u{958}'..='\u{95F}' | '\u{9DC}' | '\u{9DD}' | '\u{9DF}' => without_dot_below(c),
        _ => digit(c).unwrap_or(c),
    })
}

/// Capitals are usually written without accents, and a sigma has another form at the end of a lowercase word.
fn without_greek_accent(c: char) -> char {
    match c {
        'Ά' | 'ά' => 'α',
        'Έ' | 'έ' => 'ε',
        'Ή' | 'ή' => 'η',
        'Ί' | 'ί' | 'Ϊ' | 'ϊ' | 'ΐ' => 'ι',
        'Ό' | 'ό' => 'ο',
        'Ύ' | 'ύ' | 'Ϋ' | 'ϋ' | 'ΰ' => 'υ',
        'Ώ' | 'ώ' => 'ω',
        'ς' => 'σ',
        _ => c,
    }
}

/// One form of the letters that are typed in several: an alef with or without hamza, the yeh and the kaf of Arabic and
/// of Persian keyboards.
fn one_arabic_form(c: char) -> char {
    match c {
        'أ' | 'إ' | 'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        _ => c,
    }
}

/// Letters of Hindi and Bengali that have a dot below as a part of their code, without it; and one sign for the two by
/// which Hindi writes nasal vowels.
fn without_dot_below(c: char) -> char {
    match c {
        'ँ' => 'ं',
        '\u{958}' => 'क',
        '\u{959}' => 'ख',
        '\u{95A}' => 'ग',
        '\u{95B}' => 'ज',
        '\u{95C}' => 'ड',
        '\u{95D}' => 'ढ',
        '\u{95E}' => 'फ',
        '\u{95F}' => 'य',
        '\u{9DC}' => 'ড',
        '\u{9DD}' => 'ঢ',
        '\u{9DF}' => 'য',
        _ => c,
    }
}

/// The plain digit for a decimal digit of another script; each of these blocks has its ten digits in a row.
fn digit(c: char) -> Option<char> {
    const ZEROS: [u32; 8] = [0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0BE6, 0x0E50];
    let code = c as u32;
    let zero = ZEROS.into_iter().find(|z| (*z..*z + 10).contains(&code))?;
    char::from_digit(code - zero, 10)
}

/// Invisible characters that scrapers leave inside words, and marks with which a word may be written or not.
fn is_left_out(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'
        | '\u{2066}'..='\u{2069}' | '\u{FEFF}' // direction marks among them
        | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}' // Arabic: the stretched line and the vowels
        | '\u{93C}' | '\u{9BC}') // Hindi and Bengali: the dot below
        || is_hebrew_point(c)
}

fn is_hebrew_point(c: char) -> bool {
    matches!(c, '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}' | '\u{5C7}')
}

/// Whether a character is part of a word: a letter, a digit, or a mark of a script whose marks are written as characters
/// of their own, such as the vowel signs of Hindi.
#[inline]
pub fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c >= '\u{591}' && is_word_mark(c)
}

/// The marks that are not letters by themselves. Latin and Cyrillic accents are not among them: they are nearly always
/// written in one character with their letter.
fn is_word_mark(c: char) -> bool {
    match c {
        '\u{610}'..='\u{61A}' | '\u{64B}'..='\u{65F}' | '\u{670}' | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}' => {
            true
        }
        // The alphabets of India stand in blocks of 128, with their signs at the same places.
        '\u{900}'..='\u{DFF}' => {
            matches!(c as u32 & 0x7f, 0..=3 | 0x3A..=0x3C | 0x3E..=0x4D | 0x51..=0x57 | 0x62 | 0x63)
                || matches!(c, '\u{A70}' | '\u{A71}' | '\u{DCA}'..='\u{DDF}')
        }
        _ => is_hebrew_point(c),
    }
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

/// Whether a word may begin or end between these two characters: one of them is not part of a word, or belongs to a
/// script without spaces.
#[inline]
pub fn is_boundary(before: Option<char>, after: Option<char>) -> bool {
    match (before, after) {
        (Some(a), Some(b)) => !is_word_char(a) || !is_word_char(b) || is_unspaced(a) || is_unspaced(b),
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
    is_unspaced_alphabet(c)
        || matches!(c as u32,
        0x2E80..=0x312F | 0x31A0..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9F | 0x20000..=0x3FFFF) // Han, kana
}

/// Whether it is one of those whose words are spelled with letters, vowel signs and tone marks, about four of them:
/// Thai, Lao, Tibetan, Burmese, Khmer.
pub fn is_unspaced_alphabet(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0EFF | 0x0F00..=0x0FFF | 0x1000..=0x109F | 0x1780..=0x17FF)
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

    #[test]
    fn marks_are_part_of_the_word() {
        for (before, after) in [('र', '्'), ('्', 'स'), ('े', 'ं'), ('ர', '\u{bcd}'), ('ব', '\u{9cd}'), ('ש', '\u{5c1}')]
        {
            assert!(!is_boundary(Some(before), Some(after)), "{before}{after}");
        }
        assert!(is_boundary(Some('ं'), Some('।')));
        assert!(!is_word_char('\u{964}') && !is_word_char('\u{20e3}') && !is_word_char('\u{301}'));
    }

    #[test]
    fn letters_with_and_without_their_marks_fold_alike() {
        for (line, plain) in [
            ("ΔΙΑΒΆΣΤΕ ΕΠΊΣΗΣ", "διαβαστε επισησ"),
            ("διαβάστε επίσης", "διαβαστε επισησ"),
            ("إقــرأ أيضًا", "اقرا ايضا"),
            ("خبرهای ویژه، کامل؟", "خبرهاي ويژه, كامل?"),
            ("שַׁתְּפוּ אי־מייל צה״ל", "שתפו אי-מייל צה\"ל"),
            ("यह भी पढ़ें। यहाँ", "यह भी पढें. यहां"),
            ("आगे प\u{95d}ें ख़बर", "आगे पढें खबर"),
            ("আরও প\u{9dc}ুন, পড\u{9bc}ুন", "আরও পডুন, পডুন"),
            ("\u{202b}مشاركة\u{202c}", "مشاركة"),
        ] {
            assert_eq!(folded(line), plain, "{line:?}");
        }
    }
}
