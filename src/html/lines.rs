//! A page as lines, each with the element that it stands in and counts of what its characters are.

use std::iter;
use std::ops::Range;

use super::elements::Element;
use super::names::Meaning;
use crate::blocks::{Block, BlockKind};
use crate::markup::{FieldHints, LineRole, Place};

/// Elements with [`FieldHints`] around a line that are looked at.
const MAX_HINTED_AROUND: usize = 3;
/// The lines of a page that may have some: pages made of millions of lines would take much memory for nothing.
const MAX_LINES_WITH_HINTS: usize = 100_000;
/// The lines of such an element, at the most.
const MAX_HINTED_LINES: usize = 4;

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
    /// The indices of lines with text of inline elements that have [`FieldHints`], and these elements.
    pub(super) hinted_lines: Vec<(usize, u32)>,
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
    /// An element and those around it, from the innermost to the page.
    pub(super) fn upwards(&self, from: u32) -> impl Iterator<Item = u32> {
        iter::successors(Some(from), |&at| (at != 0).then(|| self.elements[at as usize].parent))
    }

    /// An element and those around it, from the page down.
    pub(super) fn down_to(&self, at: u32) -> Vec<u32> {
        let mut elements: Vec<u32> = self.upwards(at).collect();
        elements.reverse();
        elements
    }

    /// The innermost block that a line stands in.
    pub(super) fn block_of(&self, line: &HtmlLine) -> u32 {
        self.block_around(line.element)
    }

    fn block_around(&self, at: u32) -> u32 {
        self.upwards(at).find(|&at| self.elements[at as usize].block).unwrap_or(0)
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

    /// What the page marks each line of a text of `lines` lines as.
    pub(crate) fn field_hints(&self, lines: usize) -> Vec<FieldHints> {
        let mut hints = vec![FieldHints::default(); lines];
        let all = lines;
        let blocks = self.lines.iter().take(MAX_LINES_WITH_HINTS).flat_map(|line| {
            let hinted = |at: u32| Some(self.elements[at as usize].hinted).filter(|&hinted| hinted != 0);
            let around = move |&at: &u32| hinted(self.elements[at as usize].parent);
            let elements = iter::successors(hinted(line.element), around).take(MAX_HINTED_AROUND);
            elements.map(|element| (line.number, element))
        });
        let mut hinted: Vec<(u32, usize)> =
            blocks.chain(self.hinted_lines.iter().copied()).map(|(line, element)| (element, line)).collect();
        hinted.sort_unstable();
        hinted.dedup();
        let around_headline = self.around_headline();
        // From the innermost elements to those around them. A whole article, which has its headline, or a list of others is
        // often named after its author and its date, too.
        let of_elements = hinted.chunk_by(|a, b| a.0 == b.0).rev();
        for lines in of_elements.filter(|lines| lines.len() <= MAX_HINTED_LINES) {
            let at = lines[0].0;
            let has_heading =
                self.elements[at as usize].heading == 0 && lines.iter().any(|(_, line)| self.is_heading(*line));
            if has_heading || !self.is_of_article(at, &around_headline) {
                continue;
            }
            for (_, line) in lines.iter().filter(|(_, line)| *line < all) {
                let mut of_element = self.elements[at as usize].hints;
                // The line with the date, in a block named after the author.
                if lines.len() > 1 && hints[*line].has(FieldHints::DATE.and(FieldHints::DATE_BY_NAME)) {
                    of_element = of_element.without(FieldHints::AUTHOR_BY_NAME);
                }
                hints[*line] = hints[*line].and(of_element);
            }
        }
        for line in self.lines.iter().filter(|line| line.number < all && line.time * 5 > line.chars * 3) {
            hints[line.number] = hints[line.number].without(FieldHints::AUTHOR_BY_NAME);
        }
        hints
    }

    /// Whether a line is a heading.
    fn is_heading(&self, number: usize) -> bool {
        let line = self.lines.binary_search_by_key(&number, |line| line.number);
        line.is_ok_and(|at| self.elements[self.lines[at].element as usize].heading > 0)
    }

    /// The elements around the first headline (`<h1>`), from the page down.
    fn around_headline(&self) -> Vec<u32> {
        let headline = self.lines.iter().find(|line| self.elements[line.element as usize].heading == 1);
        headline.map(|line| self.down_to(line.element)).unwrap_or_default()
    }

    /// Whether an element is none of a comment, a menu, another article and the like. What is around the headline, too, is
    /// none of these, however it is named: layouts are named after the sidebar that they have, and some pages are a form.
    fn is_of_article(&self, at: u32, around_headline: &[u32]) -> bool {
        let is_around = |at: u32| around_headline.get(usize::from(self.elements[at as usize].depth)) == Some(&at);
        let is_of_other = |at: u32| {
            let element = &self.elements[at as usize];
            [Place::Nav, Place::Aside, Place::Form].iter().any(|place| element.own_places.has(*place))
                || element.meaning.in_common(Meaning::OTHER_ARTICLE) > 0
        };
        !self.upwards(at).take_while(|&at| !is_around(at)).any(is_of_other)
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
    pub(super) fn is_preformatted(&self, at: u32) -> bool {
        self.elements[self.block_around(at) as usize].verbatim
    }
}
