//! A text as lines: how it is split, what each line is made of, the folded view that rules see, its tokens.

pub(crate) use bodytext_pattern::fold;
pub mod line_stats;
pub mod lines;
pub(crate) mod tokens;

use line_stats::LineStats;
use lines::Line;

/// A document on its way through the stages.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The normalised text.
    pub text: &'a str,
    /// Its lines.
    pub lines: &'a [Line],
    /// What each line shows.
    pub stats: &'a [LineStats],
    /// The site it comes from, where known.
    pub host: Option<&'a str>,
}

impl<'a> Page<'a> {
    /// Line `index`, from 0, without its ending.
    pub fn line(&self, index: usize) -> &'a str {
        &self.text[self.lines[index].span()]
    }
}
