//! Computes the features of every line: numbers about the line itself, its context, its page and the rules that fired.
//! They are the only input of a [`ScoringModel`](crate::ScoringModel).
//!
//! [`table`] declares each feature once and [`columns`] fills its column; the other files prepare the inputs of one group
//! each. Computing all of them takes time linear in the length of the text: sums over neighbours use prefix sums.

mod columns;
mod context;
mod layout;
mod line;
mod markup;
mod page;
mod repetition;
mod rows;
mod stacked;
mod table;
mod word_tables;

use crate::html::HINTS;
use crate::rules::{Hit, RuleSet};
use crate::text::Page;
pub use layout::Spacing;
use rows::Rows;
pub(crate) use stacked::STACKED_FEATURES;
pub use stacked::stacked_features;
pub(crate) use table::FEATURES;
use table::FeatureInputs;

pub(crate) struct Feature<Column> {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    /// Computes its value for every row.
    column: Column,
}

/// The features of a page: a row for each line that is not blank, a column for each feature of stage 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeatureMatrix {
    /// The lines of the rows, as indices into the lines of the page.
    pub lines: Vec<usize>,
    /// The words of each row.
    pub words: Vec<usize>,
    /// The spacing of each row.
    pub spacings: Vec<Spacing>,
    /// The columns one after the other, in the order of the table; of a web page those of the hints after them.
    pub values: Vec<f32>,
}

impl FeatureMatrix {
    /// The column of a feature, by its place in the table.
    pub fn column(&self, feature: usize) -> &[f32] {
        let rows = self.lines.len();
        &self.values[feature * rows..(feature + 1) * rows]
    }

    /// The columns as slices.
    pub fn slices(&self) -> Vec<&[f32]> {
        let columns = self.values.len() / self.lines.len().max(1);
        (0..columns).map(|feature| self.column(feature)).collect()
    }
}

/// Every feature with its meaning: the stacked features of stage 2, then those of stage 1, then the hints of web pages.
pub fn feature_docs() -> impl Iterator<Item = (&'static str, &'static str)> {
    let stacked = STACKED_FEATURES.iter().map(|feature| (feature.name, feature.doc.trim_start()));
    let hints = HINTS.iter().map(|hint| (hint.name, hint.doc.trim_start()));
    stacked.chain(FEATURES.iter().map(|feature| (feature.name, feature.doc.trim_start()))).chain(hints)
}

/// Computes the features of a page from its lines and the hits of the rules on them.
pub fn extract(page: &Page<'_>, hits: &[Hit], rules: &RuleSet) -> FeatureMatrix {
    let inputs = FeatureInputs::new(Rows::new(page, hits, rules.rules()), rules.boilerplate_words());
    let rows = inputs.row.len();
    let mut values = Vec::with_capacity(FEATURES.len() * rows);
    for feature in FEATURES {
        let start = values.len();
        values.resize(start + rows, 0.0);
        (feature.column)(&inputs, &mut values[start..]);
    }
    FeatureMatrix {
        lines: inputs.row.iter().map(|row| row.line).collect(),
        words: inputs.stats.iter().map(|stats| stats.words).collect(),
        spacings: inputs.spacing,
        values,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extracted(text: &str, rules: &RuleSet) -> FeatureMatrix {
        let page = Page::new(text, None);
        extract(&page, &rules.hits(&page), rules)
    }

    fn column<'m>(matrix: &'m FeatureMatrix, name: &str) -> &'m [f32] {
        matrix.column(FEATURES.iter().position(|feature| feature.name == name).unwrap())
    }

    #[test]
    fn every_line_that_is_not_blank_has_a_value_of_every_feature() {
        let text =
            "Home\n\nShare this story:\nThe harbour was shut on Monday, the master said.\n\n© 2026 Harbour Post\n";
        let matrix = extracted(text, &RuleSet::builtin());
        assert_eq!(matrix.lines, [0, 2, 3, 5]);
        assert_eq!(matrix.values.len(), 4 * FEATURES.len());
        assert!(matrix.values.iter().all(|x| x.is_finite()));
        assert_eq!(column(&matrix, "words"), &[1.0, 3.0, 9.0, 3.0]);
        assert_eq!(column(&matrix, "blank-around"), &[2.0, 1.0, 2.0, 1.0]);
        assert_eq!(column(&matrix, "year"), &[0.0, 0.0, 0.0, 1.0]);
        assert_eq!(column(&matrix, "copyright-sign"), &[0.0, 0.0, 0.0, 1.0]);
        assert_eq!(column(&matrix, "segment-position"), &[1.0, 1.0, 0.0, 2.0]);
        assert_eq!(column(&matrix, "page-paragraphs"), &[1.0; 4]);
        assert_eq!(column(&matrix, "boilerplate-words"), &[0.0, 1.0, 0.0, 0.0]);
        // "Harbour" stands in the copyright line too.
        assert_eq!(column(&matrix, "vocabulary-in-boilerplate"), &[0.0, 0.0, 0.2, 0.0]);
    }

    #[test]
    fn spacing_and_repetition_are_measured_across_lines() {
        let paragraph = "The harbour was shut on Monday after the storm had broken the pier, the master said.";
        let text = format!("Menu\n\n  {paragraph}\n\n  {paragraph}\n\n      More of it\n");
        let matrix = extracted(&text, &RuleSet::empty());
        assert_eq!(column(&matrix, "indent-to-segment"), &[-2.0, 0.0, 0.0, 4.0]);
        assert_eq!(column(&matrix, "indent-share"), &[0.0, 1.0, 1.0, 0.0]);
        assert_eq!(column(&matrix, "spacing-share"), &[0.0, 1.0, 1.0, 0.0]);
        assert_eq!(column(&matrix, "repeated-4grams-above"), &[-1.0, 0.0, 1.0, -1.0]);
        assert_eq!(column(&matrix, "repeated-4grams-below"), &[-1.0, 1.0, 0.0, -1.0]);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = feature_docs().map(|(name, _)| name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }

    #[test]
    fn an_empty_page_has_no_rows() {
        let matrix = extracted("", &RuleSet::empty());
        assert!(matrix.lines.is_empty() && matrix.values.is_empty());
    }
}
