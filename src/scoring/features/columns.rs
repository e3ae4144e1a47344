//! Fills columns of features: each function computes a number for every row, from values of all rows.

use std::ops::Range;

use crate::scoring::segments::NO_NEIGHBOUR;

/// Sums of all values before each row, and of all, so that the sum over any range of rows is one subtraction. They are
/// whole numbers and so exact.
pub(super) fn running_sums(values: impl ExactSizeIterator<Item = f64>) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut total = 0.0;
    sums.push(total);
    sums.extend(values.map(|value| {
        total += value;
        total
    }));
    sums
}

fn total(sums: &[f64]) -> f64 {
    sums[sums.len() - 1]
}

pub(super) fn copy(values: &[f32], out: &mut [f32]) {
    out.copy_from_slice(values);
}

/// The number of rows above.
pub(super) fn rows_above(out: &mut [f32]) {
    (0..).zip(out).for_each(|(row, out): (u32, _)| *out = row as f32);
}

/// The number of rows below.
pub(super) fn rows_below(out: &mut [f32]) {
    (0..).zip(out.iter_mut().rev()).for_each(|(below, out): (u32, _)| *out = below as f32);
}

/// The share of the rows that are above.
pub(super) fn share_of_rows_above(out: &mut [f32]) {
    let rows = out.len() as f32;
    (0..).zip(out).for_each(|(row, out): (u32, _)| *out = row as f32 / rows);
}

/// The sum of the rows above.
pub(super) fn sum_above(sums: &[f64], out: &mut [f32]) {
    sums.iter().zip(out).for_each(|(sum, out)| *out = *sum as f32);
}

/// The sum of the rows below.
pub(super) fn sum_below(sums: &[f64], out: &mut [f32]) {
    let all = total(sums);
    sums[1..].iter().zip(out).for_each(|(sum, out)| *out = (all - sum) as f32);
}

/// The share of the sum of the page in the rows above.
pub(super) fn share_above(sums: &[f64], out: &mut [f32]) {
    let all = total(sums).max(1.0);
    sums.iter().zip(out).for_each(|(sum, out)| *out = (sum / all) as f32);
}

/// The mean of the rows up to `reach` away.
pub(super) fn mean_within(sums: &[f64], reach: usize, out: &mut [f32]) {
    within(sums, reach, out, |sum, rows| (sum / rows) as f32);
}

/// The sum of the rows up to `reach` away, divided by the sum of `all` there.
pub(super) fn share_within(sums: &[f64], all: &[f64], reach: usize, out: &mut [f32]) {
    let rows = out.len();
    for (row, out) in out.iter_mut().enumerate() {
        let (start, end) = (row.saturating_sub(reach), (row + reach + 1).min(rows));
        *out = ((sums[end] - sums[start]) / (all[end] - all[start]).max(1.0)) as f32;
    }
}

/// Calls `value` with the sum of the rows up to `reach` away and their number.
fn within(sums: &[f64], reach: usize, out: &mut [f32], value: impl Fn(f64, f64) -> f32) {
    let (rows, window) = (out.len(), 2 * reach + 1);
    let at_edge = |row: usize| {
        let (start, end) = (row.saturating_sub(reach), (row + reach + 1).min(rows));
        value(sums[end] - sums[start], (end - start) as f64)
    };
    // All rows but those near an edge have a whole window.
    let (first, last) = (reach.min(rows), rows.saturating_sub(reach).max(reach.min(rows)));
    for row in (0..first).chain(last..rows) {
        out[row] = at_edge(row);
    }
    let ends = sums.get(window..).unwrap_or_default();
    for ((out, start), end) in out[first..last].iter_mut().zip(sums).zip(ends) {
        *out = value(end - start, window as f64);
    }
}

/// The length of the run of each row; negative in runs of prose.
pub(super) fn run_lengths(runs: &[Range<usize>], prose: &[bool], out: &mut [f32]) {
    for run in runs {
        let rows = run.len() as f32;
        out[run.clone()].fill(if prose[run.start] { -rows } else { rows });
    }
}

/// The mean of the run of each row.
pub(super) fn mean_of_run(runs: &[Range<usize>], sums: &[f64], out: &mut [f32]) {
    for run in runs {
        let mean = (sums[run.end] - sums[run.start]) / run.len() as f64;
        out[run.clone()].fill(mean as f32);
    }
}

/// The value of the row `distance` above, `otherwise` if there is none.
pub(super) fn above(values: &[f32], distance: usize, otherwise: f32, out: &mut [f32]) {
    let (first, rest) = out.split_at_mut(distance.min(out.len()));
    first.fill(otherwise);
    rest.copy_from_slice(&values[..rest.len()]);
}

