//! Scores one sequence: how anomalous its characters are in their context (ftfy calls it "badness"), and how well the
//! character that they would decode to fits. It considers kinds of characters, never words.
//!
//! The points are small integers: 1 is unusual, 2 odd, 3 hardly ever seen, 4 never in good text. They were derived from
//! good text in some thirty languages, and checked on it and on wrongly decoded copies of it.

use super::sequence::{Sequence, SequenceKind};
use crate::normalize::encodings;

/// A sequence and its context.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surroundings<'a> {
    pub(crate) encoding: usize,
    /// The characters of the sequence, and those around it, before repair.
    pub(crate) source: &'a str,
    pub(crate) source_before: Option<char>,
    pub(crate) source_after: Option<char>,
    /// The characters around it after repair.
    pub(crate) before: [Option<char>; 2],
    pub(crate) after: [Option<char>; 2],
}

/// How many decoded characters of a line belong to each script.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScriptHistogram([u32; SCRIPTS]);

impl ScriptHistogram {
    pub(crate) const EMPTY: ScriptHistogram = ScriptHistogram([0; SCRIPTS]);

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|&n| n == 0)
    }

    pub(crate) fn add(&mut self, c: char) {
        let count = &mut self.0[script(c)];
        *count = count.saturating_add(1);
    }
}

/// The points of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SequenceScore {
    /// How anomalous the text is before repair.
    pub(crate) anomaly: i32,
    /// How well the decoded character fits; negative if it is even more anomalous.
    pub(crate) fit: i32,
}

/// At this fit or below, the decoded character is worse than the original, whatever the anomaly.
pub(crate) const ABSURD: i32 = -3;

/// Scores a sequence in a line with these scripts.
pub(crate) fn score(sequence: &Sequence, around: &Surroundings<'_>, scripts: &ScriptHistogram) -> SequenceScore {
    // The longer the sequence, the less likely it is by chance.
    let mut anomaly = lead_anomaly(around) + (sequence.decoded.len_utf8() as i32 - 2).max(0);
    let mut last = around.source_before.map_or(CharClass::SPACE, CharClass::of);
    for c in around.source.chars().chain(around.source_after) {
        let next = CharClass::of(c);
        anomaly += pair_anomaly(last, next);
        last = next;
    }
    // The apostrophe of "Ã’s" belongs there.
    if around.source.ends_with('’') && around.source_after.is_some_and(|c| c.is_ascii_lowercase()) {
        anomaly -= 4;
    }
    SequenceScore { anomaly, fit: fit(sequence, around, scripts) }
}

/// Points for lead characters that are rare in good text and frequent in mojibake.
fn lead_anomaly(around: &Surroundings<'_>) -> i32 {
    let encoding = around.encoding;
    let mut chars = around.source.chars();
    let (first, second) = (chars.next().unwrap_or(' '), chars.next().unwrap_or(' '));
    match (encodings::byte_of(first, encoding), second) {
        // Quotes, dashes, the ellipsis: the most common of all, in any encoding.
        (0xE2, second) if encodings::byte_of(second, encoding) == 0x80 => 3,
        (0xC2 | 0xC3, _) if encoding != encodings::WESTERN => 0,
        // "Â" before the very symbol that it stands for. Quotes and dots may follow a capital at the end of a word.
        (0xC2, '«' | '»' | '·' | '´') => 2,
        (0xC2, '¡'..='¿') => 6,
        // A no-break space, or the word "à": in good text a capital in this position follows only capitals.
        (0xC2 | 0xC3, '\u{a0}') if !around.source_before.is_some_and(char::is_uppercase) => 5,
        (0xC2, ' ') if around.source_before.is_some_and(|c| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')')) => 5,
        (0xC2 | 0xC3, _) => 2,
        _ => 0,
    }
}

/// The role of a character in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Category {
    Space,
    Ascii,
    Digit,
    Lower,
    Upper,
    Opening,
    Closing,
    Dash,
    /// Standalone accents, and symbols that no running text needs: ¨ ¬ † ƒ.
    Stray,
    Acute,
    Maths,
    Money,
    Law,
    /// ® and ™, which end words.
    Brand,
    Box,
    Control,
    Lost,
    Other,
}

#[derive(Debug, Clone, Copy)]
struct CharClass {
    category: Category,
    ascii: bool,
    script: usize,
}

impl CharClass {
    const SPACE: CharClass = CharClass { category: Category::Space, ascii: true, script: COMMON };

