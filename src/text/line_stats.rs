//! Measures lines: how many words, how they end, what they are made of.
//! It knows no phrases and decides nothing.
//! Fourth stage of the line.

use super::lines::Line;
use crate::text::fold::{is_unspaced, strip_bullets};

/// What a line shows. Lines without letters, digits or signs are blank and have no other feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineStats {
    /// Nothing but whitespace.
    pub blank: bool,
    /// Characters, whitespace not counted.
    pub chars: usize,
    /// Letters.
    pub letters: usize,
    /// Digits and other numerals.
    pub digits: usize,
    /// ASCII's signs, but for apostrophes, hyphens, full stops and commas.
    pub signs: usize,
    /// Words; two characters count as one in scripts without spaces.
    pub words: usize,
    /// Words that begin with a capital.
    pub capitalized: usize,
    /// Whether the line begins with a bullet.
    pub bulleted: bool,
    /// Whether it ends as sentences do.
    pub ends_sentence: bool,
    /// Lines above it, blank ones not counted.
    pub from_top: usize,
    /// Lines below it, blank ones not counted.
    pub from_bottom: usize,
}

impl LineStats {
    /// Whether the line reads like prose: as many words as a sentence has, and a sentence's end; or so many words that
    /// it can be nothing else. Scripts and data are no prose, however long: an eighth and more of their characters are
    /// signs, as in 1 of 400 paragraphs, nearly all of them tables and code.
    pub fn is_prose(&self) -> bool {
        let data = self.signs * 8 > self.chars && self.words >= 25;
        !data && (self.ends_sentence && self.words >= 8 || self.words >= 25)
    }

    /// Whether more than half of the words begin with a capital, as in names and titles.
    pub fn is_title_case(&self) -> bool {
        self.capitalized * 2 > self.words
    }
}

/// The stats of each line.
pub fn measure(text: &str, lines: &[Line]) -> Vec<LineStats> {
    let mut stats: Vec<LineStats> = lines.iter().map(|line| measure_line(&text[line.span()])).collect();
    let solid = stats.iter().filter(|f| !f.blank).count();
    for (seen, f) in stats.iter_mut().filter(|f| !f.blank).enumerate() {
        f.from_top = seen;
        f.from_bottom = solid - 1 - seen;
    }
    stats
}

/// What one line shows without its neighbours.
fn measure_line(line: &str) -> LineStats {
    let mut f = LineStats::default();
    let mut in_word = false;
    let mut unspaced = 0usize;
    for c in line.chars() {
        match kind(c) {
            Kind::Space => {
                in_word = false;
                continue;
            }
            Kind::Unspaced => {
                unspaced += 1;
                f.letters += 1;
                in_word = false;
            }
            Kind::Alphanumeric { digit, capital } => {
                f.digits += usize::from(digit);
                f.letters += usize::from(!digit);
                f.words += usize::from(!in_word);
                f.capitalized += usize::from(!in_word && capital);
                in_word = true;
            }
            // An apostrophe, hyphen or decimal point inside a word does not end it; followed by a space, the space does.
            Kind::Joint => {}
            Kind::Sign => {
                in_word = false;
                f.signs += usize::from(c.is_ascii_punctuation());
            }
        }
        f.chars += 1;
    }
    f.blank = f.chars == 0;
    // A word of Chinese or Japanese is about two characters long.
    f.words += unspaced.div_ceil(2);
    f.bulleted = !f.blank && strip_bullets(line).len() < line.trim_start().len();
    f.ends_sentence = ends_sentence(line);
    f
}

/// What a character does to words.
#[derive(Clone, Copy)]
enum Kind {
    Space,
    Unspaced,
    Alphanumeric { digit: bool, capital: bool },
    Joint,
    Sign,
}

fn kind(c: char) -> Kind {
    match c {
        'a'..='z' => Kind::Alphanumeric { digit: false, capital: false },
        'A'..='Z' => Kind::Alphanumeric { digit: false, capital: true },
        '0'..='9' => Kind::Alphanumeric { digit: true, capital: false },
        '\'' | '’' | '-' | '.' | ',' => Kind::Joint,
        c if c.is_whitespace() => Kind::Space,
        c if c.is_ascii() => Kind::Sign,
        c if is_unspaced(c) => Kind::Unspaced,
        c if c.is_alphanumeric() => Kind::Alphanumeric { digit: c.is_numeric(), capital: c.is_uppercase() },
        _ => Kind::Sign,
    }
}

/// Whether a line ends as sentences do: a full stop or its like, perhaps behind closing quotation marks or brackets;
/// not an ellipsis, which marks cut-off teasers.
fn ends_sentence(line: &str) -> bool {
    let core = line.trim_end().trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」', '』', '“', ' ']);
    if core.ends_with("...") || core.ends_with('…') {
        return false;
    }
    core.ends_with(['.', '!', '?', '。', '！', '？', '．', '।', '۔', '؟', '։', '።', ':', ';', '：', '；'])
}
