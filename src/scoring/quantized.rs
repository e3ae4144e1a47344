//! The trees of an ensemble, laid out to score many rows at once.
//!
//! Each value is first quantized to the number of borders of its feature that it reaches. A split is then a comparison
//! of bytes, many of which a CPU does in one instruction. The raw scores are bit-identical to those of the trees one by
//! one: each row's leaf values are added in the order of the trees.

use super::tree::{MAX_DEPTH, Split, Tree};

/// The most rows scored at once: as many as keep the quantized values of all features in the first-level cache.
const BLOCK: usize = 64;
/// Trees of at most this many splits have their leaves laid out more closely.
const USUAL_DEPTH: usize = 6;

#[derive(Debug, Clone, Default)]
pub(super) struct QuantizedTrees {
    features: Vec<FeatureBorders>,
    splits: Vec<QuantizedSplit>,
    ends: Vec<usize>,
    /// The leaf values, tree by tree, each padded to the size of the deepest tree.
    leaves: Vec<f32>,
    places: usize,
}

/// A feature and its borders in ascending order, at most 255. A feature with more borders is listed more than once.
#[derive(Debug, Clone)]
struct FeatureBorders {
    feature: usize,
    borders: Vec<f32>,
}

/// Holds if the quantized value of a feature is at least this.
#[derive(Debug, Clone, Copy)]
struct QuantizedSplit {
    /// An index into [`QuantizedTrees::features`].
    feature: usize,
    at_least: u8,
}

impl QuantizedTrees {
    pub(super) fn new(trees: &[Tree]) -> QuantizedTrees {
        let features = borders(trees);
        let depth = trees.iter().map(|tree| tree.splits.len()).max().unwrap_or(0);
        let places = 1 << if depth <= USUAL_DEPTH { USUAL_DEPTH } else { MAX_DEPTH };
        let mut quantized = QuantizedTrees { places, ..QuantizedTrees::default() };
        for tree in trees {
            quantized.splits.extend(tree.splits.iter().filter_map(|split| quantize(split, &features)));
            quantized.ends.push(quantized.splits.len());
            quantized.leaves.extend(tree.leaves.iter().copied().chain(std::iter::repeat(0.0)).take(places));
        }
        quantized.features = features;
        quantized
    }

    pub(super) fn raw_scores(&self, columns: &[&[f32]], rows: usize) -> Vec<f32> {
        let mut scores = Vec::with_capacity(rows);
        while scores.len() < rows {
            // A block takes its time however few of its rows there are, and half of all texts end in a small one.
            match rows - scores.len() {
                ..=1 => self.block::<1>(columns, rows, &mut scores),
                2..=8 => self.block::<8>(columns, rows, &mut scores),
                9..=16 => self.block::<16>(columns, rows, &mut scores),
                17..=32 => self.block::<32>(columns, rows, &mut scores),
                _ => self.block::<BLOCK>(columns, rows, &mut scores),
            }
        }
        scores
    }

    /// Appends the raw scores of the next rows, as many as there are and fit.
    fn block<const ROWS: usize>(&self, columns: &[&[f32]], rows: usize, scores: &mut Vec<f32>) {
        let (start, end) = (scores.len(), rows.min(scores.len() + ROWS));
        let values: Vec<[u8; ROWS]> = self
            .features
            .iter()
            .map(|FeatureBorders { feature, borders }| quantize_values(&columns[*feature][start..end], borders))
            .collect();
        let block = match self.places == 1 << USUAL_DEPTH {
            true => self.sum::<ROWS, { 1 << USUAL_DEPTH }>(&values),
            false => self.sum::<ROWS, { 1 << MAX_DEPTH }>(&values),
        };
        scores.extend_from_slice(&block[..end - start]);
    }

    /// The sum of the leaf values of each row of a block.
    fn sum<const ROWS: usize, const PLACES: usize>(&self, values: &[[u8; ROWS]]) -> [f32; ROWS] {
        let (leaves, _) = self.leaves.as_chunks::<PLACES>();
        let mut sums = [0.0; ROWS];
        let mut start = 0;
        for (leaves, &end) in leaves.iter().zip(&self.ends) {
            let mut indices = [0_u8; ROWS];
            for (bit, split) in self.splits[start..end].iter().enumerate() {
                for (index, value) in indices.iter_mut().zip(&values[split.feature]) {
                    *index |= if *value >= split.at_least { 1 << bit } else { 0 };
                }
            }
            for (sum, index) in sums.iter_mut().zip(&indices) {
                *sum += leaves[usize::from(*index) % PLACES];
            }
            start = end;
        }
        sums
    }
}

/// The borders of each feature: the thresholds of all splits on it.
fn borders(trees: &[Tree]) -> Vec<FeatureBorders> {
    let mut splits: Vec<Split> = trees.iter().flat_map(|tree| &tree.splits).copied().collect();
    splits.sort_by(|a, b| a.feature.cmp(&b.feature).then(a.threshold.total_cmp(&b.threshold)));
    splits.dedup();
    let mut features: Vec<FeatureBorders> = Vec::new();
    for Split { feature, threshold } in splits {
        match features.last_mut() {
            Some(last) if last.feature == feature && last.borders.len() < usize::from(u8::MAX) => {
                last.borders.push(threshold);
            }
            _ => features.push(FeatureBorders { feature, borders: vec![threshold] }),
        }
    }
    features
}

fn quantize(split: &Split, features: &[FeatureBorders]) -> Option<QuantizedSplit> {
    let same_feature = features.iter().enumerate().filter(|(_, f)| f.feature == split.feature);
    let mut found = same_feature.map(|(at, f)| (at, f.borders.iter().position(|border| *border == split.threshold)));
    found.find_map(|(feature, border)| Some(QuantizedSplit { feature, at_least: border? as u8 + 1 }))
}

fn quantize_values<const ROWS: usize>(values: &[f32], borders: &[f32]) -> [u8; ROWS] {
    let mut quantized = [0; ROWS];
    if let ([value], [one]) = (values, &mut quantized[..]) {
        *one = borders.partition_point(|border| value >= border) as u8;
        return quantized;
    }
    let mut block = [0.0_f32; ROWS];
    block[..values.len()].copy_from_slice(values);
    for border in borders {
        for (quantized, value) in quantized.iter_mut().zip(&block) {
            *quantized += u8::from(*value >= *border);
        }
    }
    quantized
}
