//! Inputs of the features of a line's layout: its indent, the blank lines around it, and how much of the page's prose
//! has the same layout.

use std::collections::BTreeMap;
use std::ops::Range;

use super::rows::Rows;

/// Blank lines above or below a line are counted up to this.
const MAX_BLANKS: usize = 4;

/// The spacing of a line. Extractors that indent by page structure give all paragraphs of an article the same spacing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spacing {
    /// Characters of whitespace before its text.
    pub indent: usize,
    /// Blank lines above it, at most 4.
    pub above: usize,
    /// Blank lines below it, at most 4.
    pub below: usize,
}

pub(super) struct Spacings {
    pub(super) spacings: Vec<Spacing>,
    /// The indent that most prose of the main segment has.
    pub(super) usual_indent: usize,
    /// Words of prose by indent, by spacing, and of the page.
    pub(super) indents: BTreeMap<usize, usize>,
    pub(super) spacing_words: BTreeMap<Spacing, usize>,
    pub(super) prose_words: f32,
}

impl Spacings {
    pub(super) fn new(rows: &Rows<'_>, segment: &Range<usize>) -> Spacings {
        let spacings: Vec<Spacing> = (0..rows.len()).map(|row| spacing(rows, row)).collect();
        let words: Vec<usize> = rows.stats().map(|s| if s.is_prose() { s.words } else { 0 }).collect();
        let in_segment = spacings[segment.clone()].iter().zip(&words[segment.clone()]);
        let segment_indents = totals(in_segment.map(|(spacing, &words)| (spacing.indent, words)));
        // Of indents with equally much prose, the smallest.
        let usual = segment_indents.iter().max_by_key(|(indent, words)| (**words, usize::MAX - **indent));
        Spacings {
            usual_indent: usual.map_or(0, |(indent, _)| *indent),
            indents: totals(spacings.iter().zip(&words).map(|(spacing, &words)| (spacing.indent, words))),
            spacing_words: totals(spacings.iter().copied().zip(words.iter().copied())),
            prose_words: words.iter().sum::<usize>().max(1) as f32,
            spacings,
        }
    }
}

fn spacing(rows: &Rows<'_>, row: usize) -> Spacing {
    let line = rows.lines[row];
    let first_blank_above = row.checked_sub(1).map_or(0, |above| rows.lines[above] + 1);
    let below = rows.lines.get(row + 1).copied().unwrap_or(rows.page.lines.len());
    Spacing {
        indent: rows.text(row).chars().take_while(|c| c.is_whitespace()).count(),
        above: (line - first_blank_above).min(MAX_BLANKS),
        below: (below - line - 1).min(MAX_BLANKS),
    }
}

fn totals<K: Ord>(words: impl Iterator<Item = (K, usize)>) -> BTreeMap<K, usize> {
    let mut totals = BTreeMap::new();
    for (key, words) in words {
        *totals.entry(key).or_default() += words;
    }
    totals
}