    fn of(c: char) -> CharClass {
        let category = match c {
            ' ' | '\t' | '\n' | '\r' | '\u{a0}' => Category::Space,
            '0'..='9' => Category::Digit,
            'a'..='z' => Category::Lower,
            'A'..='Z' => Category::Upper,
            '\0'..='\u{7e}' => Category::Ascii,
            '\u{7f}'..='\u{9f}' => Category::Control,
            '‘' | '“' | '‚' | '„' | '«' | '‹' | '¡' | '¿' | '•' => Category::Opening,
            '’' | '”' | '»' | '›' => Category::Closing,
            '–' | '—' | '―' | '…' | '·' => Category::Dash,
            '´' | 'º' | 'ª' | '°' => Category::Acute,
            '\u{ad}' | '¨' | '¯' | '¸' | 'ˆ' | '˜' | 'ˇ' | '˘' | '˛' | '˙' | '˝' | '˚' | '΄' | '΅' | '¬' | '¦'
            | '¤' | '†' | '‡' | '‰' | 'ƒ' | '◊' | '⌐' | '\u{f8ff}' => Category::Stray,
            '²' | '³' | '¹' | '¼' | '½' | '¾' | '±' | '×' | '÷' | 'µ' | '\u{2044}' | '\u{2200}'..='\u{22ff}' => {
                Category::Maths
            }
            '¢' | '£' | '¥' | '€' | '₧' => Category::Money,
            '§' | '¶' | '©' | '№' => Category::Law,
            '®' | '™' => Category::Brand,
            '\u{2500}'..='\u{25ff}' => Category::Box,
            '\u{fffd}' => Category::Lost,
            c if c.is_lowercase() => Category::Lower,
            c if c.is_uppercase() => Category::Upper,
            _ => Category::Other,
        };
        CharClass { category, ascii: c.is_ascii(), script: script(c) }
    }

    fn is_letter(self) -> bool {
        matches!(self.category, Category::Lower | Category::Upper)
    }
}

/// How anomalous it is that `b` follows `a`.
fn pair_anomaly(a: CharClass, b: CharClass) -> i32 {
    use Category::{
        Acute, Ascii, Box, Brand, Closing, Control, Dash, Digit, Law, Lost, Lower, Maths, Money, Opening, Space, Stray,
        Upper,
    };
    if b.category == Control {
        return 4;
    }
    let foreign = i32::from(!a.ascii);
    let next_foreign = i32::from(!b.ascii);
    match (a.category, b.category) {
        (Lower | Upper, Lower | Upper) if a.script != b.script => 3,
        (Lower, Upper) => {
            if a.ascii && b.ascii {
                0
            } else {
                2
            }
        }
        (Lower, Lower) => foreign & next_foreign & i32::from(a.script == LATIN),
        (Upper, Lower) => foreign & next_foreign & i32::from(a.script == LATIN),
        (Upper, Upper) => foreign & next_foreign & i32::from(a.script == LATIN),
        (Lower | Upper, Stray) => 2 + foreign,
        (Lower | Upper, Acute) => 1 + (foreign & i32::from(a.category == Upper)),
        (Lower | Upper, Maths) => 1 + foreign,
        (Lower | Upper, Opening) => 2,
        // Leetspeak writes letters as currency signs.
        (Lower | Upper, Money) | (Money, Lower | Upper) => 0,
        (Lower | Upper, Box) => 1 + 2 * foreign,
        (Lower | Upper, Lost) => foreign,
        (Stray, Lower | Upper | Digit) => 2,
        (Stray, Space | Ascii) => 0,
        (Stray, _) => 2,
        (Acute, _) if b.is_letter() => 1,
        (Dash, Lower) => 1 + next_foreign,
        (Maths, _) if b.is_letter() => 1 + next_foreign,
        (Law | Brand, Lower | Upper) => 2,
        (Lower | Upper, Law) => 2,
        (Closing, Lower | Upper | Digit) => 2 * i32::from(b.ascii || b.category != Lower),
        (Box, _) if b.is_letter() => 1 + 2 * next_foreign,
        (Lost, _) if b.is_letter() => 1,
        (Space | Ascii | Digit, _) | (_, Space | Ascii | Digit | Dash | Closing) => 0,
        (Box, Box) | (Money, Maths) => 0,
        (Opening | Closing | Dash, Lower | Upper | Opening) => 0,
        (Lower | Upper, _) | (Control, _) => 0,
        _ => 1,
    }
}

