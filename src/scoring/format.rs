//! How a model is written into a rule file, and read from it.
//! It checks that what is written can be weighed; it weighs nothing.
//! At the edge of the rules, before the line begins.

use std::collections::HashMap;
use std::fmt::Write;

use serde::Deserialize;

use super::model::{Ensemble, MAX_DEPTH, ScoringModel, Split, Tree, column_names};
use super::scores::{Profile, Threshold};
use crate::rules::Spanned;

/// A ensemble may have so many trees: more would cost more time than all rules.
const MAX_TREES: usize = 2_000;

/// The part `[model]` of a rule file.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelFile {
    /// What a line must score to stay, by profile.
    profiles: ProfilesFile,
    /// The two ensembles.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<EnsembleFile>"))]
    ensemble: Spanned<Vec<EnsembleFile>>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ProfilesFile {
    /// Only what is nearly surely boilerplate goes.
    recall: ThresholdFile,
    /// The default.
    balanced: ThresholdFile,
    /// What is more likely boilerplate than body goes.
    precision: ThresholdFile,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ThresholdFile {
    /// The score to reach on a page without boilerplate, 0 to 1.
    min: f32,
    /// The score to reach on a page whose share of words on lines that score below one half is `boilerplate ratio` or more, 0 to 1.
    max: f32,
    /// See `max`.
    boilerplate_ratio: f32,
    /// What both are multiplied with for lines of prose, 0 to 1.
    prose: f32,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct EnsembleFile {
    /// The trees whose sums are added up.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<TreeFile>"))]
    trees: Vec<Spanned<TreeFile>>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct TreeFile {
    /// Questions, each a column and a number: `words >= 8`.
    on: Vec<String>,
    /// What is added: one number for each way to answer; answer k counts 2 to the k where it is yes.
    add: Vec<f32>,
}

impl ModelFile {
    /// The model, or where it is wrong, what is wrong, and what to write instead.
    pub(crate) fn build(&self) -> Result<ScoringModel, (usize, String, &'static str)> {
        let start = self.ensemble.start();
        let ensembles = self.ensemble.get_ref();
        let [first, second] = ensembles.as_slice() else {
            return Err((
                start,
                format!("a model has 2 ensembles, this one {}", ensembles.len()),
                "write `[[model.ensemble]]` twice",
            ));
        };
        let ProfilesFile { recall, balanced, precision } = &self.profiles;
        for profile in [recall, balanced, precision] {
            let numbers = [profile.min, profile.max, profile.boilerplate_ratio, profile.prose];
            if let Some(wrong) = numbers.into_iter().find(|n| !(0.0..=1.0).contains(n)) {
                return Err((start, format!("a profile holds {wrong}"), "write numbers from 0 to 1"));
            }
        }
        let threshold = |t: &ThresholdFile| Threshold {
            min: t.min,
            max: t.max,
            boilerplate_ratio: t.boilerplate_ratio,
            prose: t.prose,
        };
        let thresholds = [threshold(recall), threshold(balanced), threshold(precision)];
        Ok(ScoringModel { ensembles: [first.build(0, start)?, second.build(1, start)?], thresholds })
    }
}

impl EnsembleFile {
    fn build(&self, ensemble: usize, start: usize) -> Result<Ensemble, (usize, String, &'static str)> {
        if self.trees.len() > MAX_TREES {
            let message = format!("a ensemble has {} trees, the limit is {MAX_TREES}", self.trees.len());
            return Err((start, message, "tune with fewer rounds"));
        }
        let index: HashMap<&str, usize> = column_names(ensemble).enumerate().map(|(i, name)| (name, i)).collect();
        let tree = |spanned: &Spanned<TreeFile>| {
            let at = spanned.start();
            let tree = spanned.get_ref();
            if tree.on.len() > MAX_DEPTH || tree.add.len() != 1 << tree.on.len() {
                let message = format!("a tree with {} splits and {} numbers", tree.on.len(), tree.add.len());
                return Err((at, message, "write at most 8 splits, and one number for each way to answer them"));
            }
            if let Some(wrong) = tree.add.iter().find(|n| !n.is_finite()) {
                return Err((at, format!("a tree leaves {wrong}"), "write a number"));
            }
            let splits = tree.on.iter().map(|split| {
                let (name, number) = split.split_once(" >= ").unwrap_or((split, ""));
                let (Some(&column), Ok(threshold)) = (index.get(name), number.parse::<f32>()) else {
                    return Err((
                        at,
                        format!("`{split}` is no split of this ensemble"),
                        "write a column and a number, for example `words >= 8`",
                    ));
                };
                Ok(Split { column, threshold })
            });
            Ok(Tree { splits: splits.collect::<Result<_, _>>()?, leaves: tree.add.clone() })
        };
        Ok(Ensemble::new(self.trees.iter().map(tree).collect::<Result<_, _>>()?))
    }
}

impl ScoringModel {
    /// The model as it stands in a rule file; the numbers added are rounded to thousandths.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        for profile in Profile::ALL {
            let Threshold { min, max, boilerplate_ratio, prose } = self.threshold(profile);
            let _ = writeln!(
                out,
                "[model.profiles.{}]\nmin = {min:?}\nmax = {max:?}\nboilerplate_ratio = {boilerplate_ratio:?}\nprose = {prose:?}\n",
                profile.name()
            );
        }
        for (number, ensemble) in self.ensembles.iter().enumerate() {
            let names: Vec<&str> = column_names(number).collect();
            out.push_str("[[model.ensemble]]\ntrees = [\n");
            for tree in ensemble.trees() {
                let on: Vec<String> =
                    tree.splits.iter().map(|q| format!("\"{} >= {}\"", names[q.column], q.threshold)).collect();
                let add: Vec<String> = tree.leaves.iter().map(|a| short(*a)).collect();
                let _ = writeln!(out, "  {{ on = [{}], add = [{}] }},", on.join(", "), add.join(", "));
            }
            out.push_str("]\n\n");
        }
        out
    }

    /// The model as [`to_toml`](Self::to_toml) writes it: rounded.
    #[must_use]
    pub fn rounded(mut self) -> ScoringModel {
        for ensemble in &mut self.ensembles {
            let mut trees = ensemble.trees().to_vec();
            trees.iter_mut().flat_map(|t| &mut t.leaves).for_each(|a| *a = short(*a).parse().unwrap_or(*a));
            *ensemble = Ensemble::new(trees);
        }
        self
    }
}

fn short(number: f32) -> String {
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if matches!(text, "" | "-0" | "0") { "0".to_owned() } else { text.to_owned() }
}
