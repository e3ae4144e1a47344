//! Model files: how a [`ScoringModel`] is read from TOML and written to it. Leaf values are rounded to thousandths.

use std::borrow::Cow;
use std::fmt::Write;

use hashbrown::HashMap;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::ensemble::Ensemble;
use super::model::{ScoringModel, Stage};
use super::quantized::{MAX_LEAF, QuantizedTrees};
use super::scores::{Profile, Threshold};
use super::tree::{MAX_DEPTH, Split, Tree};
use crate::location::{Location, PathPart, SourceMap};

/// The most trees of a stage; more would take more time than all rules.
const MAX_TREES: usize = 2_000;

// The built-in models, laid out by the build script: `TEXT_THRESHOLDS` and `TEXT_STAGES`, `PAGE_THRESHOLDS` and
// `PAGE_STAGES`.
include!(concat!(env!("OUT_DIR"), "/model.rs"));

/// A stage of the built-in model. Its trees have indices of names in place of columns.
struct BuiltinStage {
    names: &'static [&'static str],
    trees: QuantizedTrees,
}

/// An error in a model file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {message}; {remedy}")]
pub struct ModelError {
    /// The location of the error.
    pub location: Location,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    schema: u32,
    /// Whether it scores web pages: then it has one stage.
    #[serde(default)]
    pages: bool,
    thresholds: Thresholds,
    #[serde(default)]
    stage: Vec<StageFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Thresholds {
    recall: Threshold,
    balanced: Threshold,
    precision: Threshold,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageFile {
    trees: Vec<TreeFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TreeFile {
    /// Splits, each a feature and a number: `words >= 8`.
    splits: Vec<String>,
    /// Leaf values; only whole thousandths count.
    leaves: Vec<f32>,
}

/// An error in a file: the path to it, the message, what to write instead.
struct Problem {
    path: Vec<PathPart<'static>>,
    message: String,
    remedy: &'static str,
}

impl ScoringModel {
    /// The model built into the library, from `model.toml`.
    pub fn builtin() -> ScoringModel {
        let [first, second] = &TEXT_STAGES;
        let ensembles = [first.ensemble(Stage::First), second.ensemble(Stage::Second)];
        ScoringModel { for_pages: false, ensembles, thresholds: TEXT_THRESHOLDS }
    }

    /// The model for web pages built into the library, from `page-model.toml`.
    pub fn builtin_for_pages() -> ScoringModel {
        let [only] = &PAGE_STAGES;
        let ensembles = [Ensemble::default(), only.ensemble(Stage::Pages)];
        ScoringModel { for_pages: true, ensembles, thresholds: PAGE_THRESHOLDS }
    }

    /// Parses a model file as `bodytext tune` writes it. `file` is used in messages only.
    ///
    /// # Errors
    ///
    /// The error, its location, and what to write instead.
    pub fn parse(file: &str, toml: &str) -> Result<ScoringModel, ModelError> {
        let parsed: ModelFile = toml::from_str(toml).map_err(|error| {
            let location = SourceMap::new(file, toml).location(error.span().unwrap_or_default().start);
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            ModelError { location, message, remedy: "name a file that `bodytext tune` has written".to_owned() }
        })?;
        parsed.build().map_err(|Problem { path, message, remedy }| ModelError {
            location: SourceMap::new(file, toml).key(&path),
            message,
            remedy: remedy.to_owned(),
        })
    }

    /// The hash of the model, 16 hexadecimal digits: equal for equal models, shown in reports.
    #[doc(hidden)]
    pub fn hash(&self) -> String {
        let mut sha = Sha256::new();
        self.each_number(|number| sha.update(number.to_le_bytes()));
        hex::encode(&sha.finalize()[..8])
    }

    /// The model as a file.
    #[doc(hidden)]
    pub fn to_toml(&self) -> String {
        let mut out = String::from("schema = 1\n");
        if self.for_pages {
            out.push_str("pages = true\n");
        }
        out.push('\n');
        for profile in Profile::ALL {
            let Threshold { min, max, boilerplate_ratio, prose } = self.threshold(profile);
            let name = profile.name();
            let _ = writeln!(
                out,
                "[thresholds.{name}]\nmin = {min:?}\nmax = {max:?}\nboilerplate_ratio = {boilerplate_ratio:?}\nprose = {prose:?}\n",
            );
        }
        let stages = self.stages();
        for (stage, ensemble) in stages.iter().zip(&self.ensembles[2 - stages.len()..]) {
            let names: Vec<&str> = stage.column_names().collect();
            out.push_str("[[stage]]\ntrees = [\n");
            for Tree { splits, leaves } in ensemble.trees() {
                let splits: Vec<String> =
                    splits.iter().map(|split| format!("\"{} >= {}\"", names[split.feature], split.threshold)).collect();
                let leaves: Vec<String> = leaves.iter().map(|leaf| in_thousandths(*leaf)).collect();
                let _ = writeln!(out, "  {{ splits = [{}], leaves = [{}] }},", splits.join(", "), leaves.join(", "));
            }
            out.push_str("]\n\n");
        }
        out.truncate(out.trim_end().len() + 1);
        out
    }

    fn stages(&self) -> &'static [Stage] {
        if self.for_pages { &[Stage::Pages] } else { &[Stage::First, Stage::Second] }
    }
}

impl BuiltinStage {
    fn ensemble(&self, stage: Stage) -> Ensemble {
        let (columns, BuiltinStage { names, trees }) = (columns_by_name(stage), self);
        let features = trees.features.iter().map(|&(name, end)| (columns[names[name]], end)).collect();
        Ensemble::from(QuantizedTrees { features, ..trees.clone() })
    }
}

impl ModelFile {
    fn build(&self) -> Result<ScoringModel, Problem> {
        if self.schema != 1 {
            let message = format!("schema {} is not known to this version", self.schema);
            return Err(Problem { path: vec![PathPart::Key("schema")], message, remedy: "write `schema = 1`" });
        }
        let Thresholds { recall, balanced, precision } = &self.thresholds;
        for (profile, threshold) in Profile::ALL.iter().zip([recall, balanced, precision]) {
            let Threshold { min, max, boilerplate_ratio, prose } = threshold;
            for (key, number) in
                [("min", min), ("max", max), ("boilerplate_ratio", boilerplate_ratio), ("prose", prose)]
            {
                if !(0.0..=1.0).contains(number) {
                    return Err(Problem {
                        path: ["thresholds", profile.name(), key].map(PathPart::Key).to_vec(),
                        message: format!("`{key}` cannot be {number}"),
                        remedy: "write a number from 0 to 1",
                    });
                }
            }
        }
        let ensembles = match (self.pages, self.stage.as_slice()) {
            (false, [first, second]) => [first.build(0, Stage::First)?, second.build(1, Stage::Second)?],
            (true, [only]) => [Ensemble::default(), only.build(0, Stage::Pages)?],
            (pages, stages) => {
                let (kind, right, remedy) = match pages {
                    false => ("a model", "2 stages", "write `[[stage]]` twice"),
                    true => ("a model for pages", "1 stage", "write `[[stage]]` once"),
                };
                return Err(Problem {
                    path: vec![PathPart::Key("stage")],
                    message: format!("{kind} has {right}, this one {}", stages.len()),
                    remedy,
                });
            }
        };
        Ok(ScoringModel { for_pages: self.pages, ensembles, thresholds: [*recall, *balanced, *precision] })
    }
}

impl StageFile {
    fn build(&self, index: usize, stage: Stage) -> Result<Ensemble, Problem> {
        let path = vec![PathPart::Key("stage"), PathPart::Index(index), PathPart::Key("trees")];
        if self.trees.len() > MAX_TREES {
            let message = format!("a stage has {} trees, the limit is {MAX_TREES}", self.trees.len());
            return Err(Problem { path, message, remedy: "run `bodytext tune` with fewer --rounds" });
        }
        let features = columns_by_name(stage);
        let mut trees = Vec::with_capacity(self.trees.len());
        for (index, tree) in self.trees.iter().enumerate() {
            trees.push(tree.build(&features).map_err(|problem| Problem {
                path: [&path[..], &[PathPart::Index(index)], &problem.path].concat(),
                ..problem
            })?);
        }
        Ok(Ensemble::new(trees))
    }
}

impl TreeFile {
    fn build(&self, features: &HashMap<&str, usize>) -> Result<Tree, Problem> {
        let TreeFile { splits, leaves } = self;
        if splits.len() > MAX_DEPTH || leaves.len() != 1 << splits.len() {
            let message = format!("a tree with {} splits and {} leaves", splits.len(), leaves.len());
            let remedy = "write at most 8 splits, and 2 leaves for 1 split, 4 for 2, 8 for 3 and so on";
            return Err(Problem { path: Vec::new(), message, remedy });
        }
        if let Some(index) = leaves.iter().position(|leaf| !(-MAX_LEAF..=MAX_LEAF).contains(leaf)) {
            let path = vec![PathPart::Key("leaves"), PathPart::Index(index)];
            return Err(Problem {
                path,
                message: format!("a leaf cannot be {}", leaves[index]),
                remedy: "write a number from -32.767 to 32.767",
            });
        }
        let mut parsed = Vec::with_capacity(splits.len());
        for (index, split) in splits.iter().enumerate() {
            let (name, number) = split.split_once(" >= ").unwrap_or((split, ""));
            let (Some(&feature), Ok(threshold)) = (features.get(name), number.parse::<f32>()) else {
                return Err(Problem {
                    path: vec![PathPart::Key("splits"), PathPart::Index(index)],
                    message: format!("`{split}` is not a split of this stage"),
                    remedy: "write a feature and a number, for example `words >= 8`",
                });
            };
            parsed.push(Split { feature, threshold });
        }
        Ok(Tree { splits: parsed, leaves: leaves.clone() })
    }
}

/// The columns of a stage by the names of their features.
fn columns_by_name(stage: Stage) -> HashMap<&'static str, usize> {
    stage.column_names().enumerate().map(|(column, name)| (name, column)).collect()
}

/// A number in thousandths, without needless zeros.
fn in_thousandths(number: f32) -> String {
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if matches!(text, "" | "-0" | "0") { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_models_are_those_of_the_files_and_are_written_as_they_stand_there() {
        for (source, builtin) in [
            (include_str!("../../model.toml"), ScoringModel::builtin()),
            (include_str!("../../page-model.toml"), ScoringModel::builtin_for_pages()),
        ] {
            let model = ScoringModel::parse("model.toml", source).unwrap();
            assert_eq!(model, builtin);
            assert_eq!(model.to_toml().trim_end(), source.split_once('\n').unwrap().1.trim_end());
        }
    }
}
