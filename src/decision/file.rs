//! How a decision is written into a rule file, and read from it.
//! It checks that what is written can be weighed; it weighs nothing.
//! At the edge of the rules, before the line begins.

use std::collections::HashMap;
use std::fmt::Write;

use serde::Deserialize;

use super::{Decision, Look, MAX_DEPTH, Question, Tree, column_names};
use crate::model::{Profile, Threshold};
use crate::rules::Spanned;

/// A look may have so many trees: more would cost more time than all rules.
const MAX_TREES: usize = 2_000;

/// The part `[decision]` of a rule file.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionFile {
    /// What a line must score to stay, by profile.
    profiles: ProfilesFile,
    /// The two looks.
    #[cfg_attr(feature = "cli", schemars(with = "Vec<LookFile>"))]
    look: Spanned<Vec<LookFile>>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ProfilesFile {
    /// Only what is nearly surely furniture goes.
    gentle: ThresholdFile,
    /// The default.
    balanced: ThresholdFile,
    /// What is more likely furniture than body goes.
    strict: ThresholdFile,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ThresholdFile {
    /// The score to reach on a page without furniture, 0 to 1.
    clean: f32,
    /// The score to reach on a page whose share of words on lines that score below one half is `dirt` or more, 0 to 1.
    dirty: f32,
    /// See `dirty`.
    dirt: f32,
    /// What both are multiplied with for lines of prose, 0 to 1.
    prose: f32,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct LookFile {
    /// The trees whose sums are added up.
    #[cfg_attr(feature = "cli", schemars(with = "Vec<TreeFile>"))]
    trees: Vec<Spanned<TreeFile>>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct TreeFile {
    /// Questions, each a column and a number: `words >= 8`.
    on: Vec<String>,
    /// What is added: one number for each way to answer; answer k counts 2 to the k where it is yes.
    add: Vec<f32>,
}

impl DecisionFile {
    /// The decision, or where it is wrong, what is wrong, and what to write instead.
    pub(crate) fn build(&self) -> Result<Decision, (usize, String, &'static str)> {
        let start = self.look.start();
        let looks = self.look.get_ref();
        let [first, second] = looks.as_slice() else {
            return Err((
                start,
                format!("a decision has 2 looks, this one {}", looks.len()),
                "write `[[decision.look]]` twice",
            ));
        };
        let ProfilesFile { gentle, balanced, strict } = &self.profiles;
        for profile in [gentle, balanced, strict] {
            let numbers = [profile.clean, profile.dirty, profile.dirt, profile.prose];
            if let Some(wrong) = numbers.into_iter().find(|n| !(0.0..=1.0).contains(n)) {
                return Err((start, format!("a profile holds {wrong}"), "write numbers from 0 to 1"));
            }
        }
        let threshold = |t: &ThresholdFile| Threshold { clean: t.clean, dirty: t.dirty, dirt: t.dirt, prose: t.prose };
        let thresholds = [threshold(gentle), threshold(balanced), threshold(strict)];
        Ok(Decision { looks: [first.build(0, start)?, second.build(1, start)?], thresholds })
    }
}

impl LookFile {
    fn build(&self, look: usize, start: usize) -> Result<Look, (usize, String, &'static str)> {
        if self.trees.len() > MAX_TREES {
            let message = format!("a look has {} trees, the limit is {MAX_TREES}", self.trees.len());
            return Err((start, message, "tune with fewer rounds"));
        }
        let index: HashMap<&str, usize> = column_names(look).enumerate().map(|(i, name)| (name, i)).collect();
        let tree = |spanned: &Spanned<TreeFile>| {
            let at = spanned.start();
            let tree = spanned.get_ref();
            if tree.on.len() > MAX_DEPTH || tree.add.len() != 1 << tree.on.len() {
                let message = format!("a tree with {} questions and {} numbers", tree.on.len(), tree.add.len());
                return Err((at, message, "write at most 8 questions, and one number for each way to answer them"));
            }
            if let Some(wrong) = tree.add.iter().find(|n| !n.is_finite()) {
                return Err((at, format!("a tree adds {wrong}"), "write a number"));
            }
            let questions = tree.on.iter().map(|question| {
                let (name, number) = question.split_once(" >= ").unwrap_or((question, ""));
                let (Some(&column), Ok(at_least)) = (index.get(name), number.parse::<f32>()) else {
                    return Err((
                        at,
                        format!("`{question}` is no question of this look"),
                        "write a column and a number, for example `words >= 8`",
                    ));
                };
                Ok(Question { column, at_least })
            });
            Ok(Tree { questions: questions.collect::<Result<_, _>>()?, adds: tree.add.clone() })
        };
        Ok(Look::new(self.trees.iter().map(tree).collect::<Result<_, _>>()?))
    }
}

impl Decision {
    /// The decision as it stands in a rule file; the numbers added are rounded to thousandths.
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        for profile in Profile::ALL {
            let Threshold { clean, dirty, dirt, prose } = self.threshold(profile);
            let _ = writeln!(
                out,
                "[decision.profiles.{}]\nclean = {clean:?}\ndirty = {dirty:?}\ndirt = {dirt:?}\nprose = {prose:?}\n",
                profile.name()
            );
        }
        for (number, look) in self.looks.iter().enumerate() {
            let names: Vec<&str> = column_names(number).collect();
            out.push_str("[[decision.look]]\ntrees = [\n");
            for tree in look.trees() {
                let on: Vec<String> =
                    tree.questions.iter().map(|q| format!("\"{} >= {}\"", names[q.column], q.at_least)).collect();
                let add: Vec<String> = tree.adds.iter().map(|a| short(*a)).collect();
                let _ = writeln!(out, "  {{ on = [{}], add = [{}] }},", on.join(", "), add.join(", "));
            }
            out.push_str("]\n\n");
        }
        out
    }

    /// The decision as [`to_toml`](Self::to_toml) writes it: rounded.
    #[must_use]
    pub fn rounded(mut self) -> Decision {
        for look in &mut self.looks {
            let mut trees = look.trees().to_vec();
            trees.iter_mut().flat_map(|t| &mut t.adds).for_each(|a| *a = short(*a).parse().unwrap_or(*a));
            *look = Look::new(trees);
        }
        self
    }
}

fn short(number: f32) -> String {
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if matches!(text, "" | "-0" | "0") { "0".to_owned() } else { text.to_owned() }
}
