//! Says in plain words what a line with a low score looks like to the model. The words name what the line has, not how
//! the model weighs it; `-v` has the numbers.

use bodytext::LineClass;
use bodytext::unstable::{FeatureMatrix, feature_docs};

/// The values of the features of one line.
pub(super) struct LineFeatures<'f> {
    pub(super) features: &'f FeatureMatrix,
    pub(super) row: usize,
}

impl LineFeatures<'_> {
    /// For example "short line among boilerplate, below the article". The class of the line says where it is.
    pub(super) fn in_words(&self, class: LineClass) -> String {
        let place = match class {
            LineClass::Navigation => ", above the article",
            LineClass::Related => ", below the article",
            _ => "",
        };
        [self.itself(), self.around(), place].concat()
    }

    fn itself(&self) -> &'static str {
        let words = self.value("words");
        match self.value("ends-with") {
            _ if self.value("duplicate-lines") > 1.0 => "repeated line",
            _ if words <= 3.0 => "very short line",
            _ if words <= 9.0 => "short line",
            1.0..=3.0 => "sentence",
            _ => "line that is no whole sentence",
        }
    }

    fn around(&self) -> &'static str {
        match self.value("words-within-3") {
            _ if self.value("rules-within-3") >= 0.3 => " among boilerplate",
            _ if self.value("bullets-within-3") >= 0.5 => " among list entries",
            words if words < 8.0 => " among short lines",
            _ if self.value("prose-within-3") >= 0.5 => " between paragraphs",
            _ => "",
        }
    }

    fn value(&self, name: &str) -> f32 {
        let stacked = feature_docs().count() - self.features.slices().len();
        let column = feature_docs().skip(stacked).position(|(feature, _)| feature == name);
        column.map_or(0.0, |column| self.features.column(column)[self.row])
    }
}

#[cfg(test)]
mod tests {
    use bodytext::{Cleaner, Options};

    use super::*;

    #[test]
    fn a_menu_entry_is_a_short_line_among_short_lines() {
        let page = "Ferries\nTimetables\nFares\nHarbours\n\nThe ferry left the pier late on Monday evening, and nobody on \
                    the quay knew why it had waited for so long.\n\nIt came back at nine with a broken lamp.\n";
        let cleaner = Cleaner::builtin(Options::default());
        let features = cleaner.features(page, None).unwrap();
        let line = LineFeatures { features: &features, row: 1 };
        let words = "very short line among short lines";
        assert_eq!(line.in_words(LineClass::Navigation), format!("{words}, above the article"));
        assert_eq!(line.in_words(LineClass::Boilerplate), words);
        for name in ["words", "ends-with", "duplicate-lines", "rules-within-3", "bullets-within-3", "prose-within-3"] {
            assert!(feature_docs().any(|(feature, _)| feature == name), "{name}");
        }
    }
}
