//! A page as all stages after normalisation see it: its text, its lines, and the statistics of each line.

pub(crate) use bodytext_pattern::{fold, tokens};
mod block;
pub(crate) mod byte_classes;
mod char_class;
pub(crate) mod lexicon;
mod line_counts;
pub(crate) mod line_stats;
pub(crate) mod lines;
mod scan;

use crate::markup::LineRole;
pub(crate) use block::ones;
use bodytext_pattern::index::FoldedLine;
use line_stats::LineStats;
use lines::{Layout, Line};
pub(crate) use scan::Row;
use scan::Scan;
pub(crate) use scan::Scanner;
use tokens::Token;

/// A normalised text as lines.
#[derive(Debug, Clone)]
pub struct Page<'a> {
    /// The text.
    pub text: &'a str,
    /// Its lines.
    pub lines: Vec<Line>,
    /// The stats of each line.
    pub stats: Vec<LineStats>,
    /// How the lines relate to paragraphs.
    pub layout: Layout,
    /// The site it comes from, if known.
    pub host: Option<&'a str>,
    /// What markup says of each line; empty for plain text.
    pub(crate) roles: &'a [LineRole],
    scan: Scan,
}

impl<'a> Page<'a> {
    /// Splits a text into lines, by its layout.
    pub fn new(text: &'a str, host: Option<&'a str>) -> Page<'a> {
        let (lines, layout) = lines::split(text);
        Page::with_lines(text, lines, layout, host)
    }

    /// A page whose lines end at line breaks only, whatever its layout.
    pub(crate) fn at_line_breaks(text: &'a str, host: Option<&'a str>) -> Page<'a> {
        Page::with_lines(text, lines::split_at_line_breaks(text), Layout::Blocks, host)
    }

    /// A page with lines that are already split.
    pub(crate) fn with_lines(text: &'a str, lines: Vec<Line>, layout: Layout, host: Option<&'a str>) -> Page<'a> {
        let (stats, scan) = scan::scan(text, &lines);
        Page { text, lines, stats, layout, host, roles: &[], scan }
    }

    /// The same page with what markup says of each line.
    pub(crate) fn with_roles(self, roles: &'a [LineRole]) -> Page<'a> {
        Page { roles, ..self }
    }

    /// A line, without its ending.
    #[inline]
    pub fn line(&self, index: usize) -> &'a str {
        &self.text[self.lines[index].span()]
    }

    /// The folded text of a line, to search for patterns; empty if it is blank.
    pub(crate) fn folded(&self, index: usize) -> FoldedLine<'_> {
        let range = &self.scan.folded[index];
        FoldedLine::new(&self.scan.folded_text[range.start..], range.len())
    }

    /// The same text alone.
    pub(crate) fn folded_text(&self, index: usize) -> &str {
        &self.scan.folded_text[self.scan.folded[index].clone()]
    }

    /// The lines that are not blank.
    #[inline]
    pub(crate) fn rows(&self) -> &[Row] {
        &self.scan.rows
    }

    /// The text of a row, without whitespace at its edges.
    #[inline]
    pub(crate) fn row_text(&self, row: &Row) -> &'a str {
        &self.text[row.start..row.end]
    }

    /// The first two words of a row.
    #[inline]
    pub(crate) fn first_two_words(&self, row: &Row) -> &'a str {
        &self.text[row.start..row.two_words_end]
    }

    /// The words of a row.
    pub(crate) fn tokens_of(&self, row: usize) -> &[Token] {
        let start = row.checked_sub(1).map_or(0, |before| self.rows()[before].tokens_end);
        &self.scan.tokens[start..self.rows()[row].tokens_end]
    }

    /// The words of all rows, one row after the other; [`Row::tokens_end`] says where each ends.
    #[inline]
    pub(crate) fn tokens(&self) -> &[Token] {
        &self.scan.tokens
    }
}
