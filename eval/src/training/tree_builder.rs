//! Builds the trees of one ensemble.

use bodytext::unstable::{Ensemble, Split, Tree, sigmoid};

use super::set::Example;
use super::table::{BINS, FeatureTable};
use crate::random::SplitMix;

/// The seed for sampling lines and features; its value is arbitrary.
const SEED: u64 = 1;
/// The least Hessian of a line: without it, the scores of certain lines would grow without bound.
const MIN_HESSIAN: f32 = 1e-4;

/// How a model is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrainingConfig {
    /// Trees of each ensemble.
    pub rounds: usize,
    /// Splits of each tree, at most [`MAX_DEPTH`](bodytext::unstable::MAX_DEPTH).
    pub depth: usize,
    /// The fraction of its correction that each tree applies.
    pub learning_rate: f32,
    /// L2 regularisation of the leaf values: keeps rare combinations near 0.
    pub l2: f32,
    /// The share of the lines that each tree is fitted to.
    pub row_subsample: f32,
    /// The share of the features that each tree may split on.
    pub feature_subsample: f32,
    /// The weight of a line of the body against a line of boilerplate. Above 1 it favours keeping.
    pub positive_weight: f32,
}

impl TrainingConfig {
    /// For a new model, on a thousand pages or more.
    pub const NEW_MODEL: TrainingConfig = TrainingConfig {
        rounds: 200,
        depth: 5,
        learning_rate: 0.2,
        l2: 20.0,
        row_subsample: 0.2,
        feature_subsample: 0.25,
        positive_weight: 1.0,
    };
    /// For a new model for web pages. They are fewer than texts, since each page is one, and one stage has to do the work of
    /// two.
    pub const NEW_PAGE_MODEL: TrainingConfig = TrainingConfig {
        rounds: 400,
        depth: 6,
        learning_rate: 0.08,
        row_subsample: 0.5,
        feature_subsample: 0.3,
        ..TrainingConfig::NEW_MODEL
    };
    /// For more trees on top of another model, on a few dozen pages.
    pub const FINE_TUNING: TrainingConfig = TrainingConfig {
        rounds: 80,
        depth: 4,
        learning_rate: 0.1,
        l2: 10.0,
        row_subsample: 0.8,
        feature_subsample: 0.5,
        positive_weight: 1.5,
    };
}

pub(super) struct TreeBuilder<'b> {
    pub(super) table: &'b FeatureTable,
    pub(super) examples: &'b [Example],
    /// The weight of each example.
    pub(super) weights: &'b [f32],
    pub(super) config: &'b TrainingConfig,
}

/// The sums of the first and second derivatives of the loss over some lines, the first with the sign changed.
#[derive(Debug, Clone, Copy, Default)]
struct Gradient {
    gradient: f64,
    hessian: f64,
}

impl Gradient {
    fn add(&mut self, [gradient, hessian]: [f32; 2]) {
        self.gradient += f64::from(gradient);
        self.hessian += f64::from(hessian);
    }

    fn less(self, other: Gradient) -> Gradient {
        Gradient { gradient: self.gradient - other.gradient, hessian: self.hessian - other.hessian }
    }

    /// Twice the reduction of the loss by the best leaf value.
    fn gain(self, l2: f64) -> f64 {
        self.gradient * self.gradient / (self.hessian + l2)
    }
}

#[derive(Default)]
struct Subsample {
    rows: Vec<usize>,
    gradients: Vec<[f32; 2]>,
}

/// A split by bins: whether a value of the column is above the bin.
#[derive(Clone, Copy, PartialEq)]
struct BinSplit {
    column: usize,
    bin: u8,
}

