//! Weighs one sequence: how odd its characters are where they stand, and how well the character they hide would fit.
//! It ensembles at kinds of characters, never at words, and decides nothing about a line.
//! Under the mojibake step of the second stage.
//!
//! The points are small whole numbers: 1 is unusual, 2 odd, 3 hardly ever seen, 4 never in good text. They were set by
//! what good text in some thirty languages does and does not contain, and checked both on it and on misread copies.

use super::encodings;
use super::sequence::{Kind, Sequence};

/// What surrounds a sequence: the text as it stands, and as it would stand if its neighbours were read the same way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) source: &'a str,
    pub(crate) source_before: Option<char>,
    pub(crate) source_after: Option<char>,
    pub(crate) before: [Option<char>; 2],
    pub(crate) after: [Option<char>; 2],
}

/// What the whole line would hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Company {
    /// Sequences by script.
    scripts: [u32; SCRIPTS],
}

impl Company {
    /// A line with nothing in it.
    pub(crate) const NONE: Company = Company { scripts: [0; SCRIPTS] };

    /// Whether it is still that.
    pub(crate) fn is_empty(&self) -> bool {
        self.scripts.iter().all(|&n| n == 0)
    }

    /// Notes one decoded character of the line.
    pub(crate) fn add(&mut self, c: char) {
        let count = &mut self.scripts[script(c)];
        *count = count.saturating_add(1);
    }
}

/// The points of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weight {
    /// How odd the text is as it stands.
    pub(crate) odd: i32,
    /// How well what it hides would fit; below zero when it would be odder still.
    pub(crate) fits: i32,
}

/// Points at and below which a reading is worse than what stands there, whatever else speaks for it.
pub(crate) const ABSURD: i32 = -3;

/// Weighs `sequence` in its place.
pub(crate) fn predict(sequence: &Sequence, place: &Place<'_>, company: &Company, encoding: usize) -> Weight {
    // The more characters happen to make a sequence, the less it is chance.
    let mut odd = signature(place, encoding) + (sequence.decoded.len_utf8() as i32 - 2).max(0);
    let mut last = place.source_before.map_or(Nature::SPACE, nature);
    for c in place.source.chars().chain(place.source_after) {
        let next = nature(c);
        odd += oddness(last, next);
        last = next;
    }
    // The apostrophe of "Ã’s" is at home there.
    if place.source.ends_with('’') && place.source_after.is_some_and(|c| c.is_ascii_lowercase()) {
        odd -= 4;
    }
    Weight { odd, fits: fit(sequence, place, company, encoding) }
}

