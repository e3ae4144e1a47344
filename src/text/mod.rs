//! A page as all stages after normalisation see it: its text, its lines, and the statistics of each line.

pub(crate) use bodytext_pattern::fold;
pub(crate) mod line_stats;
pub(crate) mod lines;
pub(crate) mod tokens;

use line_stats::LineStats;
use lines::{Layout, Line};

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
        let stats = line_stats::measure(text, &lines);
        Page { text, lines, stats, layout, host }
    }

    /// A line, without its ending.
    pub fn line(&self, index: usize) -> &'a str {
        &self.text[self.lines[index].span()]
    }
}
