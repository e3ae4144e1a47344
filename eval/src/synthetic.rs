//! Generates pages from the examples in rules, to measure speed if there are no documents.

use bodytext::unstable::Rule;

use crate::corpus::{Content, LoadedDocument};

const PAGES: usize = 400;
/// Blocks of a page: two lines of boilerplate and a paragraph each.
const BLOCKS: usize = 12;
const SENTENCES: usize = 3;

/// A corpus with the rules' `matches` as boilerplate and their `near_misses` as text.
pub fn synthetic_corpus(rules: &[Rule]) -> Vec<LoadedDocument> {
    let mut boilerplate = rules.iter().filter(|r| r.action.removes()).flat_map(Rule::matches).cycle();
    let mut text = rules.iter().flat_map(Rule::near_misses).cycle();
    let mut pages = Vec::with_capacity(PAGES);
    for number in 0..PAGES {
        let mut page = String::new();
        for _ in 0..BLOCKS {
            boilerplate.by_ref().take(2).for_each(|line| page.extend([line, "\n\n"]));
            text.by_ref().take(SENTENCES).for_each(|sentence| page.extend([sentence, " "]));
            page.push_str("\n\n");
        }
        let content = Content::Bytes(page.into_bytes(), None);
        pages.push(LoadedDocument { id: number.to_string(), host: None, title: None, content, values: Vec::new() });
    }
    pages
}
