//! Gathers what speaks for or against each line: its own shape, where it stands, what stands around it, what the page is
//! like, which rules fired. All of it is numbers, none of it words.
//! It decides nothing; [`model`](crate::scoring) weighs.
//! Sixth stage of the line.
//!
//! Blank lines have no row. Every number is linear in the length of the text: sums over neighbours come from running
//! totals.

mod context;
mod layout;
mod line;
mod names;
mod repetition;
mod stacked;

pub use names::{FEATURES, FeatureMatrix, Spacing};
pub use stacked::{STACKED_FEATURES, stacked_features};

use crate::rules::Hit;
use crate::rules::{Action, Rule, RuleSet};
use crate::text::Page;

/// Gathers the features of a document.
pub fn extract(document: &Page<'_>, hits: &[Hit], rules: &RuleSet) -> FeatureMatrix {
    let lines: Vec<usize> = (0..document.lines.len()).filter(|&i| !document.stats[i].blank).collect();
    let words = lines.iter().map(|&i| document.stats[i].words).collect();
    let mut columns = Columns(Vec::with_capacity(FEATURES.len()));
    let page = Rows { document, lines: &lines, fired: fired(document, &lines, hits, rules.rules()) };
    line::measure(&page, &mut columns);
    let segment = context::measure(&page, &mut columns);
    let spacings = layout::of_lines(&page);
    layout::measure(&page, &spacings, &segment, &mut columns);
    repetition::measure(&page, segment.clone(), rules.boilerplate_words(), &mut columns);
    context::measure_page(&page, segment, &mut columns);
    FeatureMatrix { lines, words, spacings, columns: columns.0 }
}

/// The columns gathered so far.
struct Columns(Vec<Vec<f32>>);

impl Columns {
    /// Adds the next column; its name says which that must be.
    fn add(&mut self, name: &'static str, column: impl Iterator<Item = f32>) {
        debug_assert_eq!(FEATURES[self.0.len()].0, name);
        self.0.push(column.collect());
    }
}

/// What the parts of this stage ensemble at.
struct Rows<'p> {
    document: &'p Page<'p>,
    lines: &'p [usize],
    fired: Vec<Fired>,
}

impl Rows<'_> {
    fn rows(&self) -> std::ops::Range<usize> {
        0..self.lines.len()
    }

    fn text(&self, row: usize) -> &str {
        self.document.line(self.lines[row])
    }

    fn shape(&self, row: usize) -> &crate::text::line_stats::LineStats {
        &self.document.stats[self.lines[row]]
    }
}

/// The rules that fired on a line.
#[derive(Debug, Clone, Copy, Default)]
struct Fired {
    /// How many hits would remove it or a part of it.
    hits: usize,
    /// Whether one of them removes the whole line.
    whole: bool,
    /// Whether one of them ends articles.
    end: bool,
    /// The classes of those that remove the whole line, one bit each.
    classes: u32,
}

fn fired(document: &Page<'_>, lines: &[usize], hits: &[Hit], rules: &[Rule]) -> Vec<Fired> {
    let mut row_of = vec![usize::MAX; document.lines.len()];
    for (row, &line) in lines.iter().enumerate() {
        row_of[line] = row;
    }
    let mut fired = vec![Fired::default(); lines.len()];
    for hit in hits {
        let rule = &rules[hit.rule];
        let Some(fired) = fired.get_mut(row_of[hit.line]).filter(|_| rule.action.removes()) else { continue };
        fired.hits += 1;
        if rule.action != Action::Span {
            fired.whole = true;
            fired.end |= matches!(rule.action, Action::CutAfter { .. });
            fired.classes |= 1 << rule.class as u32;
        }
    }
    fired
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{line_stats, lines};

    #[test]
    fn every_column_has_a_number_for_every_line_that_is_not_blank() {
        let text =
            "Home\n\nShare this story:\nThe harbour was shut on Monday, the master said.\n\n© 2026 Harbour Post\n";
        let (lines, _) = lines::split(text);
        let stats = line_stats::measure(text, &lines);
        let document = Page { text, lines: &lines, stats: &stats, host: None };
        let set = RuleSet::builtin();
        let features = extract(&document, &set.hits(&document), &set);
        assert_eq!(features.lines, [0, 2, 3, 5]);
        assert_eq!(features.columns.len(), FEATURES.len());
        assert!(features.columns.iter().all(|c| c.len() == 4 && c.iter().all(|x| x.is_finite())));
        let of = |name: &str| &features.columns[FEATURES.iter().position(|c| c.0 == name).unwrap()];
        assert_eq!(of("words"), &[1.0, 3.0, 9.0, 3.0]);
        assert_eq!(of("blank-around"), &[2.0, 1.0, 2.0, 1.0]);
        assert_eq!(of("year"), &[0.0, 0.0, 0.0, 1.0]);
        assert_eq!(of("copyright-sign"), &[0.0, 0.0, 0.0, 1.0]);
        assert_eq!(of("segment-position"), &[1.0, 1.0, 0.0, 2.0]);
        assert_eq!(of("page-paragraphs"), &[1.0; 4]);
        assert_eq!(of("boilerplate-words"), &[0.0, 1.0, 0.0, 0.0]);
        // "Harbour" stands in the line of rights too.
        assert_eq!(of("vocabulary-in-boilerplate"), &[0.0, 0.0, 0.2, 0.0]);
    }

    #[test]
    fn lines_know_what_is_set_like_them_and_told_twice() {
        let paragraph = "The harbour was shut on Monday after the storm had broken the pier, the master said.";
        let text = format!("Menu\n\n  {paragraph}\n\n  {paragraph}\n\n      More of it\n");
        let (lines, _) = lines::split(&text);
        let stats = line_stats::measure(&text, &lines);
        let document = Page { text: &text, lines: &lines, stats: &stats, host: None };
        let features = extract(&document, &[], &RuleSet::empty());
        let of = |name: &str| &features.columns[FEATURES.iter().position(|c| c.0 == name).unwrap()];
        assert_eq!(of("indent-to-segment"), &[-2.0, 0.0, 0.0, 4.0]);
        assert_eq!(of("indent-share"), &[0.0, 1.0, 1.0, 0.0]);
        assert_eq!(of("spacing-share"), &[0.0, 1.0, 1.0, 0.0]);
        assert_eq!(of("repeated-4grams-above"), &[-1.0, 0.0, 1.0, -1.0]);
        assert_eq!(of("repeated-4grams-below"), &[-1.0, 1.0, 0.0, -1.0]);
    }

    #[test]
    fn an_empty_document_has_no_rows() {
        let document = Page { text: "", lines: &[], stats: &[], host: None };
        let features = extract(&document, &[], &RuleSet::empty());
        assert!(features.lines.is_empty() && features.columns.iter().all(Vec::is_empty));
    }
}
