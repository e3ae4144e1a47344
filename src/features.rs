//! Measures lines: how many words, how they end, what they are made of.
//! It knows no phrases and decides nothing.
//! Fourth stage of the line.

use crate::fold::{is_unspaced, strip_bullets};
use crate::model::{Features, Line};

/// The features of each line.
pub fn measure(text: &str, lines: &[Line]) -> Vec<Features> {
    let mut features: Vec<Features> = lines.iter().map(|line| measure_line(&text[line.span()])).collect();
    let solid = features.iter().filter(|f| !f.blank).count();
    for (seen, f) in features.iter_mut().filter(|f| !f.blank).enumerate() {
        f.from_top = seen;
        f.from_bottom = solid - 1 - seen;
    }
    features
}

/// What one line shows without its neighbours.
fn measure_line(line: &str) -> Features {
    let mut f = Features { blank: true, ..Features::default() };
    let mut in_word = false;
    let mut unspaced = 0usize;
    for c in line.chars() {
        if c.is_whitespace() {
            in_word = false;
            continue;
        }
        f.blank = false;
        f.chars += 1;
        if is_unspaced(c) {
            unspaced += 1;
            f.letters += 1;
            in_word = false;
        } else if c.is_alphanumeric() {
            if c.is_numeric() {
                f.digits += 1;
            } else {
                f.letters += 1;
            }
            if !in_word {
                f.words += 1;
                if c.is_uppercase() {
                    f.capitalized += 1;
                }
                in_word = true;
            }
        } else if !matches!(c, '\'' | '’' | '-' | '.' | ',') {
            // An apostrophe, hyphen or decimal point inside a word does not end it; followed by a space, the space does.
            in_word = false;
            f.signs += usize::from(c.is_ascii_punctuation());
        }
    }
    // A word of Chinese or Japanese is about two characters long.
    f.words += unspaced.div_ceil(2);
    f.bulleted = !f.blank && strip_bullets(line).len() < line.trim_start().len();
    f.ends_sentence = ends_sentence(line);
    f
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
