//! What stands around a line, and what the page is like as a whole.

use std::ops::Range;

use super::{Columns, NONE, Page};
use crate::stretch::heaviest;

/// What a paragraph adds to the weight of a stretch: its words, up to so many.
const PARAGRAPH_WORDS: usize = 50;
/// What a short line takes from it. With 4 or 6 the stretches are the same; 12 cuts articles apart at their lists.
const SHORT_LINE_COST: i64 = 5;
/// What a line on which a rule fired takes from it: articles are not parted by one button, but by three.
const FURNITURE_COST: i64 = 20;

/// Running totals of a number over the rows.
struct Sums(Vec<f64>);

impl Sums {
    fn of(values: impl Iterator<Item = f64>) -> Sums {
        let mut total = 0.0;
        let sums = std::iter::once(0.0).chain(values.map(|v| {
            total += v;
            total
        }));
        Sums(sums.collect())
    }

    fn mean(&self, range: Range<usize>) -> f32 {
        ((self.0[range.end] - self.0[range.start]) / range.len().max(1) as f64) as f32
    }

    /// The mean over the rows up to `reach` away.
    fn near(&self, row: usize, reach: usize) -> f32 {
        self.mean(row.saturating_sub(reach)..(row + reach + 1).min(self.0.len() - 1))
    }
}

/// For each row, how many rows above it (or below, with `down`) the nearest row stands that is so.
fn distances(rows: usize, down: bool, is_so: impl Fn(usize) -> bool) -> Vec<f32> {
    let mut out = vec![NONE; rows];
    let mut last: Option<usize> = None;
    for step in 0..rows {
        let row = if down { rows - 1 - step } else { step };
        if let Some(last) = last {
            out[row] = last.abs_diff(row) as f32;
        }
        if is_so(row) {
            last = Some(row);
        }
    }
    out
}

/// Adds the columns of the surroundings; gives the rows of the heaviest stretch of prose.
pub(super) fn measure(page: &Page<'_>, columns: &mut Columns) -> Range<usize> {
    let rows = page.lines.len();
    let prose: Vec<bool> = page.rows().map(|r| page.shape(r).is_prose()).collect();
    let words = |r: usize| page.shape(r).words as f64;
    let number = |on: bool| f64::from(u8::from(on));

    let weights: Vec<i64> = page
        .rows()
        .map(|r| match (prose[r], page.fired[r].whole) {
            (true, _) => words(r).min(PARAGRAPH_WORDS as f64) as i64,
            (false, true) => -FURNITURE_COST,
            (false, false) => -SHORT_LINE_COST,
        })
        .collect();
    let stretch = heaviest(&weights, 0..rows).0;

    let of_prose = Sums::of(page.rows().map(|r| number(prose[r]) * words(r)));
    let all_prose = of_prose.0[rows];
    columns.add("from-top", page.rows().map(|r| r as f32));
    columns.add("from-bottom", page.rows().map(|r| (rows - 1 - r) as f32));
    columns.add("place", page.rows().map(|r| r as f32 / rows as f32));
    columns.add("prose-above", page.rows().map(|r| of_prose.0[r] as f32));
    columns.add("prose-below", page.rows().map(|r| (all_prose - of_prose.0[r + 1]) as f32));
    columns.add("prose-share-above", page.rows().map(|r| (of_prose.0[r] / all_prose.max(1.0)) as f32));
    columns.add("to-prose-below", distances(rows, true, |r| prose[r]).into_iter());
    columns.add("to-rule-above", distances(rows, false, |r| page.fired[r].whole).into_iter());
    columns.add("to-rule-below", distances(rows, true, |r| page.fired[r].whole).into_iter());
    columns.add("to-end-above", distances(rows, false, |r| page.fired[r].end).into_iter());

    let mut run_of: Vec<Range<usize>> = Vec::with_capacity(rows);
    for run in prose.chunk_by(|a, b| a == b) {
        let start = run_of.len();
        run_of.extend(std::iter::repeat_n(start..start + run.len(), run.len()));
    }
    let rules = Sums::of(page.fired.iter().map(|f| number(f.whole)));
    let titles = Sums::of(page.rows().map(|r| number(page.shape(r).is_title_case())));
    let all_words = Sums::of(page.rows().map(words));
    let bullets = Sums::of(page.rows().map(|r| number(page.shape(r).bulleted)));
    let paragraphs = Sums::of(prose.iter().map(|&p| number(p)));
    columns.add("run", page.rows().map(|r| run_of[r].len() as f32 * if prose[r] { -1.0 } else { 1.0 }));
    columns.add("run-rules", run_of.iter().map(|run| rules.mean(run.clone())));
    columns.add("run-titles", run_of.iter().map(|run| titles.mean(run.clone())));
    columns.add("run-words", run_of.iter().map(|run| all_words.mean(run.clone())));
    columns.add("run-bullets", run_of.iter().map(|run| bullets.mean(run.clone())));
    columns.add("rules-within-3", page.rows().map(|r| rules.near(r, 3)));
    columns.add("rules-within-10", page.rows().map(|r| rules.near(r, 10)));
    columns.add("prose-within-3", page.rows().map(|r| paragraphs.near(r, 3)));
    columns.add("prose-within-10", page.rows().map(|r| paragraphs.near(r, 10)));
    columns.add("words-within-3", page.rows().map(|r| all_words.near(r, 3)));
    columns.add("words-within-10", page.rows().map(|r| all_words.near(r, 10)));
    columns.add("titles-within-5", page.rows().map(|r| titles.near(r, 5)));
    columns.add("bullets-within-3", page.rows().map(|r| bullets.near(r, 3)));
    columns.add("stretch-side", page.rows().map(|r| f32::from(side(&stretch, r))));
    columns.add("stretch-distance", page.rows().map(|r| distance(&stretch, r)));

    let kind = |r: Option<usize>| match r.filter(|&r| r < rows) {
        None => -1.0,
        Some(r) if page.fired[r].whole => 5.0,
        Some(r) if prose[r] => 3.0 + number(page.shape(r).ends_sentence) as f32,
        Some(r) if page.shape(r).ends_sentence => 2.0,
        Some(r) => number(page.shape(r).words >= 5) as f32,
    };
    let words_of = |r: Option<usize>| r.filter(|&r| r < rows).map_or(0.0, |r| words(r) as f32);
    columns.add("kind-above", page.rows().map(|r| kind(r.checked_sub(1))));
    columns.add("kind-below", page.rows().map(|r| kind(Some(r + 1))));
    columns.add("kind-3-above", page.rows().map(|r| kind(r.checked_sub(3))));
    columns.add("words-above", page.rows().map(|r| words_of(r.checked_sub(1))));
    columns.add("words-2-above", page.rows().map(|r| words_of(r.checked_sub(2))));
    columns.add("words-below", page.rows().map(|r| words_of(Some(r + 1))));
    columns.add("words-2-below", page.rows().map(|r| words_of(Some(r + 2))));
    stretch
}

