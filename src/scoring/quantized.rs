//! The trees of a ensemble, laid out so that many rows are asked at once.
//! It gives the same sums, to the last bit, as asking the trees one by one: each row's are added in their order.
//! Part of the seventh stage of the line.
//!
//! First each number becomes the count of the column's limits that it reaches. A split then is a comparison of bytes,
//! of which the machine does many in one instruction.

use super::model::{Ensemble, MAX_DEPTH};

/// Rows that are asked at once, at most: as many as keep the counts of all columns in the fastest memory.
const BLOCK: usize = 64;
/// Trees of so many splits at most have their sums in fewer places.
const USUAL_DEPTH: usize = 6;

/// The trees of a ensemble.
#[derive(Debug, Clone, Default)]
pub(super) struct Forest {
    /// The columns that are asked about.
    columns: Vec<Column>,
    /// The splits of all trees.
    splits: Vec<Split>,
    /// For each tree, where its splits end.
    ends: Vec<usize>,
    /// What the trees add, one after the other: each has as many places as the deepest has answers.
    leaves: Vec<f32>,
    /// The places of a tree.
    places: usize,
}

/// A column and its limits, in ascending order: at most as many as a byte counts.
#[derive(Debug, Clone)]
struct Column {
    column: usize,
    limits: Vec<f32>,
}

/// Whether so many limits of a column are reached.
#[derive(Debug, Clone, Copy)]
struct Split {
    column: usize,
    reached: u8,
}

impl Forest {
    pub(super) fn of(ensemble: &Ensemble) -> Forest {
        let mut limits: Vec<(usize, f32)> =
            ensemble.trees().iter().flat_map(|tree| &tree.splits).map(|q| (q.column, q.threshold)).collect();
        limits.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        limits.dedup();
        let mut columns: Vec<Column> = Vec::new();
        for (column, limit) in limits {
            match columns.last_mut() {
                Some(last) if last.column == column && last.limits.len() < usize::from(u8::MAX) => {
                    last.limits.push(limit);
                }
                _ => columns.push(Column { column, limits: vec![limit] }),
            }
        }
        let split = |column: usize, limit: f32| {
            let of_column = columns.iter().enumerate().skip_while(|(_, c)| c.column != column);
            of_column
                .take_while(|(_, c)| c.column == column)
                .find_map(|(at, c)| c.limits.iter().position(|&l| l == limit).map(|place| (at, place)))
                .map(|(column, place)| Split { column, reached: place as u8 + 1 })
        };
        let depth = ensemble.trees().iter().map(|tree| tree.splits.len()).max().unwrap_or(0);
        let places = 1 << if depth <= USUAL_DEPTH { USUAL_DEPTH } else { MAX_DEPTH };
        let mut forest = Forest { places, ..Forest::default() };
        for tree in ensemble.trees() {
            forest.splits.extend(tree.splits.iter().filter_map(|q| split(q.column, q.threshold)));
            forest.ends.push(forest.splits.len());
            forest.leaves.extend(tree.leaves.iter().copied().chain(std::iter::repeat(0.0)).take(places));
        }
        forest.columns = columns;
        forest
    }

    /// The sum of each row.
    pub(super) fn sums(&self, columns: &[&[f32]], rows: usize) -> Vec<f32> {
        let mut sums = Vec::with_capacity(rows);
        while sums.len() < rows {
            // A block takes its time however few of its rows there are, and half of all texts end in a small one.
            match rows - sums.len() {
                ..=1 => self.block::<1>(columns, rows, &mut sums),
                2..=8 => self.block::<8>(columns, rows, &mut sums),
                9..=16 => self.block::<16>(columns, rows, &mut sums),
                17..=32 => self.block::<32>(columns, rows, &mut sums),
                _ => self.block::<BLOCK>(columns, rows, &mut sums),
            }
        }
        sums
    }

    /// Adds the sums of the next rows, as many as there are and fit.
    fn block<const ROWS: usize>(&self, columns: &[&[f32]], rows: usize, sums: &mut Vec<f32>) {
        let from = sums.len();
        let count = |column: &Column| count(&columns[column.column][from..rows.min(from + ROWS)], &column.limits);
        let counts: Vec<[u8; ROWS]> = self.columns.iter().map(count).collect();
        let block = match self.places == 1 << USUAL_DEPTH {
            true => self.add::<ROWS, { 1 << USUAL_DEPTH }>(&counts),
            false => self.add::<ROWS, { 1 << MAX_DEPTH }>(&counts),
        };
        sums.extend_from_slice(&block[..ROWS.min(rows - from)]);
    }

    /// What all trees add to each row of a block.
    fn add<const ROWS: usize, const PLACES: usize>(&self, counts: &[[u8; ROWS]]) -> [f32; ROWS] {
        let (leaves, _) = self.leaves.as_chunks::<PLACES>();
        let mut sums = [0.0; ROWS];
        let mut from = 0;
        for (leaves, &end) in leaves.iter().zip(&self.ends) {
            let mut answers = [0_u8; ROWS];
            for (bit, split) in self.splits[from..end].iter().enumerate() {
                let (yes, reached) = (1 << bit, split.reached);
                for (answer, count) in answers.iter_mut().zip(&counts[split.column]) {
                    *answer |= if *count >= reached { yes } else { 0 };
                }
            }
            for (sum, answer) in sums.iter_mut().zip(&answers) {
                *sum += leaves[usize::from(*answer) % PLACES];
            }
            from = end;
        }
        sums
    }
}

/// How many of the limits each value reaches.
fn count<const ROWS: usize>(values: &[f32], limits: &[f32]) -> [u8; ROWS] {
    let mut counts = [0; ROWS];
    if let ([value], [count]) = (values, &mut counts[..]) {
        *count = limits.partition_point(|limit| value >= limit) as u8;
        return counts;
    }
    let mut block = [0.0_f32; ROWS];
    block[..values.len()].copy_from_slice(values);
    for limit in limits {
        for (count, value) in counts.iter_mut().zip(&block) {
            *count += u8::from(*value >= *limit);
        }
    }
    counts
}