/// How well the decoded character fits.
fn fit(sequence: &Sequence, around: &Surroundings<'_>, scripts: &ScriptHistogram) -> i32 {
    let c = sequence.decoded;
    let beside_letter = [around.before[0], around.after[0]].into_iter().flatten().any(char::is_alphabetic);
    let beside_digit = around.after[0].is_some_and(char::is_numeric);
    if sequence.kind == SequenceKind::Lossy {
        return 0;
    }
    let points = match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'ç' | 'è' | 'é' | 'ê' | 'í' | 'ñ' | 'ó' | 'ö' | 'ü' | 'É' | 'À' | 'Ö' | 'Ü'
            if beside_letter =>
        {
            2
        }
        'ſ' | 'ĸ' | 'ŀ' | 'Ŀ' => -4,
        'ŉ' => 0,
        // Good text has none, but text that was decoded wrongly twice has them after a lead byte or each other.
        '\u{80}'..='\u{9f}' => {
            if around.before[0].is_some_and(|c| !c.is_ascii()) {
                1
            } else {
                -2
            }
        }
        // Words in French, Italian, Portuguese, Polish, Norwegian.
        'à' | 'è' | 'é' | 'ò' | 'ó' | 'å' | 'À' | 'È' | 'É' => 1,
        'À'..='ÿ' => i32::from(beside_letter && c.is_alphabetic()),
        '¨' | '¯' | '¸' | '¬' | '¦' | '¤' => -1,
        '\u{a0}'..='¿' => i32::from(around.encoding == encodings::WESTERN || beside_letter || beside_digit),
        // Letters of Maltese, Esperanto and Sami, far rarer than the Czech, Polish or Turkish ones beside them.
        'Ċ' | 'ċ' | 'Ĉ' | 'ĉ' | 'Ĝ' | 'ĝ' | 'Ġ' | 'ġ' | 'Ĥ' | 'ĥ' | 'Ħ' | 'ħ' | 'Ĵ' | 'ĵ' | 'Ŋ' | 'ŋ' | 'Ŧ' | 'ŧ' => {
            -1
        }
        '\u{100}'..='\u{17f}' => {
            if beside_letter {
                1
            } else {
                -1
            }
        }
        'Ơ' | 'ơ' | 'Ư' | 'ư' | 'Ș' | 'ș' | 'Ț' | 'ț' | 'Ə' | 'ə' => {
            if beside_letter {
                1
            } else {
                -3
            }
        }
        '\u{180}'..='\u{2ff}' => -4,
        '\u{300}'..='\u{36f}' => {
            if around.before[0].is_some_and(char::is_alphanumeric) {
                1
            } else {
                -1
            }
        }
        '\u{1d00}'..='\u{1dff}' => -4,
        '\u{1e00}'..='\u{1eff}' => i32::from(beside_letter),
        '\u{2010}'..='\u{2026}' | '‰' | '‹' | '›' | '€' | '™' => 2,
        '\u{2000}'..='\u{206f}' | '\u{20a0}'..='\u{2bff}' | '\u{fe0f}' => 1,
        '\u{3000}'..='\u{303f}' | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff1f}' => 1,
        '\u{feff}' | '\u{fffd}' | '\u{fb00}'..='\u{fb06}' | '\u{1f000}'..='\u{1faff}' => 2,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. => -4,
        c if script(c) == RARE => -3,
        c if script(c) != COMMON => script_fit(c, around, scripts),
        _ => 0,
    };
    points + case_fit(c, around)
}

/// Points for the script of a letter: it fits among others of the same script.
fn script_fit(c: char, around: &Surroundings<'_>, scripts: &ScriptHistogram) -> i32 {
    let own = script(c);
    let [before, after] = [around.before, around.after].map(|chars| chars.map(|c| c.map(script) == Some(own)));
    if before[0] || after[0] {
        return 2;
    }
    if before[1] || after[1] || scripts.0[own] >= 3 {
        return 1;
    }
    match own {
        // Greek letters stand alone in science, and three bytes in a row are seldom chance.
        GREEK => 0,
        _ if c >= '\u{800}' => match around.before[0] {
            Some(before) if before.is_alphanumeric() && own == CJK => -3,
            _ => -1,
        },
        _ => -3,
    }
}

/// Points for the case of a letter: it does not fit if it differs from that of its word.
fn case_fit(c: char, around: &Surroundings<'_>) -> i32 {
    let [before, second_before] = around.before;
    let after = around.after[0];
    let among_capitals = is_upper(after) || (is_upper(second_before) && !is_lower(after));
    if c.is_lowercase() && is_upper(before) && among_capitals {
        -4
    } else if c.is_uppercase() && is_lower(before) {
        -1
    } else {
        0
    }
}

fn is_upper(c: Option<char>) -> bool {
    c.is_some_and(char::is_uppercase)
}

fn is_lower(c: Option<char>) -> bool {
    c.is_some_and(char::is_lowercase)
}

const COMMON: usize = 0;
const LATIN: usize = 1;
const GREEK: usize = 2;
const CYRILLIC: usize = 3;
const CJK: usize = 7;
const RARE: usize = 8;
const SCRIPTS: usize = 40;

/// The script of a character, by block; coarse, since only whether neighbours share it matters.
fn script(c: char) -> usize {
    match c {
        'ƒ' => COMMON,
        'a'..='z' | 'A'..='Z' | 'ª' | 'º' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => {
            LATIN
        }
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => GREEK,
        '\u{400}'..='\u{52f}' => CYRILLIC,
        '\u{530}'..='\u{58f}' => 4,
        '\u{590}'..='\u{5ff}' => 5,
        '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' => 6,
        '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' => CJK,
        '\u{20000}'..='\u{3ffff}' => CJK,
        // The Indic scripts, Thai, Lao, Tibetan, Myanmar and Georgian: 128 places or so each.
        '\u{900}'..='\u{10ff}' => 10 + (c as usize - 0x900) / 0x80,
        '\u{1200}'..='\u{139f}' => 30,
        '\u{1780}'..='\u{17ff}' => 31,
        '\u{700}'..='\u{8ff}' | '\u{13a0}'..='\u{1cff}' | '\u{a000}'..='\u{abff}' | '\u{fb07}'..='\u{fdff}' => RARE,
        _ => COMMON,
    }
}