/// Extra points for the leads that good text hardly has and misread text is full of.
fn signature(place: &Place<'_>, encoding: usize) -> i32 {
    let mut chars = place.source.chars();
    let (first, second) = (chars.next().unwrap_or(' '), chars.next().unwrap_or(' '));
    match (encodings::byte_of(first, encoding), second) {
        // Quotes, dashes, the ellipsis: the commonest of all, in any encoding.
        (0xE2, second) if encodings::byte_of(second, encoding) == 0x80 => 3,
        (0xC2 | 0xC3, _) if encoding != encodings::WESTERN => 0,
        // "Â" in front of the very sign that it stands for. Quotes and dots may follow a capital at the end of a word.
        (0xC2, '«' | '»' | '·' | '´') => 2,
        (0xC2, '¡'..='¿') => 6,
        // A no-break space, or the word "à": no capital letter stands so after anything but capitals.
        (0xC2 | 0xC3, '\u{a0}') if !place.source_before.is_some_and(char::is_uppercase) => 5,
        (0xC2, ' ') if place.source_before.is_some_and(|c| matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')')) => 5,
        (0xC2 | 0xC3, _) => 2,
        _ => 0,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Space,
    Ascii,
    Digit,
    Lower,
    Upper,
    Opening,
    Closing,
    Dash,
    /// Accents that stand alone, and signs that no running text needs: ¨ ¬ † ƒ.
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
struct Nature {
    shape: Shape,
    ascii: bool,
    script: usize,
}

impl Nature {
    const SPACE: Nature = Nature { shape: Shape::Space, ascii: true, script: COMMON };

    fn is_letter(self) -> bool {
        matches!(self.shape, Shape::Lower | Shape::Upper)
    }
}

fn nature(c: char) -> Nature {
    let shape = match c {
        ' ' | '\t' | '\n' | '\r' | '\u{a0}' => Shape::Space,
        '0'..='9' => Shape::Digit,
        'a'..='z' => Shape::Lower,
        'A'..='Z' => Shape::Upper,
        '\0'..='\u{7e}' => Shape::Ascii,
        '\u{7f}'..='\u{9f}' => Shape::Control,
        '‘' | '“' | '‚' | '„' | '«' | '‹' | '¡' | '¿' | '•' => Shape::Opening,
        '’' | '”' | '»' | '›' => Shape::Closing,
        '–' | '—' | '―' | '…' | '·' => Shape::Dash,
        '´' | 'º' | 'ª' | '°' => Shape::Acute,
        '\u{ad}' | '¨' | '¯' | '¸' | 'ˆ' | '˜' | 'ˇ' | '˘' | '˛' | '˙' | '˝' | '˚' | '΄' | '΅' | '¬' | '¦' | '¤'
        | '†' | '‡' | '‰' | 'ƒ' | '◊' | '⌐' | '\u{f8ff}' => Shape::Stray,
        '²' | '³' | '¹' | '¼' | '½' | '¾' | '±' | '×' | '÷' | 'µ' | '\u{2044}' | '\u{2200}'..='\u{22ff}' => {
            Shape::Maths
        }
        '¢' | '£' | '¥' | '€' | '₧' => Shape::Money,
        '§' | '¶' | '©' | '№' => Shape::Law,
        '®' | '™' => Shape::Brand,
        '\u{2500}'..='\u{25ff}' => Shape::Box,
        '\u{fffd}' => Shape::Lost,
        c if c.is_lowercase() => Shape::Lower,
        c if c.is_uppercase() => Shape::Upper,
        _ => Shape::Other,
    };
    Nature { shape, ascii: c.is_ascii(), script: script(c) }
}

/// How odd it is that `b` follows `a`.
fn oddness(a: Nature, b: Nature) -> i32 {
    use Shape::{
        Acute, Ascii, Box, Brand, Closing, Control, Dash, Digit, Law, Lost, Lower, Maths, Money, Opening, Space, Stray,
        Upper,
    };
    if b.shape == Control {
        return 4;
    }
    let foreign = i32::from(!a.ascii);
    let next_foreign = i32::from(!b.ascii);
    match (a.shape, b.shape) {
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
        (Lower | Upper, Acute) => 1 + (foreign & i32::from(a.shape == Upper)),
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
        (Closing, Lower | Upper | Digit) => 2 * i32::from(b.ascii || b.shape != Lower),
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
fn fit(sequence: &Sequence, place: &Place<'_>, company: &Company, encoding: usize) -> i32 {
    let c = sequence.decoded;
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let beside_letter = letter(place.before[0]) || letter(place.after[0]);
    let beside_digit = place.after[0].is_some_and(char::is_numeric);
    if sequence.kind == Kind::Lossy {
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
        // Good text has none, but what was misread twice has them after a lead byte or one another.
        '\u{80}'..='\u{9f}' => {
            if place.before[0].is_some_and(|c| !c.is_ascii()) {
                1
            } else {
                -2
            }
        }
        // Words by themselves: French, Italian, Portuguese, Polish, Norwegian.
        'à' | 'è' | 'é' | 'ò' | 'ó' | 'å' | 'À' | 'È' | 'É' => 1,
        'À'..='ÿ' => i32::from(beside_letter && c.is_alphabetic()),
        '¨' | '¯' | '¸' | '¬' | '¦' | '¤' => -1,
        '\u{a0}'..='¿' => i32::from(encoding == encodings::WESTERN || beside_letter || beside_digit),
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
            if place.before[0].is_some_and(char::is_alphanumeric) {
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
        c if script(c) != COMMON => company_of(c, place, company),
        _ => 0,
    };
    points + case(c, place)
}

/// A letter of another script wants others of its kind about it.
fn company_of(c: char, place: &Place<'_>, company: &Company) -> i32 {
    let own = script(c);
    let same = |other: &Option<char>| other.is_some_and(|other| script(other) == own);
    if same(&place.before[0]) || same(&place.after[0]) {
        return 2;
    }
    if place.before.iter().chain(&place.after).any(same) || company.scripts[own] >= 3 {
        return 1;
    }
    match own {
        // Greek letters stand alone in science; three bytes in a row are seldom chance.
        GREEK => 0,
        _ if c >= '\u{800}' => match place.before[0] {
            Some(before) if before.is_alphanumeric() && own == CJK => -3,
            _ => -1,
        },
        _ => -3,
    }
}

/// A letter that does not go with the case of its word.
fn case(c: char, place: &Place<'_>) -> i32 {
    let upper = |c: Option<char>| c.is_some_and(char::is_uppercase);
    let lower = |c: Option<char>| c.is_some_and(char::is_lowercase);
    let among_capitals = upper(place.after[0]) || (upper(place.before[1]) && !lower(place.after[0]));
    if c.is_lowercase() && upper(place.before[0]) && among_capitals {
        -4
    } else if c.is_uppercase() && lower(place.before[0]) {
        -1
    } else {
        0
    }
}

const COMMON: usize = 0;
const LATIN: usize = 1;
const GREEK: usize = 2;
const CYRILLIC: usize = 3;
const CJK: usize = 7;
const RARE: usize = 8;
const SCRIPTS: usize = 40;

/// The script of a character, by block; coarse, since all that counts is whether neighbours share it.
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
