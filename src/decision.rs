//! Weighs the evidence of each line: how likely it belongs to the body.
//! It reads no text, and holds no weights: they stand in rule files, made by [`tune`](crate::tune).
//! Seventh stage of the line.
//!
//! A decision looks twice. The first look knows the [evidence](crate::evidence) alone. The second sees the scores of the
//! first on the lines around as well, see [`SECOND_COLUMNS`]. Each look is a sum: a tree asks a few questions, such as
//! whether the line has 8 words or more, and what it adds depends on the answers. The logistic function of the sum is
//! the score, from 0 (furniture) to 1 (body).

mod file;
mod forest;
mod second;

pub(crate) use file::DecisionFile;
use forest::Forest;
pub use second::SECOND_COLUMNS;
pub(crate) use second::second_columns;

use std::sync::OnceLock;

use crate::model::{COLUMNS, Evidence, Profile, Scores, Threshold};

/// A tree asks at most so many questions: its sums are looked up by one byte.
pub const MAX_DEPTH: usize = 8;

/// How scores are reached and what they must be.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The first look, over [`COLUMNS`], and the second, over [`SECOND_COLUMNS`] and then [`COLUMNS`].
    pub looks: [Look; 2],
    /// What a line must score to stay, by profile.
    pub thresholds: [Threshold; 3],
}

/// A sum over trees.
#[derive(Debug, Clone, Default)]
pub struct Look {
    trees: Vec<Tree>,
    /// The same trees for speed, laid out when the first document is weighed.
    forest: OnceLock<Forest>,
}

impl PartialEq for Look {
    fn eq(&self, other: &Look) -> bool {
        self.trees == other.trees
    }
}

/// Questions, and what each way to answer them adds.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The questions, at most [`MAX_DEPTH`].
    pub questions: Vec<Question>,
    /// What is added. Answer `k` counts as 2 to the `k` where it is yes; the sum is the index.
    pub adds: Vec<f32>,
}

/// Whether the number in a column is at least so large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// The column, an index.
    pub column: usize,
    /// The number.
    pub at_least: f32,
}

impl Decision {
    /// A decision by which every line stays that no rule removes.
    pub fn keeping() -> Decision {
        let threshold = Threshold { clean: 0.0, dirty: 0.0, dirt: 1.0, prose: 1.0 };
        Decision { looks: [Look::default(), Look::default()], thresholds: [threshold; 3] }
    }

    /// Weighs the evidence on a document.
    pub fn weigh<'a>(&'a self, evidence: &'a Evidence) -> Weighing<'a> {
        let first = self.looks[0].sums(&evidence.slices(), evidence.lines.len()).into_iter().map(logistic);
        let second = second_columns(&first.collect::<Vec<f32>>(), evidence);
        Weighing { look: &self.looks[1], evidence, second }
    }

    /// All that it is made of, as numbers: equal for equal decisions.
    pub(crate) fn each_number(&self, mut each: impl FnMut(u32)) {
        for Threshold { clean, dirty, dirt, prose } in self.thresholds {
            [clean, dirty, dirt, prose].map(f32::to_bits).into_iter().for_each(&mut each);
        }
        for look in &self.looks {
            each(look.trees.len() as u32);
            for tree in &look.trees {
                each(tree.questions.len() as u32);
                tree.questions.iter().flat_map(|q| [q.column as u32, q.at_least.to_bits()]).for_each(&mut each);
                tree.adds.iter().map(|add| add.to_bits()).for_each(&mut each);
            }
        }
    }

    /// What a line must score to stay.
    pub fn threshold(&self, profile: Profile) -> &Threshold {
        &self.thresholds[profile as usize]
    }
}

/// The evidence on a document as the second look sees it.
#[derive(Debug, Clone)]
pub struct Weighing<'a> {
    look: &'a Look,
    evidence: &'a Evidence,
    second: Vec<Vec<f32>>,
}

impl Weighing<'_> {
    /// The scores of the document.
    pub fn scores(&self) -> Scores {
        Scores::new(self.sums().into_iter().map(logistic).collect(), self.evidence)
    }

    /// What each column added to the sum of one row, largest first. A tree's sum is shared out along its questions:
    /// each gets the difference that its answer made to the mean of what was still possible. With what no question
    /// changes, they add up to the row's sum.
    pub fn contributions(&self, row: usize) -> Vec<(&'static str, f32)> {
        let columns = self.columns();
        let mut sums = vec![0.0; columns.len()];
        for tree in self.look.trees() {
            let mut possible: Vec<f32> = tree.adds.clone();
            let mut mean = possible.iter().sum::<f32>() / possible.len() as f32;
            for question in &tree.questions {
                let yes = usize::from(columns[question.column][row] >= question.at_least);
                possible = possible.into_iter().skip(yes).step_by(2).collect();
                let now = possible.iter().sum::<f32>() / possible.len() as f32;
                sums[question.column] += now - mean;
                mean = now;
            }
        }
        let mut named: Vec<(&str, f32)> = column_names(1).zip(sums).collect();
        named.retain(|(_, sum)| *sum != 0.0);
        named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        named
    }

    /// The sums of the second look.
    pub(crate) fn sums(&self) -> Vec<f32> {
        self.look.sums(&self.columns(), self.evidence.lines.len())
    }

    /// The columns of the second look: those that the first amounts to, then the evidence.
    pub(crate) fn columns(&self) -> Vec<&[f32]> {
        self.second.iter().map(Vec::as_slice).chain(self.evidence.slices()).collect()
    }
}

