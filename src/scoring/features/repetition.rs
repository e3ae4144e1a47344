//! Inputs of the repetition features: the words and n-grams that a line shares with other lines, and how many of its
//! words are in the boilerplate lexicon.

use super::columns::running_sums;
use super::context::Context;
use super::rows::Rows;
use super::word_tables::{CountTable, NgramTable, WordTable};
use crate::text::Row;
use crate::text::tokens::{Lexicon, Token};

/// Words of an n-gram; one that occurs twice is repeated text. Gopher's filters use n-grams of 2 to 10 words.
const NGRAM: usize = 4;

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
    pub(super) fn new(rows: &Rows<'_>, context: &Context, lexicon: &Lexicon) -> Repetition {
        let tokens = rows.page.tokens();
        let mut repetition = Repetition {
            duplicates: CountTable::counts(rows.texts()),
            same_start: CountTable::counts(rows.rows.iter().map(|row| rows.page.first_two_words(row))),
            boilerplate_words: lines(rows, tokens).map(|line| lexicon.count(line) as f32).collect(),
            all: running_sums(lines(rows, tokens).map(|line| line.len() as f64)),
            ..Repetition::default()
        };
        repetition.boilerplate = running_sums(repetition.boilerplate_words.iter().map(|&words| f64::from(words)));
        repetition.words(rows, context);
        repetition.ngrams(rows);
        repetition
    }

    fn words(&mut self, rows: &Rows<'_>, context: &Context) {
        let tokens = rows.page.tokens();
        let mut table = WordTable::new(tokens.iter().filter(|token| token.is_long()).count());
        for (row, line) in lines(rows, tokens).enumerate() {
            let counts = [true, context.in_segment_prose(row), context.fired[row]].map(u32::from);
            line.iter().filter(|token| token.is_long()).for_each(|token| table.add(token.hash, row as u32, counts));
        }
        let mut slots = table.slots.iter();
        for (row, line) in lines(rows, tokens).enumerate() {
            let own = [true, context.in_segment_prose(row), context.fired[row]].map(u32::from);
            let (mut words, mut known) = (0_u32, [0_u32; 3]);
            for _ in line.iter().filter(|token| token.is_long()) {
                let Some(counts) = slots.next().map(|&slot| table.counts(slot)) else { break };
                words += 1;
                for (known, (count, own)) in known.iter_mut().zip(counts.iter().zip(own)) {
                    *known += u32::from(*count > own);
                }
            }
            self.on_page.push(share(known[0], words));
            self.in_segment.push(share(known[1], words));
            self.in_boilerplate.push(share(known[2], words));
        }
    }

    fn ngrams(&mut self, rows: &Rows<'_>) {
        let tokens = rows.page.tokens();
        let mut table = NgramTable::new(tokens.len());
        for (row, line) in lines(rows, tokens).enumerate() {
            for ngram in line.windows(NGRAM) {
                table.add(ngram.iter().fold(0, mix), row as u32);
            }
        }
        let mut slots = table.slots.iter();
        for (row, line) in lines(rows, tokens).enumerate() {
            let (row, ngrams) = (row as u32, line.len().saturating_sub(NGRAM - 1));
            let (mut above, mut below) = (0, 0);
            for &slot in slots.by_ref().take(ngrams) {
                let (first, last) = table.rows(slot);
                above += u32::from(first < row);
                below += u32::from(last > row);
            }
            self.ngrams_above.push(share(above, ngrams as u32));
            self.ngrams_below.push(share(below, ngrams as u32));
        }
    }
}

/// The tokens of each row.
fn lines<'t>(rows: &Rows<'_>, tokens: &'t [Token]) -> impl ExactSizeIterator<Item = &'t [Token]> {
    let mut start = 0;
    rows.rows.iter().map(move |row: &Row| {
        let line = &tokens[start..row.tokens_end];
        start = row.tokens_end;
        line
    })
}

/// Adds a word to the hash of an n-gram; the order of its words counts.
fn mix(sum: u64, word: &Token) -> u64 {
    sum.rotate_left(21) ^ word.hash
}

fn share(part: u32, all: u32) -> f32 {
    if all == 0 { -1.0 } else { part as f32 / all as f32 }
}
