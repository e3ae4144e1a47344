//! Inputs of the repetition features: the words and n-grams that a line shares with other lines, and how many of its
//! words are in the boilerplate lexicon.

use std::hash::Hash;

use hashbrown::{HashMap, HashSet};

use super::context::Context;
use super::rows::Rows;
use crate::scoring::segments::PrefixSums;
use crate::text::tokens::tokenize;

/// Words of an n-gram; one that occurs twice is repeated text. Gopher's filters use n-grams of 2 to 10 words.
const NGRAM: usize = 4;

pub(super) struct Repetition {
    /// For each row, how many rows have the same text, and the same first two words.
    pub(super) duplicates: Vec<f32>,
    pub(super) same_start: Vec<f32>,
    /// The longer words of each row, and what is known of each on the page, in the prose of the main segment, and on
    /// lines on which rules fired.
    words: TokenLines<u64>,
    on_page: Vec<LineSpan>,
    in_segment: Vec<LineSpan>,
    in_boilerplate: Vec<LineSpan>,
    /// The n-grams of each row, and what is known of each on the page.
    ngrams: TokenLines<u64>,
    ngram_spans: Vec<LineSpan>,
    /// Words of each row that are in the boilerplate lexicon, and all of its words.
    boilerplate: PrefixSums,
    all: PrefixSums,
}

impl Repetition {
    pub(super) fn new(rows: &Rows<'_>, context: &Context, boilerplate_words: &HashSet<u64>) -> Repetition {
        let tokens: usize = rows.stats().map(|stats| stats.words).sum();
        let (mut words, mut ngrams) = (TokenLines::new(rows.len(), tokens), TokenLines::new(rows.len(), tokens));
        let (mut boilerplate, mut all) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        let mut line: Vec<u64> = Vec::new();
        for text in rows.texts() {
            line.clear();
            let mut known = 0_usize;
            tokenize(text, |token| {
                line.push(token.hash);
                known += usize::from(boilerplate_words.contains(&token.hash));
                if token.long {
                    words.add(token.hash);
                }
            });
            words.end_line();
            line.windows(NGRAM).for_each(|ngram| _ = ngrams.add(ngram.iter().fold(0, mix)));
            ngrams.end_line();
            boilerplate.push(known as f64);
            all.push(line.len() as f64);
        }
        Repetition {
            duplicates: counts(rows.texts().map(str::trim)),
            same_start: counts(rows.texts().map(first_two_words)),
            on_page: words.spans(|_| true),
            in_segment: words.spans(|row| context.in_segment_prose(row)),
            in_boilerplate: words.spans(|row| rows.hits[row].whole_line),
            ngram_spans: ngrams.spans(|_| true),
            words,
            ngrams,
            boilerplate: PrefixSums::new(boilerplate.into_iter()),
            all: PrefixSums::new(all.into_iter()),
        }
    }

    /// The share of a row's longer words that occur in other rows.
    pub(super) fn known_on_page(&self, row: usize) -> f32 {
        self.known(row, &self.on_page, true)
    }

    /// The same in the prose of the main segment; `own` says that the row itself belongs to it.
    pub(super) fn known_in_segment(&self, row: usize, own: bool) -> f32 {
        self.known(row, &self.in_segment, own)
    }

    /// The same on lines on which rules fired.
    pub(super) fn known_in_boilerplate(&self, row: usize, own: bool) -> f32 {
        self.known(row, &self.in_boilerplate, own)
    }

    fn known(&self, row: usize, spans: &[LineSpan], own: bool) -> f32 {
        self.words.share(row, |word| spans[word].lines > u32::from(own))
    }

    /// The share of a row's n-grams that occur in a row above.
    pub(super) fn repeated_above(&self, row: usize) -> f32 {
        self.ngrams.share(row, |ngram| self.ngram_spans[ngram].first < row)
    }

