//! The features of all examples in bins: a split of a tree compares a value with the border of a bin.

pub(super) const BINS: usize = 16;
/// The number of values of a column, at even steps, from which its borders are chosen.
const SAMPLE: usize = 100_000;

/// Binned columns over the lines of all examples, one example after the other.
pub(super) struct FeatureTable {
    /// For each example, the position of its first line; then the number of all lines.
    pub(super) starts: Vec<usize>,
    pub(super) columns: Vec<BinnedColumn>,
}

#[derive(Clone)]
pub(super) struct BinnedColumn {
    /// The values at which the bins after the first begin.
    pub(super) borders: Vec<f32>,
    pub(super) bins: Vec<u8>,
}

impl FeatureTable {
    pub(super) fn new(examples: &[Vec<&[f32]>]) -> FeatureTable {
        let mut starts = vec![0];
        for columns in examples {
            starts.push(starts[starts.len() - 1] + columns[0].len());
        }
        let width = examples.first().map_or(0, Vec::len);
        FeatureTable {
            starts,
            columns: (0..width).map(|c| BinnedColumn::new(examples.iter().map(|columns| columns[c]))).collect(),
        }
    }

    /// This table with further columns before its own.
    pub(super) fn with_before(&self, examples: &[Vec<Vec<f32>>]) -> FeatureTable {
        let slices: Vec<Vec<&[f32]>> =
            examples.iter().map(|columns| columns.iter().map(Vec::as_slice).collect()).collect();
        let mut table = FeatureTable::new(&slices);
        table.columns.extend(self.columns.iter().cloned());
        table
    }
}

impl BinnedColumn {
    fn new<'e>(examples: impl Iterator<Item = &'e [f32]> + Clone) -> BinnedColumn {
        let all: usize = examples.clone().map(<[f32]>::len).sum();
        let step = (all / SAMPLE).max(1);
        let borders = borders(examples.clone().flatten().copied().step_by(step).collect());
        let bins = examples.flatten().map(|&x| borders.partition_point(|&border| border <= x) as u8).collect();
        BinnedColumn { borders, bins }
    }
}

/// Values that split the sample evenly, each of them a value of the sample.
fn borders(mut sample: Vec<f32>) -> Vec<f32> {
    sample.sort_by(f32::total_cmp);
    let mut distinct = sample.clone();
    distinct.dedup();
    if distinct.len() <= BINS {
        return distinct.split_off(1.min(distinct.len()));
    }
    let mut borders: Vec<f32> = Vec::with_capacity(BINS);
    for part in 1..BINS {
        let border = sample[part * sample.len() / BINS];
        if border > borders.last().copied().unwrap_or(sample[0]) {
            borders.push(border);
        }
    }
    borders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each_and_many_share_them_evenly() {
        assert_eq!(borders(vec![2.0, 0.0, 1.0, 0.0]), [1.0, 2.0]);
        assert_eq!(borders(vec![3.0, 3.0]), [0.0_f32; 0]);
        assert_eq!(borders(Vec::new()), [0.0_f32; 0]);
        let many = borders((0..3_200).map(|i| i as f32).collect());
        assert_eq!(many.len(), BINS - 1);
        assert_eq!(many[..3], [200.0, 400.0, 600.0]);
    }
}
