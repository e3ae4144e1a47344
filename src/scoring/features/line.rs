//! What a line shows by itself: its signs, its words, how it begins and ends.

use super::{Columns, Rows};
use crate::text::fold::is_unspaced;

/// Counts of one line.
#[derive(Debug, Clone, Copy, Default)]
struct Own {
    spaced_words: usize,
    small: usize,
    little: usize,
    unspaced: usize,
    sentences: usize,
    commas: usize,
    separators: usize,
    quotes: usize,
    brackets: usize,
    at_sign: bool,
    year: bool,
    rights_sign: bool,
    exclaims: bool,
}

pub(super) fn measure(page: &Rows<'_>, columns: &mut Columns) {
    let own: Vec<Own> = page.rows().map(|row| count(page.text(row).trim())).collect();
    let shape = |row: usize| page.shape(row);
    let per = |part: usize, all: usize| part as f32 / all.max(1) as f32;
    let number = |on: bool, value: f32| if on { value } else { 0.0 };
    columns.add("words", page.rows().map(|r| shape(r).words as f32));
    columns.add("word-length", page.rows().map(|r| per(shape(r).chars, shape(r).words)));
    columns.add("capitalized", page.rows().map(|r| per(shape(r).capitalized, shape(r).words)));
    columns.add("lowercase", own.iter().map(|o| per(o.small, o.spaced_words)));
    columns.add("short-words", own.iter().map(|o| per(o.little, o.spaced_words)));
    columns.add("letters", page.rows().map(|r| per(shape(r).letters, shape(r).chars)));
    columns.add("unspaced-script", page.rows().map(|r| per(own[r].unspaced, shape(r).chars)));
    columns.add("ends-with", page.rows().map(|r| ending(page.text(r).trim())));
    columns.add("starts-with", page.rows().map(|r| beginning(page.text(r).trim())));
    columns.add("sentences", own.iter().map(|o| o.sentences as f32));
    columns.add("commas", own.iter().map(|o| o.commas as f32));
    columns.add("separators", own.iter().map(|o| o.separators as f32));
    columns.add("quotes", own.iter().map(|o| o.quotes as f32));
    columns.add("brackets", own.iter().map(|o| o.brackets as f32));
    let address = |r: usize| page.text(r).contains("http") || page.text(r).contains("www.");
    columns.add("web-address", page.rows().map(|r| number(address(r), 1.0) + number(own[r].at_sign, 2.0)));
    columns.add("year", own.iter().map(|o| number(o.year, 1.0)));
    columns.add("copyright-sign", own.iter().map(|o| number(o.rights_sign, 1.0)));
    columns.add("exclaims", own.iter().map(|o| number(o.exclaims, 1.0)));
    let blank = |line: Option<usize>| line.and_then(|l| page.document.stats.get(l)).is_some_and(|f| f.blank);
    let around = |r: usize| {
        let line = page.lines[r];
        number(blank(line.checked_sub(1)), 1.0) + number(blank(Some(line + 1)), 2.0)
    };
    columns.add("blank-around", page.rows().map(around));
    columns.add("rule-hits", page.fired.iter().map(|f| f.hits as f32));
}

fn count(line: &str) -> Own {
    let mut own = Own::default();
    let mut previous = ' ';
    let mut digits = 0;
    // The word that is being read: letters so far, whether it began with a small letter, whether all were small.
    let (mut letters, mut small, mut all_small) = (0, false, true);
    for (at, c) in line.char_indices() {
        // Most characters are these, and these count as nothing else.
        if c.is_ascii_lowercase() {
            own.year |= digits == 4 && is_year(&line[at - 4..at]);
            digits = 0;
            small |= letters == 0;
            letters += 1;
            previous = c;
            continue;
        }
        match c {
            ',' | '，' | '、' | '،' => own.commas += 1,
            '|' | '»' | '›' | '·' | '•' | '>' | '/' => own.separators += 1,
            '"' | '“' | '”' | '„' | '«' => own.quotes += 1,
            '(' | ')' => own.brackets += 1,
            '@' => own.at_sign = true,
            '©' | '®' | '™' => own.rights_sign = true,
            '!' | '?' => own.exclaims = true,
            ' ' => own.sentences += usize::from(matches!(previous, '.' | '!' | '?')),
            '。' | '！' | '？' => own.sentences += 1,
            _ => {}
        }
        if c.is_ascii_digit() {
            digits += 1;
        } else {
            own.year |= digits == 4 && is_year(&line[at - 4..at]);
            digits = 0;
        }
        if c.is_whitespace() {
            own.end_word(letters, small, all_small);
            (letters, small, all_small) = (0, false, true);
        } else if c.is_alphanumeric() {
            small |= letters == 0 && c.is_lowercase();
            all_small &= c.is_lowercase();
            letters += 1;
        }
        own.unspaced += usize::from(!c.is_ascii() && is_unspaced(c));
        previous = c;
    }
    own.year |= digits == 4 && is_year(&line[line.len() - 4..]);
    own.end_word(letters, small, all_small);
    own
}

impl Own {
    fn end_word(&mut self, letters: usize, small: bool, all_small: bool) {
        if letters > 0 {
            self.spaced_words += 1;
            self.small += usize::from(small);
            self.little += usize::from(all_small && letters <= 3);
        }
    }
}

fn is_year(digits: &str) -> bool {
    digits.starts_with("19") || digits.starts_with("20")
}

fn ending(line: &str) -> f32 {
    let core = line.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」', '』', '“', ' ']);
    if core.ends_with("...") {
        return 5.0;
    }
    match core.chars().next_back() {
        Some('…') => 5.0,
        Some('.' | '。' | '．' | '।' | '۔' | '։' | '።') => 1.0,
        Some('?' | '？' | '؟') => 2.0,
        Some('!' | '！') => 3.0,
        Some(':' | '：') => 4.0,
        Some(',' | ';' | '-' | '–' | '—') => 6.0,
        Some(c) if c.is_numeric() => 7.0,
        _ if core.len() < line.len() => 8.0,
        _ => 0.0,
    }
}

fn beginning(line: &str) -> f32 {
    match line.chars().next() {
        Some(c) if c.is_uppercase() => 1.0,
        Some(c) if c.is_lowercase() => 2.0,
        Some(c) if c.is_numeric() => 3.0,
        Some('"' | '“' | '„' | '«' | '‘' | '\'' | '「' | '—' | '–') => 4.0,
        Some('[' | '(') => 5.0,
        Some(c) if c.is_alphabetic() => 6.0,
        Some('-' | '*' | '•' | '·' | '»' | '>' | '+') => 7.0,
        _ => 0.0,
    }
}