impl Look {
    /// A look by these trees.
    pub fn new(trees: Vec<Tree>) -> Look {
        Look { trees, forest: OnceLock::new() }
    }

    /// The trees.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// The sum of each row.
    pub(crate) fn sums(&self, columns: &[&[f32]], rows: usize) -> Vec<f32> {
        self.forest.get_or_init(|| Forest::of(self)).sums(columns, rows)
    }
}

/// The columns of a look.
pub(crate) fn column_names(look: usize) -> impl Iterator<Item = &'static str> {
    let second: &[(&str, &str)] = if look == 0 { &[] } else { SECOND_COLUMNS };
    second.iter().chain(COLUMNS).map(|(name, _)| *name)
}

/// From a sum to a score.
pub(crate) fn logistic(sum: f32) -> f32 {
    1.0 / (1.0 + (-sum).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Spacing;
    use crate::random::SplitMix;

    fn one_tree() -> Look {
        let questions = vec![Question { column: 0, at_least: 2.0 }, Question { column: 1, at_least: 0.5 }];
        Look::new(vec![Tree { questions, adds: vec![-1.0, 0.5, -0.25, 2.0] }])
    }

    #[test]
    fn sums_are_those_of_the_trees_one_by_one() {
        // More rows than fit a block, more limits than fit a byte, and a tree of full depth.
        let mut random = SplitMix(7);
        let mut number = move || random.below(1_000) as f32 / 10.0;
        let columns: Vec<Vec<f32>> = (0..3).map(|_| (0..150).map(|_| number()).collect()).collect();
        let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        for depth in [0, 3, 6, MAX_DEPTH] {
            let question = |k: usize, at_least: f32| Question { column: k % 3, at_least };
            let mut tree = || Tree {
                questions: (0..depth).map(|k| question(k, number())).collect(),
                adds: (0..1 << depth).map(|_| number()).collect(),
            };
            let look = Look::new((0..200).map(|_| tree()).collect());
            let sum = |row: usize| {
                look.trees().iter().fold(0.0, |sum, tree| {
                    let bit = |(k, q): (usize, &Question)| usize::from(columns[q.column][row] >= q.at_least) << k;
                    sum + tree.adds[tree.questions.iter().enumerate().map(bit).sum::<usize>()]
                })
            };
            // Blocks of every width, full and not.
            for rows in [0, 1, 8, 9, 30, 64, 65, 100, 128, 150] {
                let columns: Vec<&[f32]> = columns.iter().map(|column| &column[..rows]).collect();
                assert_eq!(look.sums(&columns, rows), (0..rows).map(sum).collect::<Vec<f32>>());
            }
        }
    }

    #[test]
    fn answers_choose_what_is_added() {
        let columns: [&[f32]; 2] = [&[1.0, 2.0, 1.0, 5.0], &[0.0, 0.0, 1.0, 1.0]];
        assert_eq!(one_tree().sums(&columns, 4), [-1.0, 0.5, -0.25, 2.0]);
    }

    #[test]
    fn contributions_add_up_to_the_sum_less_the_mean() {
        let spacings = vec![Spacing { indent: 0, above: 0, below: 0 }];
        let columns = vec![vec![1.0]; COLUMNS.len()];
        let mut evidence = Evidence { lines: vec![0], words: vec![3], spacings, columns };
        evidence.columns[0] = vec![7.0];
        let thresholds = [Threshold { clean: 0.5, dirty: 0.5, dirt: 0.5, prose: 1.0 }; 3];
        let mut second = one_tree();
        second.trees[0].questions.iter_mut().for_each(|q| q.column += SECOND_COLUMNS.len());
        let decision = Decision { looks: [Look::default(), second], thresholds };
        let parts = decision.weigh(&evidence).contributions(0);
        assert_eq!(parts.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["words", "word-length"]);
        let mean = (-1.0 + 0.5 - 0.25 + 2.0) / 4.0;
        assert!((parts.iter().map(|(_, sum)| sum).sum::<f32>() - (2.0 - mean)).abs() < 1e-6);
    }
}
