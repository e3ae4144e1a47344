//! Counts which rules fire on documents, how often and on what.

use std::collections::HashSet;

use bodytext::{Cleaned, Cleaner, Heuristic, Reason};
use rayon::prelude::*;
use serde::Serialize;

use crate::corpus::LoadedDocument;

/// How often a rule fired, and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Firings {
    /// The documents it fired in.
    pub documents: u64,
    /// The lines it fired on. Lines above or below that went with one of these are not counted.
    pub lines: u64,
    /// How many of these lines were removed, or cut.
    pub removed: u64,
    /// The first of them, as it stands in the text.
    pub sample: Option<String>,
}

/// The firings of every rule of the cleaner, in the order of the rules.
pub fn count_firings(cleaner: &Cleaner, documents: &[LoadedDocument]) -> Vec<Firings> {
    let rules = cleaner.rules().rules().len();
    let of_document = |document: &LoadedDocument| firings_in(&cleaner.clean(document.bytes(), document.about()));
    let mut all = vec![Firings::default(); rules];
    for (rule, removed, line) in documents.par_iter().map(of_document).collect::<Vec<_>>().into_iter().flatten() {
        let firings: &mut Firings = &mut all[rule];
        firings.documents += u64::from(line.is_first);
        firings.lines += 1;
        firings.removed += u64::from(removed);
        firings.sample.get_or_insert(line.text);
    }
    all
}

struct FiredOn {
    text: String,
    /// Of its document.
    is_first: bool,
}

/// Each rule with each line it fired on, and whether that line lost something.
fn firings_in(cleaned: &Cleaned<'_>) -> Vec<(usize, bool, FiredOn)> {
    let mut found: Vec<(usize, bool, FiredOn)> = Vec::new();
    let mut seen = HashSet::new();
    for (line, verdict) in cleaned.verdicts.iter().enumerate() {
        for (at, reason) in verdict.reasons.iter().enumerate() {
            let Reason::Rule(rule) = *reason else { continue };
            let went_along = matches!(
                verdict.reasons.get(at + 1),
                Some(Reason::Heuristic(Heuristic::AfterEnd | Heuristic::BeforeStart))
            );
            if !went_along {
                let is_first = seen.insert(rule);
                // Only the first line of a document can become the sample.
                let text = if is_first { cleaned.line(line).trim().to_owned() } else { String::new() };
                found.push((rule, !verdict.keep || !verdict.cuts.is_empty(), FiredOn { text, is_first }));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use bodytext::{Options, RuleSet};

    use super::*;
    use crate::corpus::Content;

    #[test]
    fn lines_and_documents_are_counted_and_the_first_line_is_the_sample() {
        let cleaner = Cleaner::new(RuleSet::builtin(), None, Options::default());
        let page = "Share this story\n\nThe harbour is open again, and the ferry sails at nine each day of the week.\n\nShare this story:\n";
        let document = |text: &str| LoadedDocument {
            id: String::new(),
            host: None,
            title: None,
            content: Content::Text(text.to_owned()),
            values: Vec::new(),
        };
        let firings = count_firings(&cleaner, &[document(page), document(page)]);
        let of = |id: &str| {
            let rule = cleaner.rules().rules().iter().position(|rule| rule.id == id);
            firings[rule.unwrap_or_default()].clone()
        };
        let expected = Firings { documents: 2, lines: 4, removed: 4, sample: Some("Share this story".to_owned()) };
        assert_eq!(of("en.share.prompt"), expected);
        assert_eq!(of("de.share.prompt"), Firings::default());
    }
}
