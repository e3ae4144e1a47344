//! Fits the trees of one ensemble.

use super::table::{BINS, Table};
use super::{Page, Settings};
use crate::random::SplitMix;
use bodytext::unstable::{Ensemble, Split, Tree, sigmoid};

/// Where drawing lines and columns begins. Any number would do.
const SEED: u64 = 1;
/// Lines that are decided already still count a little, or sums would run away.
const LEAST_DOUBT: f32 = 1e-4;

/// What a ensemble is fitted to.
pub(super) struct Boost<'b> {
    pub(super) table: &'b Table,
    pub(super) pages: &'b [Page],
    pub(super) settings: &'b Settings,
}

/// How the loss of lines changes with their sum: derived once and twice.
#[derive(Debug, Clone, Copy, Default)]
struct Slope {
    first: f64,
    second: f64,
}

impl Slope {
    fn of(sums: [f32; 2]) -> Slope {
        Slope { first: f64::from(sums[0]), second: f64::from(sums[1]) }
    }

    fn add(&mut self, other: Slope) {
        self.first += other.first;
        self.second += other.second;
    }

    fn less(self, other: Slope) -> Slope {
        Slope { first: self.first - other.first, second: self.second - other.second }
    }

    /// By how much the best step lowers the loss, times two.
    fn gain(self, doubt: f64) -> f64 {
        self.first * self.first / (self.second + doubt)
    }
}

/// A tree, its splits also by bin.
#[derive(Default)]
struct Grown {
    splits: Vec<Split>,
    bins: Vec<(usize, u8)>,
    leaves: Vec<f32>,
}

impl Boost<'_> {
    /// The ensemble fitted to these pages. `from` has, for every page, the sums that the trees are added to.
    pub(super) fn fit(&self, pages: &[usize], from: Option<&[Vec<f32>]>) -> Ensemble {
        let rows: Vec<usize> = pages.iter().flat_map(|&p| self.table.starts[p]..self.table.starts[p + 1]).collect();
        let (body, weights) = self.targets(pages);
        let mut sums: Vec<f32> = match from {
            Some(from) => pages.iter().flat_map(|&p| from[p].iter().copied()).collect(),
            None => vec![0.0; rows.len()],
        };
        let mut random = SplitMix(SEED);
        let mut trees = Vec::with_capacity(self.settings.rounds);
        let drawn_below = (f64::from(self.settings.lines) * u64::MAX as f64) as u64;
        for _ in 0..self.settings.rounds {
            let (mut drawn, mut slopes) = (Vec::new(), Vec::new());
            for (k, &row) in rows.iter().enumerate() {
                if random.next() <= drawn_below {
                    let score = sigmoid(sums[k]);
                    let doubt = (score * (1.0 - score)).max(LEAST_DOUBT);
                    let target = f32::from(u8::from(body[k]));
                    drawn.push(row);
                    slopes.push([weights[k] * (target - score), weights[k] * doubt]);
                }
            }
            let grown = self.grow(&drawn, &slopes, &self.draw_columns(&mut random));
            if grown.splits.is_empty() {
                break;
            }
            for (sum, &row) in sums.iter_mut().zip(&rows) {
                *sum += grown.leaves[self.answers(&grown.bins, row)];
            }
            trees.push(Tree { splits: grown.splits, leaves: grown.leaves });
        }
        Ensemble::new(trees)
    }

    /// What each line is, and how much it counts: the root of its words over the root of what its page has, so that long
    /// lines and long pages count for more, but not by as much as they are longer. On average 1.
    fn targets(&self, pages: &[usize]) -> (Vec<bool>, Vec<f32>) {
        let (mut body, mut weights) = (Vec::new(), Vec::new());
        for &p in pages {
            let page = &self.pages[p];
            let of_line = |words: &usize| (*words as f32 + 1.0).sqrt();
            let all: f32 = page.features.words.iter().map(of_line).sum();
            for (words, &is_body) in page.features.words.iter().zip(&page.body) {
                let keep = if is_body { self.settings.keep } else { 1.0 };
                weights.push(of_line(words) / all.max(1.0).sqrt() * page.weight * keep);
                body.push(is_body);
            }
        }
        let mean = weights.iter().sum::<f32>() / weights.len().max(1) as f32;
        weights.iter_mut().for_each(|w| *w /= mean.max(f32::MIN_POSITIVE));
        (body, weights)
    }

    fn draw_columns(&self, random: &mut SplitMix) -> Vec<usize> {
        let all = self.table.columns.len();
        let mut columns: Vec<usize> = (0..all).collect();
        let drawn = ((all as f32 * self.settings.columns) as usize).clamp(1.min(all), all);
        for i in 0..drawn {
            let j = i + random.below(all - i);
            columns.swap(i, j);
        }
        columns.truncate(drawn);
        columns
    }

    /// The tree that lowers the loss most, split by split.
    fn grow(&self, rows: &[usize], slopes: &[[f32; 2]], columns: &[usize]) -> Grown {
        let doubt = f64::from(self.settings.doubt);
        let mut at = vec![0_u8; rows.len()];
        let mut grown = Grown::default();
        let mut sums = vec![[0_f32; 2]; BINS << self.settings.depth];
        for depth in 0..self.settings.depth {
            let sums = &mut sums[..BINS << depth];
            let mut best: Option<(f64, usize, u8)> = None;
            for &c in columns {
                let column = &self.table.columns[c];
                sums.fill([0.0; 2]);
                for ((&row, &way), slope) in rows.iter().zip(&at).zip(slopes) {
                    let sum = &mut sums[usize::from(way) * BINS + usize::from(column.bins[row])];
                    sum[0] += slope[0];
                    sum[1] += slope[1];
                }
                let mut gains = vec![0.0_f64; column.edges.len()];
                for way in sums.chunks(BINS) {
                    let mut all = Slope::default();
                    way.iter().for_each(|s| all.add(Slope::of(*s)));
                    let mut low = Slope::default();
                    for (gain, s) in gains.iter_mut().zip(way) {
                        low.add(Slope::of(*s));
                        *gain += low.gain(doubt) + all.less(low).gain(doubt) - all.gain(doubt);
                    }
                }
                for (bin, &gain) in gains.iter().enumerate() {
                    let asked = (c, bin as u8);
                    if gain > best.map_or(0.0, |b| b.0) && !grown.bins.contains(&asked) {
                        best = Some((gain, c, bin as u8));
                    }
                }
            }
            let Some((_, c, bin)) = best else { break };
            let column = &self.table.columns[c];
            grown.bins.push((c, bin));
            grown.splits.push(Split { feature: c, threshold: column.edges[usize::from(bin)] });
            for (way, &row) in at.iter_mut().zip(rows) {
                *way |= u8::from(column.bins[row] > bin) << depth;
            }
        }
        let mut all = vec![Slope::default(); 1 << grown.splits.len()];
        for (&way, slope) in at.iter().zip(slopes) {
            all[usize::from(way)].add(Slope::of(*slope));
        }
        let rate = f64::from(self.settings.rate);
        grown.leaves = all.iter().map(|s| (rate * s.first / (s.second + doubt)) as f32).collect();
        grown
    }

    fn answers(&self, splits: &[(usize, u8)], row: usize) -> usize {
        let yes = |&(column, bin): &(usize, u8)| usize::from(self.table.columns[column].bins[row] > bin);
        splits.iter().enumerate().map(|(k, split)| yes(split) << k).sum()
    }
}
