//! What a line shares with other lines: its whole text, its beginning, its words and rows of words. And how many of its
//! words are boilerplate words, that is words that boilerplate uses.

use std::hash::Hash;
use std::ops::Range;

use hashbrown::{HashMap, HashSet};

use super::{Columns, Rows};
use crate::scoring::segments::PrefixSums;
use crate::text::tokens;

/// So many words that follow each other in two places are told twice.
const ROW: usize = 4;
/// So many lines above and below a line are its neighbours.
const NEAR: usize = 3;

/// Things of lines, numbered from 0 as they are met, so that what is known of each stands in plain lists.
struct Things<T> {
    numbers: HashMap<T, usize>,
    /// The things of all lines: those of a line stand together.
    all: Vec<usize>,
    ends: Vec<usize>,
}

/// In how many lines a thing was seen, and the first and last of them.
#[derive(Debug, Clone, Copy)]
struct Seen {
    lines: u32,
    first: usize,
    last: usize,
}

impl<T: Hash + Eq> Things<T> {
    fn new(rows: usize, things: usize) -> Things<T> {
        let (numbers, all) = (HashMap::with_capacity(things / 2), Vec::with_capacity(things));
        Things { numbers, all, ends: Vec::with_capacity(rows) }
    }

    /// Adds a thing to the line that is being read; gives its number, and whether it is new.
    fn add(&mut self, thing: T) -> (usize, bool) {
        let next = self.numbers.len();
        let number = *self.numbers.entry(thing).or_insert(next);
        self.all.push(number);
        (number, number == next)
    }

    fn end_line(&mut self) {
        self.ends.push(self.all.len());
    }

    fn of(&self, row: usize) -> &[usize] {
        &self.all[row.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[row]]
    }

    /// The share of a line's things that are so; -1 for a line without any.
    fn share(&self, row: usize, is_so: impl Fn(usize) -> bool) -> f32 {
        let all = self.of(row);
        let so = all.iter().filter(|thing| is_so(**thing)).count();
        if all.is_empty() { -1.0 } else { so as f32 / all.len() as f32 }
    }

    /// What is known of each thing from these lines.
    fn seen(&self, rows: impl Iterator<Item = usize>) -> Vec<Seen> {
        let mut seen = vec![Seen { lines: 0, first: usize::MAX, last: usize::MAX }; self.numbers.len()];
        for row in rows {
            for &thing in self.of(row) {
                let thing = &mut seen[thing];
                if thing.last != row {
                    *thing = Seen { lines: thing.lines + 1, first: thing.first.min(row), last: row };
                }
            }
        }
        seen
    }
}

/// How often each line's key is that of a line.
fn counts<'t>(keys: impl Iterator<Item = &'t str>, rows: usize) -> Vec<f32> {
    let mut things = Things::new(rows, rows);
    let mut times = Vec::with_capacity(rows);
    for key in keys {
        match things.add(key) {
            (_, true) => times.push(1.0),
            (number, false) => times[number] += 1.0,
        }
    }
    things.all.iter().map(|&number| times[number]).collect()
}

pub(super) fn measure(page: &Rows<'_>, segment: Range<usize>, boilerplate_words: &HashSet<u64>, columns: &mut Columns) {
    let rows = page.lines.len();
    columns.add("duplicate-lines", counts(page.rows().map(|r| page.text(r).trim()), rows).into_iter());
    columns.add("same-start", counts(page.rows().map(|r| first_two_words(page.text(r))), rows).into_iter());

    let words: usize = page.rows().map(|r| page.shape(r).words).sum();
    let (mut long, mut told) = (Things::<u64>::new(rows, words), Things::<u64>::new(rows, words));
    let mut boilerplate_counts = Vec::with_capacity(rows);
    let mut line = Vec::new();
    for row in page.rows() {
        line.clear();
        let mut in_line = 0;
        tokens::read(page.text(row), |word| {
            line.push(word.number);
            in_line += usize::from(boilerplate_words.contains(&word.number));
            if word.long {
                long.add(word.number);
            }
        });
        long.end_line();
        // One number for each row of words; the order counts.
        let mix = |sum: u64, word: &u64| sum.rotate_left(21) ^ word;
        line.windows(ROW).for_each(|row| _ = told.add(row.iter().fold(0, mix)));
        told.end_line();
        boilerplate_counts.push((in_line, line.len()));
    }

    let in_segment = |row: usize| segment.contains(&row) && page.shape(row).is_prose();
    let by_rule = |row: usize| page.fired[row].whole;
    let everywhere = long.seen(page.rows());
    let in_article = long.seen(page.rows().filter(|&r| in_segment(r)));
    let in_boilerplate = long.seen(page.rows().filter(|&r| by_rule(r)));
    let known = |row: usize, seen: &[Seen], own: bool| long.share(row, |word| seen[word].lines > u32::from(own));
    columns.add("vocabulary-in-segment", page.rows().map(|r| known(r, &in_article, in_segment(r))));
    columns.add("vocabulary-in-page", page.rows().map(|r| known(r, &everywhere, true)));
    columns.add("vocabulary-in-boilerplate", page.rows().map(|r| known(r, &in_boilerplate, by_rule(r))));
    let everything = told.seen(page.rows());
    columns.add("repeated-4grams-above", page.rows().map(|r| told.share(r, |t| everything[t].first < r)));
    columns.add("repeated-4grams-below", page.rows().map(|r| told.share(r, |t| everything[t].last > r)));

    let boilerplate_words =
        PrefixSums::of(boilerplate_counts.iter().map(|(boilerplate_words, _)| *boilerplate_words as f64));
    let all = PrefixSums::of(boilerplate_counts.iter().map(|(_, all)| *all as f64));
    let share = |range: Range<usize>| (boilerplate_words.sum(range.clone()) / all.sum(range).max(1.0)) as f32;
    columns.add("boilerplate-words", boilerplate_counts.iter().map(|(boilerplate_words, _)| *boilerplate_words as f32));
    columns.add("boilerplate-word-share", page.rows().map(|r| share(r..r + 1)));
    columns.add("boilerplate-words-within-3", page.rows().map(|r| share(boilerplate_words.near(r, NEAR))));
}

fn first_two_words(line: &str) -> &str {
    let line = line.trim();
    let mut gaps = line.match_indices(char::is_whitespace).map(|(at, _)| at);
    gaps.next();
    gaps.next().map_or(line, |end| &line[..end])
}