    /// The share of a row's n-grams that occur in a row below.
    pub(super) fn repeated_below(&self, row: usize) -> f32 {
        self.ngrams.share(row, |ngram| self.ngram_spans[ngram].last > row)
    }

    pub(super) fn boilerplate_words(&self, row: usize) -> f32 {
        self.boilerplate.sum(row..row + 1) as f32
    }

    /// The share of the words of the rows up to `reach` away that are in the boilerplate lexicon.
    pub(super) fn boilerplate_share(&self, row: usize, reach: usize) -> f32 {
        let rows = self.all.window(row, reach);
        (self.boilerplate.sum(rows.clone()) / self.all.sum(rows).max(1.0)) as f32
    }
}

/// Adds a word to the hash of an n-gram; the order of its words counts.
fn mix(sum: u64, word: &u64) -> u64 {
    sum.rotate_left(21) ^ word
}

fn first_two_words(line: &str) -> &str {
    let line = line.trim();
    let mut gaps = line.match_indices(char::is_whitespace).map(|(at, _)| at);
    gaps.next();
    gaps.next().map_or(line, |end| &line[..end])
}

/// For each key, how many keys are equal to it.
fn counts<'t>(keys: impl ExactSizeIterator<Item = &'t str>) -> Vec<f32> {
    let mut lines = TokenLines::new(0, keys.len());
    let mut counts = Vec::with_capacity(keys.len());
    for key in keys {
        match lines.add(key) {
            (_, true) => counts.push(1.0),
            (id, false) => counts[id] += 1.0,
        }
    }
    lines.ids.iter().map(|&id| counts[id]).collect()
}

/// The tokens of each line, as ids numbered from 0 by first occurrence, so that data on tokens fits a plain list.
struct TokenLines<T> {
    id_of: HashMap<T, usize>,
    /// The ids of all lines, one line after the other.
    ids: Vec<usize>,
    /// Where each line ends in `ids`.
    ends: Vec<usize>,
}

/// In how many lines a token appears, and the first and last of them.
#[derive(Debug, Clone, Copy)]
struct LineSpan {
    lines: u32,
    first: usize,
    last: usize,
}

impl<T: Hash + Eq> TokenLines<T> {
    fn new(lines: usize, tokens: usize) -> TokenLines<T> {
        TokenLines {
            id_of: HashMap::with_capacity(tokens / 2),
            ids: Vec::with_capacity(tokens),
            ends: Vec::with_capacity(lines),
        }
    }

    /// Adds a token to the current line; gives its id, and whether it is new.
    fn add(&mut self, token: T) -> (usize, bool) {
        let next = self.id_of.len();
        let id = *self.id_of.entry(token).or_insert(next);
        self.ids.push(id);
        (id, id == next)
    }

    fn end_line(&mut self) {
        self.ends.push(self.ids.len());
    }

    fn line(&self, line: usize) -> &[usize] {
        let start: usize = line.checked_sub(1).map_or(0, |above| self.ends[above]);
        &self.ids[start..self.ends[line]]
    }

    /// The share of a line's tokens for which `is_so` holds; -1 for a line without tokens.
    fn share(&self, line: usize, is_so: impl Fn(usize) -> bool) -> f32 {
        let ids = self.line(line);
        let so = ids.iter().filter(|id| is_so(**id)).count();
        if ids.is_empty() { -1.0 } else { so as f32 / ids.len() as f32 }
    }

    fn spans(&self, is_so: impl Fn(usize) -> bool) -> Vec<LineSpan> {
        let mut spans = vec![LineSpan { lines: 0, first: usize::MAX, last: usize::MAX }; self.id_of.len()];
        for line in (0..self.ends.len()).filter(|&line| is_so(line)) {
            for &id in self.line(line) {
                let span = &mut spans[id];
                if span.last != line {
                    *span = LineSpan { lines: span.lines + 1, first: span.first.min(line), last: line };
                }
            }
        }
        spans
    }
}