/// 0 inside, 1 above, 2 below.
pub(super) fn side(stretch: &Range<usize>, row: usize) -> u8 {
    match row {
        r if r < stretch.start => 1,
        r if r >= stretch.end => 2,
        _ => 0,
    }
}

/// Rows to the stretch, negative above it.
pub(super) fn distance(stretch: &Range<usize>, row: usize) -> f32 {
    match side(stretch, row) {
        1 => row as f32 - stretch.start as f32,
        2 => (row - stretch.end) as f32 + 1.0,
        _ => 0.0,
    }
}

/// Adds the columns that are the same on every line of a page.
pub(super) fn measure_page(page: &Page<'_>, stretch: Range<usize>, columns: &mut Columns) {
    let rows = page.lines.len();
    let prose =
        |range: Range<usize>| -> usize { range.map(|r| page.shape(r)).filter(|f| f.is_prose()).map(|f| f.words).sum() };
    let paragraphs = page.rows().filter(|&r| page.shape(r).is_prose()).count();
    let mut lengths: Vec<usize> = page.rows().map(|r| page.shape(r).words).collect();
    let words: usize = lengths.iter().sum();
    let middle = rows / 2;
    let median = if rows > 0 { *lengths.select_nth_unstable(middle).1 } else { 0 };
    let fell = page.fired.iter().filter(|f| f.whole).count();
    let classes = page.fired.iter().fold(0, |all, f| all | f.classes).count_ones();
    let blank = page.document.lines.len() - rows;
    let per = |part: usize, all: usize| part as f32 / all.max(1) as f32;
    let all_prose = prose(0..rows);
    for (name, value) in [
        ("page-lines", rows as f32),
        ("page-prose", all_prose as f32),
        ("page-paragraphs", paragraphs as f32),
        ("page-prose-share", per(all_prose, words)),
        ("page-paragraph-share", per(paragraphs, rows)),
        ("page-rule-share", per(fell, rows)),
        ("page-rule-lines", fell as f32),
        ("page-classes", classes as f32),
        ("page-median", median as f32),
        ("page-mean", per(words, rows)),
        ("page-blank", per(blank, page.document.lines.len())),
        ("page-stretch", per(prose(stretch), all_prose)),
    ] {
        columns.add(name, std::iter::repeat_n(value, rows));
    }
}
