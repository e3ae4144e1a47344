//! The trees of an ensemble, laid out to score many rows at once: the thresholds of all splits in one list, and leaf
//! values as whole thousandths, so that their sums are exact and need no order.
//!
//! The build script compiles this file too, and lays out the built-in model.

use std::borrow::Cow;

use super::tree::{MAX_DEPTH, Split, Tree};

/// All trees of an ensemble are laid out as if they had one of these numbers of splits.
const DEPTHS: [usize; 3] = [5, 6, MAX_DEPTH];

/// Trees of one depth. A tree with fewer splits is filled up with splits that never hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct QuantizedTrees {
    /// The splits of a tree.
    pub(super) depth: usize,
    /// The features that are compared with borders, each with the end of its borders.
    pub(super) features: Cow<'static, [(usize, usize)]>,
    /// The borders, feature by feature: the thresholds of all splits, each once.
    pub(super) borders: Cow<'static, [f32]>,
    /// The splits, tree by tree: indices of borders. The index after the last border is that of a split that never holds.
    pub(super) splits: Cow<'static, [u16]>,
    /// The leaf values in thousandths, tree by tree: the low bytes of all leaves of a tree, then the high bytes.
    pub(super) leaves: Cow<'static, [u8]>,
    /// The ends of runs of trees, each as long as its sums are sure to fit 16 bits.
    pub(super) runs: Cow<'static, [usize]>,
}

impl QuantizedTrees {
    /// Lays out trees. Leaf values are rounded to thousandths.
    pub(super) fn new(trees: &[Tree]) -> QuantizedTrees {
        let deepest = trees.iter().map(|tree| tree.splits.len()).max().unwrap_or(0);
        let depth = DEPTHS.into_iter().find(|&depth| depth >= deepest).unwrap_or(MAX_DEPTH);
        let mut all: Vec<Split> = trees.iter().flat_map(|tree| &tree.splits).copied().collect();
        all.sort_by(order);
        all.dedup_by(|a, b| order(a, b).is_eq());
        let (mut splits, mut leaves) = (Vec::new(), Vec::new());
        for tree in trees {
            let known = tree.splits.iter().map(|split| all.binary_search_by(|other| order(other, split)));
            let never = std::iter::repeat(all.len());
            splits.extend(known.filter_map(Result::ok).chain(never).take(depth).map(|split| split as u16));
            let values = tree.leaves.iter().map(|leaf| thousandths(*leaf)).chain(std::iter::repeat(0));
            let bytes = values.take(1 << depth).map(i16::to_le_bytes);
            leaves.extend(bytes.clone().map(|[low, _]| low).chain(bytes.map(|[_, high]| high)));
        }
        let of_features = all.chunk_by(|a, b| a.feature == b.feature);
        let ends = of_features.scan(0, |end, splits| {
            *end += splits.len();
            Some((splits[0].feature, *end))
        });
        QuantizedTrees {
            depth,
            features: ends.collect(),
            borders: all.iter().map(|split| split.threshold).collect(),
            splits: splits.into(),
            leaves: leaves.into(),
            runs: runs(trees).into(),
        }
    }

    /// The trees, one by one.
    pub(super) fn trees(&self) -> Vec<Tree> {
        let mut all = Vec::with_capacity(self.borders.len());
        for &(feature, end) in &*self.features {
            all.extend(self.borders[all.len()..end].iter().map(|&threshold| Split { feature, threshold }));
        }
        let trees = self.splits.chunks_exact(self.depth).zip(self.leaves.chunks_exact(2 << self.depth));
        let trees = trees.map(|(splits, leaves)| {
            let splits: Vec<Split> = splits.iter().filter_map(|&split| all.get(usize::from(split)).copied()).collect();
            let (low, high) = leaves.split_at(1 << self.depth);
            let values = low.iter().zip(high).map(|(low, high)| i16::from_le_bytes([*low, *high]));
            let leaves = values.take(1 << splits.len()).map(|leaf| from_thousandths(i32::from(leaf))).collect();
            Tree { splits, leaves }
        });
        trees.collect()
    }
}

fn runs(trees: &[Tree]) -> Vec<usize> {
    let (mut ends, mut sum) = (Vec::new(), 0);
    for (at, tree) in trees.iter().enumerate() {
        let largest = tree.leaves.iter().map(|leaf| i32::from(thousandths(*leaf)).abs()).max().unwrap_or(0);
        sum += largest;
        if sum > i32::from(i16::MAX) {
            ends.push(at);
            sum = largest;
        }
    }
    ends.push(trees.len());
    ends
}

/// The order of the borders: by feature, then by size.
fn order(a: &Split, b: &Split) -> std::cmp::Ordering {
    a.feature.cmp(&b.feature).then(a.threshold.total_cmp(&b.threshold))
}

/// The largest leaf value; with a larger one alone the score would be 0 or 1.
pub(super) const MAX_LEAF: f32 = 32.767;

/// A leaf value in thousandths, as far as they fit.
fn thousandths(leaf: f32) -> i16 {
    let rounded = (f64::from(leaf) * 1000.0).round_ties_even();
    rounded.clamp(-f64::from(i16::MAX), f64::from(i16::MAX)) as i16
}

/// The number that so many thousandths are.
pub(super) fn from_thousandths(sum: i32) -> f32 {
    sum as f32 / 1000.0
}
