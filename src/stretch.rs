//! Finds the stretch of a row of weights that weighs most.
//! It knows nothing of lines.
//! Below the stages: the article on a page is such a stretch.

use std::ops::Range;

/// The stretch of `range` with the largest sum of weights, and that sum; empty where no weight is positive.
pub fn heaviest(weights: &[i64], range: Range<usize>) -> (Range<usize>, i64) {
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

#[cfg(test)]
mod tests {
    use super::heaviest;

    #[test]
    fn a_stretch_goes_on_over_what_weighs_less_than_what_follows() {
        assert_eq!(heaviest(&[-5, 9, -3, 8, -20, 4], 0..6), (1..4, 14));
        assert_eq!(heaviest(&[-5, 9, -3, 8, -20, 4], 4..6), (5..6, 4));
        assert_eq!(heaviest(&[-1, -2], 0..2), (0..0, 0));
    }
}
