//! Numbers in a row: totals, distances, and the segment that weighs most.
//! It knows nothing of lines.
//! Below the stages: the article on a page is such a segment.

use std::ops::Range;

/// Stands for "there is none" where a distance is asked for: farther than any weight ensembles.
pub const NONE: f32 = 999.0;

/// Running totals.
pub(crate) struct PrefixSums(Vec<f64>);

impl PrefixSums {
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> PrefixSums {
        let mut total = 0.0;
        let sums = std::iter::once(0.0).chain(values.map(|v| {
            total += v;
            total
        }));
        PrefixSums(sums.collect())
    }

    /// The sum of the rows before this one.
    pub(crate) fn before(&self, row: usize) -> f64 {
        self.0[row]
    }

    /// The sum of the rows after this one.
    pub(crate) fn after(&self, row: usize) -> f64 {
        self.all() - self.0[row + 1]
    }

    pub(crate) fn all(&self) -> f64 {
        self.0[self.0.len() - 1]
    }

    pub(crate) fn sum(&self, range: Range<usize>) -> f64 {
        self.0[range.end] - self.0[range.start]
    }

    /// The mean over the rows of a range.
    pub(crate) fn mean(&self, range: Range<usize>) -> f32 {
        (self.sum(range.clone()) / range.len().max(1) as f64) as f32
    }

    /// The mean over the rows up to `reach` away.
    pub(crate) fn mean_near(&self, row: usize, reach: usize) -> f32 {
        self.mean(self.near(row, reach))
    }

    /// The rows up to `reach` away.
    pub(crate) fn near(&self, row: usize, reach: usize) -> Range<usize> {
        row.saturating_sub(reach)..(row + reach + 1).min(self.0.len() - 1)
    }
}

/// For each row, how many rows above it (or below, with `down`) the nearest row stands that is so.
pub(crate) fn distances(rows: usize, down: bool, is_so: impl Fn(usize) -> bool) -> Vec<f32> {
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

/// The segment of `range` with the largest sum of weights, and that sum; empty where no weight is positive.
pub fn max_sum_segment(weights: &[i64], range: Range<usize>) -> (Range<usize>, i64) {
    let (mut best, mut best_sum) = (range.start..range.start, 0);
    let (mut start, mut sum) = (range.start, 0);
    for i in range {
        if sum <= 0 {
            (start, sum) = (i, 0);
        }
        sum += weights[i];
        if sum > best_sum {
            (best, best_sum) = (start..i + 1, sum);
        }
    }
    (best, best_sum)
}

/// On which side of a segment a row stands: 0 inside, 1 above, 2 below.
pub(crate) fn side(segment: &Range<usize>, row: usize) -> u8 {
    match row {
        r if r < segment.start => 1,
        r if r >= segment.end => 2,
        _ => 0,
    }
}

/// Rows to the segment, negative above it.
pub(crate) fn distance(segment: &Range<usize>, row: usize) -> f32 {
    match side(segment, row) {
        1 => row as f32 - segment.start as f32,
        2 => (row - segment.end) as f32 + 1.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_goes_on_over_what_weighs_less_than_what_follows() {
        assert_eq!(max_sum_segment(&[-5, 9, -3, 8, -20, 4], 0..6), (1..4, 14));
        assert_eq!(max_sum_segment(&[-5, 9, -3, 8, -20, 4], 4..6), (5..6, 4));
        assert_eq!(max_sum_segment(&[-1, -2], 0..2), (0..0, 0));
    }

    #[test]
    fn distances_go_up_and_down() {
        let is_so = |row| row == 1 || row == 2;
        assert_eq!(distances(4, false, is_so), [NONE, NONE, 1.0, 1.0]);
        assert_eq!(distances(4, true, is_so), [1.0, 1.0, NONE, NONE]);
    }

    #[test]
    fn rows_stand_above_inside_and_below_a_stretch() {
        let of = |row| (side(&(1..3), row), distance(&(1..3), row));
        assert_eq!([of(0), of(1), of(2), of(3)], [(1, -1.0), (0, 0.0), (0, 0.0), (2, 1.0)]);
    }

    #[test]
    fn sums_know_what_stands_before_and_after() {
        let sums = PrefixSums::of([1.0, 2.0, 4.0].into_iter());
        assert_eq!((sums.before(1), sums.after(1), sums.all()), (1.0, 4.0, 7.0));
        assert_eq!(sums.mean_near(0, 1), 1.5);
    }
}
