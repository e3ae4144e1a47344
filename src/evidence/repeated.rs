//! What a line shares with other lines: its whole text, its beginning, its words and rows of words. And how many of its
//! words are cues, that is words that furniture uses.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::{Columns, Page};
use crate::rows::Sums;
use crate::words;

/// So many words that follow each other in two places are told twice.
const ROW: usize = 4;
/// So many lines above and below a line are its neighbours.
const NEAR: usize = 3;

/// Numbers for things of every line: those of a line stand together.
struct OfLines {
    all: Vec<u64>,
    starts: Vec<usize>,
}

/// In how many lines a thing was seen, and the first and last of them.
#[derive(Debug, Clone, Copy)]
struct Seen {
    lines: u32,
    first: usize,
    last: usize,
}

impl OfLines {
    fn new() -> OfLines {
        OfLines { all: Vec::new(), starts: vec![0] }
    }

    fn end_line(&mut self) {
        self.starts.push(self.all.len());
    }

    fn of(&self, row: usize) -> &[u64] {
        &self.all[self.starts[row]..self.starts[row + 1]]
    }

    /// The share of a line's things that are so; -1 for a line without any.
    fn share(&self, row: usize, is_so: impl Fn(&u64) -> bool) -> f32 {
        let all = self.of(row);
        if all.is_empty() { -1.0 } else { all.iter().filter(|thing| is_so(thing)).count() as f32 / all.len() as f32 }
    }

    fn seen(&self, rows: impl Iterator<Item = usize>) -> HashMap<u64, Seen> {
        let mut seen: HashMap<u64, Seen> = HashMap::new();
        for row in rows {
            for thing in self.of(row) {
                let thing = seen.entry(*thing).or_insert(Seen { lines: 0, first: row, last: usize::MAX });
                if thing.last != row {
                    *thing = Seen { lines: thing.lines + 1, last: row, ..*thing };
                }
            }
        }
        seen
    }
}

pub(super) fn measure(page: &Page<'_>, stretch: Range<usize>, cues: &HashSet<u64>, columns: &mut Columns) {
    let count = |keys: Vec<&str>| {
        let mut counts: HashMap<&str, u32> = HashMap::with_capacity(keys.len());
        for key in &keys {
            *counts.entry(key).or_default() += 1;
        }
        keys.iter().map(|key| counts[key] as f32).collect::<Vec<_>>()
    };
    columns.add("copies", count(page.rows().map(|r| page.text(r).trim()).collect()).into_iter());
    columns.add("same-beginning", count(page.rows().map(|r| first_two_words(page.text(r))).collect()).into_iter());

    let (mut long, mut told, mut cue_words) = (OfLines::new(), OfLines::new(), Vec::with_capacity(page.lines.len()));
    let mut line = Vec::new();
    for row in page.rows() {
        line.clear();
        words::read(page.text(row), |word| line.push(word));
        long.all.extend(line.iter().filter(|w| w.long).map(|w| w.number));
        long.end_line();
        // One number for each row of words; the order counts.
        let mix = |sum: u64, word: &words::Word| sum.rotate_left(21) ^ word.number;
        told.all.extend(line.windows(ROW).map(|row| row.iter().fold(0, mix)));
        told.end_line();
        cue_words.push((line.iter().filter(|w| cues.contains(&w.number)).count(), line.len()));
    }

    let in_stretch = |row: usize| stretch.contains(&row) && page.shape(row).is_prose();
    let by_rule = |row: usize| page.fired[row].whole;
    let everywhere = long.seen(page.rows());
    let in_article = long.seen(page.rows().filter(|&r| in_stretch(r)));
    let in_furniture = long.seen(page.rows().filter(|&r| by_rule(r)));
    let known = |row: usize, seen: &HashMap<u64, Seen>, own: bool| {
        long.share(row, |word| seen.get(word).is_some_and(|s| s.lines > u32::from(own)))
    };
    columns.add("known-to-stretch", page.rows().map(|r| known(r, &in_article, in_stretch(r))));
    columns.add("known-to-page", page.rows().map(|r| known(r, &everywhere, true)));
    columns.add("known-to-furniture", page.rows().map(|r| known(r, &in_furniture, by_rule(r))));
    let everything = told.seen(page.rows());
    columns.add("told-above", page.rows().map(|r| told.share(r, |t| everything[t].first < r)));
    columns.add("told-below", page.rows().map(|r| told.share(r, |t| everything[t].last > r)));

    let cues = Sums::of(cue_words.iter().map(|(cues, _)| *cues as f64));
    let all = Sums::of(cue_words.iter().map(|(_, all)| *all as f64));
    let share = |range: Range<usize>| (cues.sum(range.clone()) / all.sum(range).max(1.0)) as f32;
    columns.add("cues", cue_words.iter().map(|(cues, _)| *cues as f32));
    columns.add("cue-share", page.rows().map(|r| share(r..r + 1)));
    columns.add("cues-within-3", page.rows().map(|r| share(cues.near(r, NEAR))));
}

fn first_two_words(line: &str) -> &str {
    let line = line.trim();
    let mut gaps = line.match_indices(char::is_whitespace).map(|(at, _)| at);
    gaps.next();
    gaps.next().map_or(line, |end| &line[..end])
}
