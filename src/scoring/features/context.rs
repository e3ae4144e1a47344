//! What stands around a line, and what the page is like as a whole.

use std::ops::Range;

use super::{Columns, Rows};
use crate::scoring::segments::{PrefixSums, distance, distances, max_sum_segment, side};

/// What a paragraph leaves to the weight of a segment: its words, up to so many.
const PARAGRAPH_WORDS: usize = 50;
/// What a short line takes from it. With 4 or 6 the segments are the same; 12 cuts articles apart at their lists.
const SHORT_LINE_COST: i64 = 5;
/// What a line on which a rule fired takes from it: articles are not parted by one button, but by three.
const BOILERPLATE_COST: i64 = 20;

/// Adds the columns of the surroundings; gives the rows of the main segment of prose.
pub(super) fn measure(page: &Rows<'_>, columns: &mut Columns) -> Range<usize> {
    let rows = page.lines.len();
    let prose: Vec<bool> = page.rows().map(|r| page.shape(r).is_prose()).collect();
    let words = |r: usize| page.shape(r).words as f64;
    let number = |on: bool| f64::from(u8::from(on));

    let weights: Vec<i64> = page
        .rows()
        .map(|r| match (prose[r], page.fired[r].whole) {
            (true, _) => words(r).min(PARAGRAPH_WORDS as f64) as i64,
            (false, true) => -BOILERPLATE_COST,
            (false, false) => -SHORT_LINE_COST,
        })
        .collect();
    let segment = max_sum_segment(&weights, 0..rows).0;

    let of_prose = PrefixSums::of(page.rows().map(|r| number(prose[r]) * words(r)));
    columns.add("from-top", page.rows().map(|r| r as f32));
    columns.add("from-bottom", page.rows().map(|r| (rows - 1 - r) as f32));
    columns.add("position", page.rows().map(|r| r as f32 / rows as f32));
    columns.add("prose-above", page.rows().map(|r| of_prose.before(r) as f32));
    columns.add("prose-below", page.rows().map(|r| of_prose.after(r) as f32));
    columns.add("prose-share-above", page.rows().map(|r| (of_prose.before(r) / of_prose.all().max(1.0)) as f32));
    columns.add("to-prose-below", distances(rows, true, |r| prose[r]).into_iter());
    columns.add("to-rule-above", distances(rows, false, |r| page.fired[r].whole).into_iter());
    columns.add("to-rule-below", distances(rows, true, |r| page.fired[r].whole).into_iter());
    columns.add("to-end-above", distances(rows, false, |r| page.fired[r].end).into_iter());

    let mut run_of: Vec<Range<usize>> = Vec::with_capacity(rows);
    for run in prose.chunk_by(|a, b| a == b) {
        let start = run_of.len();
        run_of.extend(std::iter::repeat_n(start..start + run.len(), run.len()));
    }
    let rules = PrefixSums::of(page.fired.iter().map(|f| number(f.whole)));
    let titles = PrefixSums::of(page.rows().map(|r| number(page.shape(r).is_title_case())));
    let all_words = PrefixSums::of(page.rows().map(words));
    let bullets = PrefixSums::of(page.rows().map(|r| number(page.shape(r).bulleted)));
    let paragraphs = PrefixSums::of(prose.iter().map(|&p| number(p)));
    columns.add("run", page.rows().map(|r| run_of[r].len() as f32 * if prose[r] { -1.0 } else { 1.0 }));
    columns.add("run-rules", run_of.iter().map(|run| rules.mean(run.clone())));
    columns.add("run-titles", run_of.iter().map(|run| titles.mean(run.clone())));
    columns.add("run-words", run_of.iter().map(|run| all_words.mean(run.clone())));
    columns.add("run-bullets", run_of.iter().map(|run| bullets.mean(run.clone())));
    columns.add("rules-within-3", page.rows().map(|r| rules.mean_near(r, 3)));
    columns.add("rules-within-10", page.rows().map(|r| rules.mean_near(r, 10)));
    columns.add("prose-within-3", page.rows().map(|r| paragraphs.mean_near(r, 3)));
    columns.add("prose-within-10", page.rows().map(|r| paragraphs.mean_near(r, 10)));
    columns.add("words-within-3", page.rows().map(|r| all_words.mean_near(r, 3)));
    columns.add("words-within-10", page.rows().map(|r| all_words.mean_near(r, 10)));
    columns.add("titles-within-5", page.rows().map(|r| titles.mean_near(r, 5)));
    columns.add("bullets-within-3", page.rows().map(|r| bullets.mean_near(r, 3)));
    columns.add("segment-position", page.rows().map(|r| f32::from(side(&segment, r))));
    columns.add("segment-distance", page.rows().map(|r| distance(&segment, r)));

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
    segment
}

/// Adds the columns that are the same on every line of a page.
pub(super) fn measure_page(page: &Rows<'_>, segment: Range<usize>, columns: &mut Columns) {
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
        ("page-segment", per(prose(segment), all_prose)),
    ] {
        columns.add(name, std::iter::repeat_n(value, rows));
    }
}
