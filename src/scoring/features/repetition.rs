//! Inputs of the repetition features: the words and n-grams that a line shares with other lines, and how many of its
//! words are in the boilerplate lexicon.

use super::columns::running_sums;
use super::context::Context;
use super::rows::Rows;
use super::word_tables::{NgramTable, WordTable, counts};
use crate::text::lexicon::Lexicon;
use crate::text::tokens::Token;

/// Words of an n-gram; one that occurs twice is repeated text. Gopher's filters use n-grams of 2 to 10 words.
const NGRAM: usize = 4;
/// The hash of an n-gram is rotated by so many bits for each word that follows. Any odd number does.
const ROTATED: u32 = 21;
/// One of so many different n-grams is looked up: with all of them the model is no better, and features take longer.
const SAMPLED: u64 = 4;

#[derive(Default)]
pub(super) struct Repetition {
    /// How many rows have the same text, and the same first two words.
    pub(super) duplicates: Vec<f32>,
    pub(super) same_start: Vec<f32>,
    /// The share of a row's longer words that occur in other rows of the page, in other prose of the main segment, and
    /// in other rows on which rules fired; -1 for a row without longer words.
    pub(super) on_page: Vec<f32>,
    pub(super) in_segment: Vec<f32>,
    pub(super) in_boilerplate: Vec<f32>,
    /// The share of a row's n-grams that occur in rows above, and below; -1 for a row without n-grams.
    pub(super) ngrams_above: Vec<f32>,
    pub(super) ngrams_below: Vec<f32>,
    /// Words of each row that are in the boilerplate lexicon, and running sums of them and of all words.
    pub(super) boilerplate_words: Vec<f32>,
    pub(super) boilerplate: Vec<f64>,
    pub(super) all: Vec<f64>,
}

impl Repetition {
    pub(super) fn new(rows: &Rows<'_>, texts: &[&str], context: &Context, lexicon: &Lexicon) -> Repetition {
        let beginnings: Vec<&str> = rows.rows.iter().map(|row| rows.page.first_two_words(row)).collect();
        let boilerplate_words: Vec<f32> = lines(rows).map(|line| lexicon.count(line) as f32).collect();
        let mut repetition = Repetition {
            duplicates: counts(texts),
            same_start: counts(&beginnings),
            boilerplate: running_sums(boilerplate_words.iter().map(|&words| f64::from(words))),
            boilerplate_words,
            all: running_sums(lines(rows).map(|line| line.len() as u32 as f64)),
            ..Repetition::default()
        };
        repetition.add_words(rows, context);
        repetition.add_ngrams(rows);
        repetition
    }

    fn add_words(&mut self, rows: &Rows<'_>, context: &Context) {
        let long = rows.page.tokens().iter().filter(|token| token.is_long()).count();
        let mut table = WordTable::new(long);
        // The groups that each row belongs to, and where its words end in the table.
        let mut ends = Vec::with_capacity(rows.len());
        for (row, line) in lines(rows).enumerate() {
            let in_segment = context.prose[row] && context.segment.contains(&row);
            let groups = [1, u32::from(in_segment), u32::from(context.fired[row])];
            for token in line {
                if token.is_long() {
                    table.add(token.hash, row as u32, groups);
                }
            }
            ends.push((groups, table.added.len()));
        }
        for column in [&mut self.on_page, &mut self.in_segment, &mut self.in_boilerplate] {
            column.reserve_exact(rows.len());
        }
        let mut start = 0;
        for (own, end) in ends {
            let (words, mut known) = (&table.added[start..end], [0; 3]);
            for &word in words {
                let rows = table.rows(word);
                for group in 0..3 {
                    known[group] += u32::from(rows[group] > own[group]);
                }
            }
            self.on_page.push(share(known[0], words.len()));
            self.in_segment.push(share(known[1], words.len()));
            self.in_boilerplate.push(share(known[2], words.len()));
            start = end;
        }
    }

    fn add_ngrams(&mut self, rows: &Rows<'_>) {
        // All are collected before the table is made: its size must not depend on chance.
        let (mut ngrams, mut ends) = (Vec::with_capacity(rows.page.tokens().len() / 2), Vec::with_capacity(rows.len()));
        for line in lines(rows) {
            let (begin, rest) = line.split_at((NGRAM - 1).min(line.len()));
            // The order of the words counts: each has been rotated once for every word behind it.
            let add = |hash: u64, word: &Token| hash.rotate_left(ROTATED) ^ word.hash;
            let mut hash = begin.iter().fold(0, add);
            for (first, last) in line.iter().zip(rest) {
                hash = add(hash, last);
                if (hash >> 32).is_multiple_of(SAMPLED) {
                    ngrams.push(hash);
                }
                hash ^= first.hash.rotate_left(ROTATED * (NGRAM as u32 - 1));
            }
            ends.push(ngrams.len());
        }
        let mut table = NgramTable::new(ngrams.len());
        let mut start = 0;
        for (row, &end) in ends.iter().enumerate() {
            ngrams[start..end].iter().for_each(|&ngram| table.add(ngram, row as u32));
            start = end;
        }
        self.ngrams_above.reserve_exact(rows.len());
        self.ngrams_below.reserve_exact(rows.len());
        let mut start = 0;
        for (row, end) in ends.into_iter().enumerate() {
            let (ngrams, mut above, mut below) = (&table.added[start..end], 0, 0);
            for &ngram in ngrams {
                let [first, last] = table.rows(ngram);
                above += u32::from(first < row as u32);
                below += u32::from(last > row as u32);
            }
            self.ngrams_above.push(share(above, ngrams.len()));
            self.ngrams_below.push(share(below, ngrams.len()));
            start = end;
        }
    }
}

/// The tokens of each row.
fn lines<'p>(rows: &Rows<'p>) -> impl ExactSizeIterator<Item = &'p [Token]> {
    let (tokens, mut start) = (rows.page.tokens(), 0);
    rows.rows.iter().map(move |row| {
        let line = &tokens[start..row.tokens_end];
        start = row.tokens_end;
        line
    })
}

#[inline(always)]
fn share(part: u32, all: usize) -> f32 {
    if all == 0 { -1.0 } else { part as f32 / all as u32 as f32 }
}
