//! How the lines are set, and how much of the page's prose is set alike.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Spacing;
use super::{Columns, Rows};

/// Blank lines above or below a line are counted up to so many.
const BLANKS: usize = 4;

/// The spacing of each line that is not blank.
pub(super) fn of_lines(page: &Rows<'_>) -> Vec<Spacing> {
    let indent = |r: usize| page.text(r).chars().take_while(|c| c.is_whitespace()).count();
    let blanks = |from: usize, to: usize| (to - from).min(BLANKS);
    let spacing = |r: usize| {
        let line = page.lines[r];
        let above = r.checked_sub(1).map_or(0, |above| page.lines[above] + 1);
        let below = page.lines.get(r + 1).copied().unwrap_or(page.document.lines.len());
        Spacing { indent: indent(r), above: blanks(above, line), below: blanks(line + 1, below) }
    };
    page.rows().map(spacing).collect()
}

pub(super) fn measure(page: &Rows<'_>, spacings: &[Spacing], segment: &Range<usize>, columns: &mut Columns) {
    let words = |r: usize| if page.shape(r).is_prose() { page.shape(r).words } else { 0 };
    let of_indents = totals(page.rows().map(|r| (spacings[r].indent, words(r))));
    let of_spacings = totals(page.rows().map(|r| (spacings[r], words(r))));
    let of_segment = totals(segment.clone().map(|r| (spacings[r].indent, words(r))));
    let prose = page.rows().map(words).sum::<usize>().max(1) as f32;
    // Of indents with as much prose the smallest.
    let most = of_segment.iter().max_by_key(|(indent, words)| (**words, usize::MAX - **indent));
    let usual = most.map_or(0, |(indent, _)| *indent);
    columns.add("indent", spacings.iter().map(|s| s.indent as f32));
    columns.add("indent-to-segment", spacings.iter().map(|s| s.indent as f32 - usual as f32));
    columns.add("indent-share", spacings.iter().map(|s| of_indents[&s.indent] as f32 / prose));
    columns.add("spacing-share", spacings.iter().map(|s| of_spacings[s] as f32 / prose));
}

fn totals<K: Ord>(of: impl Iterator<Item = (K, usize)>) -> BTreeMap<K, usize> {
    let mut totals = BTreeMap::new();
    for (key, words) in of {
        *totals.entry(key).or_default() += words;
    }
    totals
}
