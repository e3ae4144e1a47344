//! Sums, distances and segments over a row of numbers.

use std::ops::Range;

/// The distance if there is no neighbour: larger than any threshold of a model.
pub(crate) const NO_NEIGHBOUR: f32 = 999.0;

/// Sums of all values before each row, so that the sum over any range of rows is one subtraction.
pub(crate) struct PrefixSums(Vec<f64>);

impl PrefixSums {
    pub(crate) fn new(values: impl Iterator<Item = f64>) -> PrefixSums {
        let mut total = 0.0;
        let mut sums = Vec::with_capacity(values.size_hint().0 + 1);
        sums.push(total);
        sums.extend(values.map(|value| {
            total += value;
            total
        }));
        PrefixSums(sums)
    }

    pub(crate) fn total(&self) -> f64 {
        self.0[self.0.len() - 1]
    }

    pub(crate) fn sum(&self, range: Range<usize>) -> f64 {
        self.0[range.end] - self.0[range.start]
    }

    /// The rows up to `reach` away.
    pub(crate) fn window(&self, row: usize, reach: usize) -> Range<usize> {
        row.saturating_sub(reach)..(row + reach + 1).min(self.0.len() - 1)
    }

    /// For each row, the sum before it.
    pub(crate) fn all_before(&self) -> impl Iterator<Item = f64> {
        self.0[..self.0.len() - 1].iter().copied()
    }

    /// For each row, the sum after it.
    pub(crate) fn all_after(&self) -> impl Iterator<Item = f64> {
        self.0[1..].iter().map(|sum| self.total() - sum)
    }

    /// For each row, the sum over the rows up to `reach` away, divided by the other sum over them.
    pub(crate) fn ratios_within(&self, others: &PrefixSums, reach: usize) -> Vec<f32> {
        let (rows, window) = (self.0.len() - 1, 2 * reach + 1);
        let ratio = |row| {
            let window = self.window(row, reach);
            (self.sum(window.clone()) / others.sum(window)) as f32
        };
        let mut ratios = Vec::with_capacity(rows);
        ratios.extend((0..reach.min(rows)).map(ratio));
        if rows >= window {
            // All rows but those near an edge have a whole window.
            let sums = self.0.iter().zip(&self.0[window..]).map(|(start, end)| end - start);
            let others = others.0.iter().zip(&others.0[window..]).map(|(start, end)| end - start);
            ratios.extend(sums.zip(others).map(|(sum, other)| (sum / other) as f32));
        }
        ratios.extend((ratios.len()..rows).map(ratio));
        ratios
    }
}

/// The side of a row to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Above,
    Below,
}

/// For each row, the distance to the nearest other row in this direction for which `is_so` holds.
pub(crate) fn distances(rows: usize, direction: Direction, is_so: impl Fn(usize) -> bool) -> Vec<f32> {
    let mut out = vec![NO_NEIGHBOUR; rows];
    let mut distance: Option<u32> = None;
    let mut next = |(row, out): (usize, &mut f32)| {
        if let Some(rows) = distance {
            *out = rows as f32;
        }
        distance = if is_so(row) { Some(1) } else { distance.map(|rows| rows + 1) };
    };
    match direction {
        Direction::Above => out.iter_mut().enumerate().for_each(&mut next),
        Direction::Below => out.iter_mut().enumerate().rev().for_each(&mut next),
    }
    out
}

/// The segment with the largest sum of weights; empty if no weight is positive.
/// (Maximum subsequence segmentation: Pasternack and Roth, "Extracting article text from the web", 2009.)
pub(crate) fn max_sum_segment(weights: impl Iterator<Item = i64>) -> Range<usize> {
    let (mut best, mut best_sum) = (0..0, 0);
    let (mut start, mut sum) = (0, 0);
    for (row, weight) in weights.enumerate() {
        if sum <= 0 {
            (start, sum) = (row, 0);
        }
        sum += weight;
        if sum > best_sum {
            (best, best_sum) = (start..row + 1, sum);
        }
    }
    best
}

/// The position of a row relative to a segment: 0 inside, 1 above, 2 below.
pub(crate) fn position(segment: &Range<usize>, row: usize) -> u8 {
    match row {
        r if r < segment.start => 1,
        r if r >= segment.end => 2,
        _ => 0,
    }
}

/// Rows to the segment, negative above it.
pub(crate) fn distance(segment: &Range<usize>, row: usize) -> f32 {
    match position(segment, row) {
        1 => row as f32 - segment.start as f32,
        2 => (row - segment.end) as f32 + 1.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_segment_spans_a_loss_smaller_than_the_gain_behind_it() {
        assert_eq!(max_sum_segment([-5, 9, -3, 8, -20, 4].into_iter()), 1..4);
        assert_eq!(max_sum_segment([-20, 4].into_iter()), 1..2);
        assert_eq!(max_sum_segment([-1, -2].into_iter()), 0..0);
    }

    #[test]
    fn distances_are_measured_in_both_directions() {
        let is_so = |row| row == 1 || row == 2;
        assert_eq!(distances(4, Direction::Above, is_so), [NO_NEIGHBOUR, NO_NEIGHBOUR, 1.0, 1.0]);
        assert_eq!(distances(4, Direction::Below, is_so), [1.0, 1.0, NO_NEIGHBOUR, NO_NEIGHBOUR]);
    }

    #[test]
    fn rows_are_above_inside_or_below_a_segment() {
        let placed = [0, 1, 2, 3].map(|row| (position(&(1..3), row), distance(&(1..3), row)));
        assert_eq!(placed, [(1, -1.0), (0, 0.0), (0, 0.0), (2, 1.0)]);
    }

    #[test]
    fn prefix_sums_give_sums() {
        let sums = PrefixSums::new([1.0, 2.0, 4.0].into_iter());
        assert_eq!((sums.sum(1..3), sums.total()), (6.0, 7.0));
        assert_eq!(sums.all_before().collect::<Vec<_>>(), [0.0, 1.0, 3.0]);
        assert_eq!(sums.all_after().collect::<Vec<_>>(), [6.0, 4.0, 0.0]);
    }

    #[test]
    fn ratios_are_those_of_the_window_of_each_row() {
        let sums = PrefixSums::new((0..12).map(|row| f64::from(row * row)));
        let ones = PrefixSums::new((0..12).map(|_| 1.0));
        for reach in [0, 1, 2, 5, 6, 15] {
            let mean = |window: Range<usize>| (sums.sum(window.clone()) / window.len() as f64) as f32;
            let means: Vec<f32> = (0..12).map(|row| mean(sums.window(row, reach))).collect();
            assert_eq!(sums.ratios_within(&ones, reach), means);
        }
        assert!(PrefixSums::new(std::iter::empty()).ratios_within(&ones, 3).is_empty());
    }
}
