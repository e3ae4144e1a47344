//! The numbers of all pages in bins: a tree asks only whether a number is in a bin or above it.

/// So many bins a column has at most.
pub(super) const BINS: usize = 32;
/// Edges are chosen by so many numbers of the column, taken at even steps.
const SAMPLE: usize = 100_000;

/// Columns of bins over the lines of all pages, one after the other.
pub(super) struct Table {
    /// For each page, where its first line is; and the number of all lines.
    pub(super) starts: Vec<usize>,
    pub(super) columns: Vec<Column>,
}

#[derive(Clone)]
pub(super) struct Column {
    /// The numbers at which the bins after the first begin.
    pub(super) edges: Vec<f32>,
    pub(super) bins: Vec<u8>,
}

impl Table {
    /// The table of pages, given by their columns and their number of rows.
    pub(super) fn new<'p>(
        pages: usize,
        columns: impl Fn(usize) -> Vec<&'p [f32]>,
        rows: impl Fn(usize) -> usize,
    ) -> Table {
        let mut starts = vec![0];
        for page in 0..pages {
            starts.push(starts[page] + rows(page));
        }
        let by_page: Vec<Vec<&[f32]>> = (0..pages).map(columns).collect();
        let width = by_page.iter().map(Vec::len).max().unwrap_or(0);
        let columns = (0..width).map(|c| Column::new(by_page.iter().map(|page| page[c]))).collect();
        Table { starts, columns }
    }

    /// This table with further columns before its own.
    pub(super) fn with_before(&self, pages: &[Vec<Vec<f32>>]) -> Table {
        let mut table = Table::new(
            pages.len(),
            |page| pages[page].iter().map(Vec::as_slice).collect(),
            |page| self.starts[page + 1] - self.starts[page],
        );
        table.columns.extend(self.columns.iter().cloned());
        table
    }
}

impl Column {
    fn new<'p>(pages: impl Iterator<Item = &'p [f32]> + Clone) -> Column {
        let all: usize = pages.clone().map(<[f32]>::len).sum();
        let step = (all / SAMPLE).max(1);
        let sample: Vec<f32> = pages.clone().flatten().copied().step_by(step).collect();
        let edges = edges(sample);
        let bins = pages.flatten().map(|&x| edges.partition_point(|&edge| edge <= x) as u8).collect();
        Column { edges, bins }
    }
}

/// Numbers that part the sample evenly, each of them one of the sample.
fn edges(mut sample: Vec<f32>) -> Vec<f32> {
    sample.sort_by(f32::total_cmp);
    let mut different = sample.clone();
    different.dedup();
    if different.len() <= BINS {
        return different.split_off(1.min(different.len()));
    }
    let mut edges: Vec<f32> = Vec::with_capacity(BINS);
    for part in 1..BINS {
        let edge = sample[part * sample.len() / BINS];
        if edge > edges.last().copied().unwrap_or(sample[0]) {
            edges.push(edge);
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_numbers_have_a_bin_each_and_many_share_them_evenly() {
        assert_eq!(edges(vec![2.0, 0.0, 1.0, 0.0]), [1.0, 2.0]);
        assert_eq!(edges(vec![3.0, 3.0]), [0.0_f32; 0]);
        assert_eq!(edges(Vec::new()), [0.0_f32; 0]);
        let many = edges((0..3_200).map(|i| i as f32).collect());
        assert_eq!(many.len(), BINS - 1);
        assert_eq!(many[..3], [100.0, 200.0, 300.0]);
    }
}
