//! A page as lines, each with the element that it stands in and counts of what its characters are.

use std::ops::Range;

use super::elements::Element;
use crate::blocks::{Block, BlockKind};
use crate::markup::LineRole;

/// A page that was read.
#[derive(Debug, Clone)]
pub(crate) struct HtmlPage {
    /// What a text browser would show.
    pub(crate) text: String,
    /// The lines of the text that are not blank.
    pub(super) lines: Vec<HtmlLine>,
    pub(super) elements: Vec<Element>,
    /// Where links and words that stand out begin and end.
    pub(super) marks: Vec<InlineMark>,
    /// The addresses of the links, one after the other.
    pub(super) addresses: String,
    /// Its title, by `<title>` or the title for social networks.
    pub(crate) title: Option<String>,
}

/// The place of a mark.
#[derive(Debug, Clone)]
pub(super) struct InlineMark {
    /// The index of its line among all lines of the text, and the byte of the line before which it is.
    pub(super) line: usize,
    pub(super) at: u32,
    pub(super) kind: MarkKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MarkKind {
    /// Strong words begin or end.
    Strong,
    /// Emphasised words begin or end.
    Emphasis,
    /// Code begins or ends.
    Code,
    LinkStart,
    /// The link ends; its address in [`HtmlPage::addresses`].
    LinkEnd(Range<usize>),
}

/// A line that is not blank.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct HtmlLine {
    /// Its index among all lines of the text.
    pub(super) number: usize,
    /// The innermost element around its first character.
    pub(super) element: u32,
    /// Its length in bytes.
    pub(super) bytes: u32,
    /// Its characters, without whitespace, and how many of them are links, and so on.
    pub(super) chars: u32,
    pub(super) linked: u32,
    pub(super) strong: u32,
    pub(super) emphasized: u32,
    pub(super) small: u32,
    pub(super) time: u32,
    pub(super) uppercase: u32,
    /// The bytes that are the text of links.
    pub(super) linked_bytes: u32,
    /// Links that begin in it.
    pub(super) links: u32,
    /// Signs that end sentences.
    pub(super) sentences: u32,
    /// Cells after the first, if it is the row of a table.
    pub(super) cells: u32,
    /// It is an item of a list; its number if the list has numbers.
    pub(super) item: bool,
    pub(super) item_number: u32,
    /// It begins after a line break (`<br>`).
    pub(super) after_break: bool,
}

impl HtmlPage {
    /// The innermost block that a line stands in.
    pub(super) fn block_of(&self, line: &HtmlLine) -> u32 {
        let mut at = line.element;
        while !self.elements[at as usize].block && at != 0 {
            at = self.elements[at as usize].parent;
        }
        at
    }

    /// What the page says of each line of a text of `lines` lines.
    pub(crate) fn roles(&self, lines: usize) -> Vec<LineRole> {
        let mut roles = vec![LineRole::default(); lines];
        for line in self.lines.iter().filter(|line| line.number < lines) {
            let element = &self.elements[line.element as usize];
            roles[line.number] = LineRole {
                heading: element.heading,
                linked: line.linked_bytes,
                card: false,
                in_table: line.cells > 0,
                in_list: line.item,
                places: element.places,
            };
        }
        roles
    }

    /// Preformatted text, and the rows of a table and the items of a list that follow each other.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let kind = |line: &HtmlLine| match &self.elements[line.element as usize] {
            element if element.verbatim && self.is_preformatted(line.element) => Some((BlockKind::Code, 0)),
            element if line.cells > 0 => Some((BlockKind::Table, element.table)),
            element if line.item => Some((BlockKind::List, element.list)),
            _ => None,
        };
        let kinds: Vec<Option<(BlockKind, u32)>> = self.lines.iter().map(kind).collect();
        let mut blocks = Vec::new();
        let mut start = 0;
        for run in kinds.chunk_by(|a, b| a == b) {
            let lines = self.lines[start].number..self.lines[start + run.len() - 1].number + 1;
            start += run.len();
            let is_one = |kind| kind == BlockKind::Code || run.len() >= 2;
            blocks.extend(run[0].filter(|(kind, _)| is_one(*kind)).map(|(kind, _)| Block { kind, lines }));
        }
        blocks
    }

    /// Whether a whole block around an element is preformatted, not only some words.
    pub(super) fn is_preformatted(&self, mut at: u32) -> bool {
        loop {
            let element = &self.elements[at as usize];
            if element.block || at == 0 {
                return element.verbatim;
            }
            at = element.parent;
        }
    }
}