/// The value of the row `distance` below, `otherwise` if there is none.
pub(super) fn below(values: &[f32], distance: usize, otherwise: f32, out: &mut [f32]) {
    let (rest, last) = out.split_at_mut(out.len().saturating_sub(distance));
    rest.copy_from_slice(&values[values.len() - rest.len()..]);
    last.fill(otherwise);
}

/// Rows to the nearest row above for which `is_so`.
pub(super) fn distance_above(is_so: &[bool], out: &mut [f32]) {
    distances(is_so.iter().zip(out));
}

/// Rows to the nearest row below for which `is_so`.
pub(super) fn distance_below(is_so: &[bool], out: &mut [f32]) {
    distances(is_so.iter().zip(out).rev());
}

fn distances<'r>(rows: impl Iterator<Item = (&'r bool, &'r mut f32)>) {
    let mut distance: Option<u32> = None;
    for (is_so, out) in rows {
        *out = distance.map_or(NO_NEIGHBOUR, |rows| rows as f32);
        distance = if *is_so { Some(1) } else { distance.map(|rows| rows + 1) };
    }
}

/// The position of each row relative to a segment: 0 inside, 1 above, 2 below.
pub(super) fn segment_position(segment: &Range<usize>, out: &mut [f32]) {
    out[..segment.start].fill(1.0);
    out[segment.clone()].fill(0.0);
    out[segment.end..].fill(2.0);
}

/// Rows to a segment, negative above it.
pub(super) fn segment_distance(segment: &Range<usize>, out: &mut [f32]) {
    rows_below(&mut out[..segment.start]);
    out[..segment.start].iter_mut().for_each(|rows| *rows = -1.0 - *rows);
    out[segment.clone()].fill(0.0);
    rows_above(&mut out[segment.end..]);
    out[segment.end..].iter_mut().for_each(|rows| *rows += 1.0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scoring::segments::{Direction, PrefixSums, distance, distances, position};

    fn filled(rows: usize, fill: impl Fn(&mut [f32])) -> Vec<f32> {
        let mut out = vec![f32::NAN; rows];
        fill(&mut out);
        out
    }

    fn each(rows: usize, value: impl Fn(usize) -> f32) -> Vec<f32> {
        (0..rows).map(value).collect()
    }

    proptest! {
        #[test]
        fn columns_are_what_each_row_gives(values in prop::collection::vec(0_u8..9, 0..30), edges in any::<(prop::sample::Index, prop::sample::Index)>()) {
            let rows = values.len();
            let numbers = || values.iter().map(|&value| f64::from(value));
            let (plain, sums) = (PrefixSums::new(numbers()), running_sums(numbers()));
            let mean = |window: std::ops::Range<usize>| (plain.sum(window.clone()) / window.len() as f64) as f32;
            for reach in [0, 1, 3, 10] {
                assert_eq!(filled(rows, |out| mean_within(&sums, reach, out)), each(rows, |row| mean(plain.window(row, reach))));
            }
            assert_eq!(filled(rows, |out| sum_above(&sums, out)), each(rows, |row| plain.sum(0..row) as f32));
            assert_eq!(filled(rows, |out| sum_below(&sums, out)), each(rows, |row| plain.sum(row + 1..rows) as f32));
            let is_so: Vec<bool> = values.iter().map(|&value| value > 6).collect();
            assert_eq!(filled(rows, |out| distance_above(&is_so, out)), distances(rows, Direction::Above, |row| is_so[row]));
            assert_eq!(filled(rows, |out| distance_below(&is_so, out)), distances(rows, Direction::Below, |row| is_so[row]));
            let (a, b) = (edges.0.index(rows + 1), edges.1.index(rows + 1));
            let segment = a.min(b)..a.max(b);
            assert_eq!(filled(rows, |out| segment_position(&segment, out)), each(rows, |row| f32::from(position(&segment, row))));
            assert_eq!(filled(rows, |out| segment_distance(&segment, out)), each(rows, |row| distance(&segment, row)));
            let floats: Vec<f32> = values.iter().map(|&value| f32::from(value)).collect();
            for away in [1, 3] {
                let of = |row: Option<usize>| row.and_then(|row| floats.get(row)).copied().unwrap_or(-1.0);
                assert_eq!(filled(rows, |out| above(&floats, away, -1.0, out)), each(rows, |row| of(row.checked_sub(away))));
                assert_eq!(filled(rows, |out| below(&floats, away, -1.0, out)), each(rows, |row| of(Some(row + away))));
            }
        }
    }
}
