//! What a line shares with other lines: its whole text, its beginning, its longer words.

use std::collections::HashMap;
use std::ops::Range;

use super::{Columns, Page};
use crate::fold::is_unspaced;

/// Words of fewer letters are left out: every line shares them.
const LONG_WORD: usize = 4;

/// In how many lines a word was seen, and the last of them.
#[derive(Debug, Clone, Copy)]
struct Seen {
    lines: u32,
    last: usize,
}

pub(super) fn measure(page: &Page<'_>, stretch: Range<usize>, columns: &mut Columns) {
    let count = |keys: Vec<&str>| {
        let mut counts: HashMap<&str, u32> = HashMap::with_capacity(keys.len());
        for key in &keys {
            *counts.entry(key).or_default() += 1;
        }
        keys.iter().map(|key| counts[key] as f32).collect::<Vec<_>>()
    };
    columns.add("copies", count(page.rows().map(|r| page.text(r).trim()).collect()).into_iter());
    columns.add("same-beginning", count(page.rows().map(|r| first_two_words(page.text(r))).collect()).into_iter());

    let mut words: Vec<u64> = Vec::new();
    let mut starts = vec![0];
    for row in page.rows() {
        long_words(page.text(row), &mut words);
        starts.push(words.len());
    }
    let of = |row: usize| &words[starts[row]..starts[row + 1]];
    let in_stretch = |row: usize| stretch.contains(&row) && page.shape(row).is_prose();
    let everywhere = seen(page.rows(), of);
    let there = seen(page.rows().filter(|&r| in_stretch(r)), of);
    let known = |row: usize, seen: &HashMap<u64, Seen>, own: u32| {
        let all = of(row);
        if all.is_empty() {
            return -1.0;
        }
        all.iter().filter(|w| seen.get(w).is_some_and(|s| s.lines > own)).count() as f32 / all.len() as f32
    };
    columns.add("known-to-stretch", page.rows().map(|r| known(r, &there, u32::from(in_stretch(r)))));
    columns.add("known-to-page", page.rows().map(|r| known(r, &everywhere, 1)));
}

fn seen<'w>(rows: impl Iterator<Item = usize>, of: impl Fn(usize) -> &'w [u64]) -> HashMap<u64, Seen> {
    let mut seen: HashMap<u64, Seen> = HashMap::new();
    for row in rows {
        for word in of(row) {
            let word = seen.entry(*word).or_insert(Seen { lines: 0, last: usize::MAX });
            if word.last != row {
                *word = Seen { lines: word.lines + 1, last: row };
            }
        }
    }
    seen
}

fn first_two_words(line: &str) -> &str {
    let line = line.trim();
    let mut gaps = line.match_indices(char::is_whitespace).map(|(at, _)| at);
    gaps.next();
    gaps.next().map_or(line, |end| &line[..end])
}

/// Adds a number for each longer word of a line; for each two neighbouring characters in scripts without spaces.
fn long_words(line: &str, out: &mut Vec<u64>) {
    const SEED: u64 = 0xcbf2_9ce4_8422_2325;
    let mix = |hash: u64, c: char| (hash ^ c as u64).wrapping_mul(0x0100_0000_01b3);
    let (mut hash, mut letters) = (SEED, 0);
    let mut before: Option<char> = None;
    for c in line.chars().chain(std::iter::once(' ')) {
        let unspaced = is_unspaced(c);
        if unspaced && let Some(before) = before {
            out.push(mix(mix(SEED, before), c));
        }
        before = unspaced.then_some(c);
        if !unspaced && c.is_alphanumeric() {
            hash = mix(hash, c.to_lowercase().next().unwrap_or(c));
            letters += 1;
        } else {
            if letters >= LONG_WORD {
                out.push(hash);
            }
            (hash, letters) = (SEED, 0);
        }
    }
}
