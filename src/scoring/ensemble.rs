//! A sum of trees.

use std::sync::OnceLock;

use super::quantized::{QuantizedTrees, from_thousandths};
use super::tree::Tree;
use crate::simd::trees::{Trees, leaf_sums};

/// A sum of trees. Their leaf values are thousandths; others are rounded.
#[derive(Debug, Clone)]
pub struct Ensemble {
    quantized: QuantizedTrees,
    /// The same trees one by one, built when they are first asked for.
    trees: OnceLock<Vec<Tree>>,
}

impl PartialEq for Ensemble {
    fn eq(&self, other: &Ensemble) -> bool {
        self.trees() == other.trees()
    }
}

impl Default for Ensemble {
    fn default() -> Ensemble {
        Ensemble::new(Vec::new())
    }
}

impl Ensemble {
    /// The ensemble of these trees.
    pub fn new(trees: Vec<Tree>) -> Ensemble {
        QuantizedTrees::new(&trees).into()
    }

    /// The trees.
    pub fn trees(&self) -> &[Tree] {
        self.trees.get_or_init(|| self.quantized.trees())
    }

    /// The raw score of each row: the sum of one leaf value of each tree.
    pub fn raw_scores(&self, columns: &[&[f32]], rows: usize) -> Vec<f32> {
        if rows == 0 {
            return Vec::new();
        }
        leaf_sums(&self.layout(), columns, rows).into_iter().map(from_thousandths).collect()
    }

    pub(crate) fn layout(&self) -> Trees<'_> {
        let QuantizedTrees { depth, features, borders, splits, leaves, runs } = &self.quantized;
        Trees { depth: *depth, features, borders, splits, leaves, runs }
    }
}

impl From<QuantizedTrees> for Ensemble {
    fn from(quantized: QuantizedTrees) -> Ensemble {
        Ensemble { quantized, trees: OnceLock::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::{MAX_DEPTH, Split};

    /// Numbers that are the same on every run.
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> f32 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((self.0 >> 33) % 1_000) as f32 / 10.0
        }

        fn tree(&mut self, depth: usize) -> Tree {
            let splits = (0..depth).map(|k| Split { feature: k % 3, threshold: self.next() }).collect();
            Tree { splits, leaves: (0..1 << depth).map(|_| self.next() / 10.0 - 5.0).collect() }
        }
    }

    fn thousandths(tree: &Tree, columns: &[Vec<f32>], row: usize) -> i32 {
        let holds = tree.splits.iter().map(|split| usize::from(columns[split.feature][row] >= split.threshold));
        let leaf = tree.leaves[holds.enumerate().map(|(k, holds)| holds << k).sum::<usize>()];
        (leaf * 1000.0).round() as i32
    }

    #[test]
    fn trees_are_the_given_ones_with_leaves_rounded() {
        let mut numbers = Numbers(3);
        let mut trees: Vec<Tree> = [2, 0, 6, 5].map(|depth| numbers.tree(depth)).to_vec();
        trees[1].leaves = vec![-1.23456];
        let ensemble = Ensemble::new(trees.clone());
        trees[1].leaves = vec![-1.235];
        assert_eq!(ensemble.trees(), Ensemble::new(trees.clone()).trees());
        trees.push(numbers.tree(8));
        let with_deeper = Ensemble::new(trees.clone());
        assert_eq!(with_deeper.trees()[..4], *ensemble.trees());
        assert_eq!(with_deeper.trees()[2].splits, trees[2].splits);
        assert_eq!(with_deeper.trees()[1], trees[1]);
    }

    #[test]
    fn raw_scores_are_the_sums_of_the_trees_one_by_one() {
        // More rows than fit a block, sums that do not fit 16 bits, and trees of full depth.
        let mut numbers = Numbers(7);
        let columns: Vec<Vec<f32>> = (0..3).map(|_| (0..150).map(|_| numbers.next()).collect()).collect();
        for depth in [0, 3, 6, MAX_DEPTH] {
            let ensemble = Ensemble::new((0..200).map(|_| numbers.tree(depth)).collect());
            // Blocks of every width, full and not.
            for rows in [0, 1, 8, 9, 30, 64, 65, 100, 128, 150] {
                let expected: Vec<f32> = (0..rows)
                    .map(|row| ensemble.trees().iter().fold(0, |sum, tree| sum + thousandths(tree, &columns, row)))
                    .map(from_thousandths)
                    .collect();
                let columns: Vec<&[f32]> = columns.iter().map(|column| &column[..rows]).collect();
                assert_eq!(ensemble.raw_scores(&columns, rows), expected);
            }
        }
    }

    #[test]
    fn splits_choose_the_leaf() {
        let columns: [&[f32]; 2] = [&[1.0, 2.0, 1.0, 5.0], &[0.0, 0.0, 1.0, 1.0]];
        let splits = vec![Split { feature: 0, threshold: 2.0 }, Split { feature: 1, threshold: 0.5 }];
        let one_tree = Ensemble::new(vec![Tree { splits, leaves: vec![-1.0, 0.5, -0.25, 2.0] }]);
        assert_eq!(one_tree.raw_scores(&columns, 4), [-1.0, 0.5, -0.25, 2.0]);
    }
}
