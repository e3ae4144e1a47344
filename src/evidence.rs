//! Gathers what speaks for or against each line: its own shape, where it stands, what stands around it, what the page is
//! like, which rules fired. All of it is numbers, none of it words.
//! It decides nothing; [`decision`](crate::decision) weighs.
//! Sixth stage of the line.
//!
//! Blank lines have no row. Every number is linear in the length of the text: sums over neighbours come from running
//! totals.

mod around;
mod own;
mod repeated;
mod spacing;

use crate::model::{COLUMNS, Document, Evidence, Signal};
use crate::rules::{Kind, Rule, RuleSet};

/// Gathers the evidence of a document.
pub fn gather(document: &Document<'_>, signals: &[Signal], rules: &RuleSet) -> Evidence {
    let lines: Vec<usize> = (0..document.lines.len()).filter(|&i| !document.features[i].blank).collect();
    let words = lines.iter().map(|&i| document.features[i].words).collect();
    let mut columns = Columns(Vec::with_capacity(COLUMNS.len()));
    let page = Page { document, lines: &lines, fired: fired(document, &lines, signals, rules.rules()) };
    own::measure(&page, &mut columns);
    let stretch = around::measure(&page, &mut columns);
    let spacings = spacing::of_lines(&page);
    spacing::measure(&page, &spacings, &stretch, &mut columns);
    repeated::measure(&page, stretch.clone(), rules.cues(), &mut columns);
    around::measure_page(&page, stretch, &mut columns);
    Evidence { lines, words, spacings, columns: columns.0 }
}

/// The columns gathered so far.
struct Columns(Vec<Vec<f32>>);

impl Columns {
    /// Adds the next column; its name says which that must be.
    fn add(&mut self, name: &'static str, column: impl Iterator<Item = f32>) {
        debug_assert_eq!(COLUMNS[self.0.len()].0, name);
        self.0.push(column.collect());
    }
}

/// What the parts of this stage look at.
struct Page<'p> {
    document: &'p Document<'p>,
    lines: &'p [usize],
    fired: Vec<Fired>,
}

impl Page<'_> {
    fn rows(&self) -> std::ops::Range<usize> {
        0..self.lines.len()
    }

    fn text(&self, row: usize) -> &str {
        self.document.line(self.lines[row])
    }

    fn shape(&self, row: usize) -> &crate::model::Features {
        &self.document.features[self.lines[row]]
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

fn fired(document: &Document<'_>, lines: &[usize], signals: &[Signal], rules: &[Rule]) -> Vec<Fired> {
    let mut row_of = vec![usize::MAX; document.lines.len()];
    for (row, &line) in lines.iter().enumerate() {
        row_of[line] = row;
    }
    let mut fired = vec![Fired::default(); lines.len()];
    for signal in signals {
        let rule = &rules[signal.rule];
        let Some(fired) = fired.get_mut(row_of[signal.line]).filter(|_| rule.kind.removes()) else { continue };
        fired.hits += 1;
        if rule.kind != Kind::Span {
            fired.whole = true;
            fired.end |= rule.kind == Kind::End;
            fired.classes |= 1 << rule.class as u32;
        }
    }
    fired
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{features, lines};

    #[test]
    fn every_column_has_a_number_for_every_line_that_is_not_blank() {
        let text =
            "Home\n\nShare this story:\nThe harbour was shut on Monday, the master said.\n\n© 2026 Harbour Post\n";
        let (lines, _) = lines::split(text);
        let features = features::measure(text, &lines);
        let document = Document { text, lines: &lines, features: &features, host: None };
        let set = RuleSet::builtin();
        let evidence = gather(&document, &set.signals(&document), &set);
        assert_eq!(evidence.lines, [0, 2, 3, 5]);
        assert_eq!(evidence.columns.len(), COLUMNS.len());
        assert!(evidence.columns.iter().all(|c| c.len() == 4 && c.iter().all(|x| x.is_finite())));
        let of = |name: &str| &evidence.columns[COLUMNS.iter().position(|c| c.0 == name).unwrap()];
        assert_eq!(of("words"), &[1.0, 3.0, 9.0, 3.0]);
        assert_eq!(of("blank-around"), &[2.0, 1.0, 2.0, 1.0]);
        assert_eq!(of("year"), &[0.0, 0.0, 0.0, 1.0]);
        assert_eq!(of("rights-sign"), &[0.0, 0.0, 0.0, 1.0]);
        assert_eq!(of("stretch-side"), &[1.0, 1.0, 0.0, 2.0]);
        assert_eq!(of("page-paragraphs"), &[1.0; 4]);
        assert_eq!(of("cues"), &[0.0, 1.0, 0.0, 0.0]);
        // "Harbour" stands in the line of rights too.
        assert_eq!(of("known-to-furniture"), &[0.0, 0.0, 0.2, 0.0]);
    }

    #[test]
    fn lines_know_what_is_set_like_them_and_told_twice() {
        let paragraph = "The harbour was shut on Monday after the storm had broken the pier, the master said.";
        let text = format!("Menu\n\n  {paragraph}\n\n  {paragraph}\n\n      More of it\n");
        let (lines, _) = lines::split(&text);
        let features = features::measure(&text, &lines);
        let document = Document { text: &text, lines: &lines, features: &features, host: None };
        let evidence = gather(&document, &[], &RuleSet::empty());
        let of = |name: &str| &evidence.columns[COLUMNS.iter().position(|c| c.0 == name).unwrap()];
        assert_eq!(of("indent-to-stretch"), &[-2.0, 0.0, 0.0, 4.0]);
        assert_eq!(of("indent-share"), &[0.0, 1.0, 1.0, 0.0]);
        assert_eq!(of("spacing-share"), &[0.0, 1.0, 1.0, 0.0]);
        assert_eq!(of("told-above"), &[-1.0, 0.0, 1.0, -1.0]);
        assert_eq!(of("told-below"), &[-1.0, 1.0, 0.0, -1.0]);
    }

    #[test]
    fn an_empty_document_has_no_rows() {
        let document = Document { text: "", lines: &[], features: &[], host: None };
        let evidence = gather(&document, &[], &RuleSet::empty());
        assert!(evidence.lines.is_empty() && evidence.columns.iter().all(Vec::is_empty));
    }
}