impl TreeBuilder<'_> {
    /// Fits an ensemble to these examples. `base` has, for every example, the raw scores that the trees are added to.
    pub(super) fn fit(&self, examples: &[usize], base: Option<&[Vec<f32>]>) -> Ensemble {
        let starts = &self.table.starts;
        let rows: Vec<usize> = examples.iter().flat_map(|&e| starts[e]..starts[e + 1]).collect();
        let (body, weights) = self.targets(examples);
        let mut sums: Vec<f32> = match base {
            Some(base) => examples.iter().flat_map(|&e| base[e].iter().copied()).collect(),
            None => vec![0.0; rows.len()],
        };
        let mut random = SplitMix(SEED);
        let mut trees = Vec::with_capacity(self.config.rounds);
        let drawn_below = (f64::from(self.config.row_subsample) * u64::MAX as f64) as u64;
        for _ in 0..self.config.rounds {
            let mut subsample = Subsample::default();
            for (k, &row) in rows.iter().enumerate() {
                if random.next() <= drawn_below {
                    let score = sigmoid(sums[k]);
                    let hessian = (score * (1.0 - score)).max(MIN_HESSIAN);
                    let target = f32::from(u8::from(body[k]));
                    subsample.rows.push(row);
                    subsample.gradients.push([weights[k] * (target - score), weights[k] * hessian]);
                }
            }
            let features = self.draw_features(&mut random);
            let (splits, leaves) = self.grow(&subsample, &features);
            if splits.is_empty() {
                break;
            }
            for (sum, &row) in sums.iter_mut().zip(&rows) {
                *sum += leaves[self.leaf(&splits, row)];
            }
            trees.push(Tree { splits: splits.iter().map(|split| self.split(split)).collect(), leaves });
        }
        Ensemble::new(trees)
    }

    /// Whether each line is body, and its weight: the root of its words over the root of all words of its page, so that
    /// long lines and long pages weigh more, but not in proportion to their length. The mean weight is 1.
    fn targets(&self, examples: &[usize]) -> (Vec<bool>, Vec<f32>) {
        let (mut body, mut weights) = (Vec::new(), Vec::new());
        for &e in examples {
            let example = &self.examples[e];
            let roots: Vec<f32> = example.features.words.iter().map(|words| (*words as f32 + 1.0).sqrt()).collect();
            let page = roots.iter().sum::<f32>().max(1.0).sqrt();
            for (root, &is_body) in roots.iter().zip(&example.body) {
                let class_weight = if is_body { self.config.positive_weight } else { 1.0 };
                weights.push(root / page * self.weights[e] * class_weight);
                body.push(is_body);
            }
        }
        let mean = weights.iter().sum::<f32>() / weights.len().max(1) as f32;
        weights.iter_mut().for_each(|w| *w /= mean.max(f32::MIN_POSITIVE));
        (body, weights)
    }

    fn draw_features(&self, random: &mut SplitMix) -> Vec<usize> {
        let all = self.table.columns.len();
        let mut columns: Vec<usize> = (0..all).collect();
        let drawn = ((all as f32 * self.config.feature_subsample) as usize).clamp(1.min(all), all);
        for i in 0..drawn {
            let j = i + random.below(all - i);
            columns.swap(i, j);
        }
        columns.truncate(drawn);
        columns
    }

    /// The tree that reduces the loss most, grown level by level.
    fn grow(&self, subsample: &Subsample, features: &[usize]) -> (Vec<BinSplit>, Vec<f32>) {
        let mut leaf_of = vec![0_u8; subsample.rows.len()];
        let mut splits: Vec<BinSplit> = Vec::new();
        while splits.len() < self.config.depth
            && let Some(split) = self.best_split(subsample, &leaf_of, &splits, features)
        {
            for (leaf, &row) in leaf_of.iter_mut().zip(&subsample.rows) {
                *leaf |= u8::from(self.is_above(&split, row)) << splits.len();
            }
            splits.push(split);
        }
        let mut gradients = vec![Gradient::default(); 1 << splits.len()];
        for (&leaf, &gradient) in leaf_of.iter().zip(&subsample.gradients) {
            gradients[usize::from(leaf)].add(gradient);
        }
        let (rate, l2) = (f64::from(self.config.learning_rate), f64::from(self.config.l2));
        (splits, gradients.iter().map(|g| (rate * g.gradient / (g.hessian + l2)) as f32).collect())
    }

    /// The split of all leaves that reduces the loss most, other than the given ones; `None` if none reduces it.
    fn best_split(
        &self,
        subsample: &Subsample,
        leaf_of: &[u8],
        splits: &[BinSplit],
        features: &[usize],
    ) -> Option<BinSplit> {
        let mut best = None;
        let mut best_gain = 0.0;
        let mut histograms = vec![[0_f32; 2]; BINS << splits.len()];
        for &column in features {
            let bins = &self.table.columns[column].bins;
            histograms.fill([0.0; 2]);
            for ((&row, &leaf), gradient) in subsample.rows.iter().zip(leaf_of).zip(&subsample.gradients) {
                let sum = &mut histograms[usize::from(leaf) * BINS + usize::from(bins[row])];
                sum[0] += gradient[0];
                sum[1] += gradient[1];
            }
            for (bin, gain) in self.gains(column, &histograms).into_iter().enumerate() {
                let split = BinSplit { column, bin: bin as u8 };
                if gain > best_gain && !splits.contains(&split) {
                    (best, best_gain) = (Some(split), gain);
                }
            }
        }
        best
    }

    /// The gain of a split at each border of the column, summed over the leaves; `histograms` has the gradients of each
    /// leaf by bin.
    fn gains(&self, column: usize, histograms: &[[f32; 2]]) -> Vec<f64> {
        let l2 = f64::from(self.config.l2);
        let mut gains = vec![0.0_f64; self.table.columns[column].borders.len()];
        for bins in histograms.chunks(BINS) {
            let (mut all, mut low) = (Gradient::default(), Gradient::default());
            bins.iter().for_each(|&gradient| all.add(gradient));
            for (gain, &gradient) in gains.iter_mut().zip(bins) {
                low.add(gradient);
                *gain += low.gain(l2) + all.less(low).gain(l2) - all.gain(l2);
            }
        }
        gains
    }

    fn leaf(&self, splits: &[BinSplit], row: usize) -> usize {
        splits.iter().enumerate().map(|(k, split)| usize::from(self.is_above(split, row)) << k).sum()
    }

    fn is_above(&self, split: &BinSplit, row: usize) -> bool {
        self.table.columns[split.column].bins[row] > split.bin
    }

    fn split(&self, split: &BinSplit) -> Split {
        let column = &self.table.columns[split.column];
        Split { feature: split.column, threshold: column.borders[usize::from(split.bin)] }
    }
}
