//! Reads Markdown: each line as a reader sees it, and what its marks are part of.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::Places;
use crate::blocks::{Block, BlockKind};
use crate::text::lines::{Line, split_at_line_breaks};

/// What a line without text for a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mark {
    /// It has text, or it is blank.
    #[default]
    None,
    /// A line of a code block, its fences and blank lines among them, or of the front matter. It is never judged.
    Verbatim,
    /// A mark of a block that goes with the lines of the block: what is between the head of a table and its rows, the
    /// line under a heading, an empty quotation.
    Block,
    /// Images, tags and empty links, which say nothing without their page.
    Embedded,
    /// A rule across the page: it stays between kept lines.
    Loose,
    /// The definition of a link. It stays if a kept line refers to it.
    Definition,
}

/// A Markdown text.
#[derive(Debug)]
pub(crate) struct Markdown {
    /// The text as a reader sees it: a line for each line.
    pub(crate) visible: String,
    /// The lines of the raw text.
    pub(crate) lines: Vec<Line>,
    /// The lines of the visible text.
    pub(crate) visible_lines: Vec<Line>,
    /// What the lines without visible text are.
    pub(crate) marks: Vec<Mark>,
    /// The tables and the outermost lists.
    pub(crate) blocks: Vec<Block>,
    /// The label and the line of each definition of a link.
    pub(crate) definitions: Vec<(String, usize)>,
    /// Marks inside lines that a reader does not see: anchors, links without text and links to the heading itself. The
    /// line and the range in the raw text.
    pub(crate) anchors: Vec<(usize, Range<usize>)>,
    /// What the marks say of each line.
    pub(crate) roles: Vec<LineRole>,
}

/// What the marks of a text say of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LineRole {
    /// The level of the heading that it is, 0 if it is none.
    pub(crate) heading: u8,
    /// The bytes of its text that are the text of links.
    pub(crate) linked: u32,
    /// It is one link with an image in it, to another page: the card of a teaser.
    pub(crate) card: bool,
    /// In a table.
    pub(crate) in_table: bool,
    /// In a list.
    pub(crate) in_list: bool,
    /// The parts of a web page that it stands in.
    pub(crate) places: Places,
}

impl Markdown {
    /// Reads a text.
    pub(crate) fn read(raw: &str) -> Markdown {
        let lines = split_at_line_breaks(raw);
        let mut reader = Reader {
            raw,
            texts: vec![String::new(); lines.len()],
            marks: vec![Mark::None; lines.len()],
            blocks: Vec::new(),
            lines: &lines,
            anchors: Vec::new(),
            roles: vec![LineRole::default(); lines.len()],
            links: Vec::new(),
            hidden: 0,
            verbatim: false,
            lists: 0,
        };
        let options = Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
        let parser = Parser::new_ext(raw, options);
        let definitions: Vec<(String, usize)> = parser
            .reference_definitions()
            .iter()
            .map(|(label, definition)| (label.to_lowercase(), reader.line_of(definition.span.start)))
            .collect();
        for (event, range) in parser.into_offset_iter() {
            reader.read(event, range);
        }
        let Reader { texts, mut marks, blocks, anchors, mut roles, .. } = reader;
        for Block { kind, lines } in &blocks {
            for role in &mut roles[lines.clone()] {
                role.in_table |= *kind == BlockKind::Table;
                role.in_list |= *kind == BlockKind::List;
            }
        }
        for &(_, line) in &definitions {
            marks[line] = Mark::Definition;
        }
        let mut visible = String::with_capacity(raw.len());
        for ((line, text), mark) in lines.iter().zip(&texts).zip(&mut marks) {
            let of_line = &raw[line.span()];
            if !text.trim().is_empty() {
                visible.push_str(&of_line[..of_line.len() - of_line.trim_start().len()]);
                visible.push_str(bullet(of_line));
                visible.push_str(text.trim_start());
                *mark = Mark::None;
            } else if *mark == Mark::None && !of_line.trim().is_empty() {
                *mark = mark_of(of_line);
            }
            visible.push('\n');
        }
        let visible_lines = split_at_line_breaks(&visible);
        Markdown { visible, lines, visible_lines, marks, blocks, definitions, anchors, roles }
    }

    /// The lines, and with these blocks the code that is marked as such.
    pub(crate) fn into_lines_and_blocks(self, mut blocks: Vec<Block>) -> (Vec<Line>, Vec<Block>) {
        let Markdown { lines, marks, .. } = self;
        let mut start = 0;
        for run in marks.chunk_by(|a, b| (*a == Mark::Verbatim) == (*b == Mark::Verbatim)) {
            let lines = start..start + run.len();
            start = lines.end;
            blocks.extend((run[0] == Mark::Verbatim).then_some(Block { kind: BlockKind::Code, lines }));
        }
        blocks.sort_by_key(|block| block.lines.start);
        (lines, blocks)
    }

    /// Where a range of the visible text is in the raw one; `None` if marks are in it.
    pub(crate) fn raw_range(&self, raw: &str, line: usize, range: &Range<usize>) -> Option<Range<usize>> {
        let (visible, of_line) = (&self.visible[self.visible_lines[line].span()], self.lines[line]);
        let start = range.start - self.visible_lines[line].start;
        // Where the visible line is a part of the raw one, marks are only around it.
        let at = raw[of_line.span()].find(visible.trim())?;
        let indent = visible.len() - visible.trim_start().len();
        let start = (of_line.start + at + start).checked_sub(indent)?;
        let end = start + range.len();
        (start >= of_line.start && end <= of_line.end && raw.get(start..end)? == &self.visible[range.clone()])
            .then_some(start..end)
    }
}

/// Collects the text of each line.
struct Reader<'r> {
    raw: &'r str,
    lines: &'r [Line],
    texts: Vec<String>,
    marks: Vec<Mark>,
    blocks: Vec<Block>,
    anchors: Vec<(usize, Range<usize>)>,
    roles: Vec<LineRole>,
    /// For each link that is open, the line it begins on and the text before it there.
    links: Vec<(usize, usize)>,
    /// Images that are open: their description is no text.
    hidden: usize,
    /// In a code block or the front matter.
    verbatim: bool,
    /// Lists that are open.
    lists: usize,
}

impl Reader<'_> {
    fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|line| line.next <= at).min(self.lines.len().saturating_sub(1))
    }

    fn lines_of(&self, range: &Range<usize>) -> Range<usize> {
        let end = self.raw[range.clone()].trim_end().len() + range.start;
        self.line_of(range.start)..self.line_of(end.saturating_sub(1).max(range.start)) + 1
    }

    /// Takes a link without text, or to the heading that it stands in, out of its line.
    fn end_link(&mut self, range: Range<usize>) {
        let Some((line, start)) = self.links.pop() else { return };
        let source = &self.raw[range.clone()];
        let text = self.texts[line].get(start..).unwrap_or_default();
        if !source.contains('\n') && !source.contains("![") && matches!(text.trim(), "" | "¶" | "#" | "§" | "🔗") {
            self.texts[line].truncate(start);
            self.anchors.push((line, range));
        } else if source.starts_with("[![") && source == self.raw[self.lines[line].span()].trim() {
            let target = source.rsplit("](").next().unwrap_or_default().to_ascii_lowercase();
            self.roles[line].card = ![".jpg", ".jpeg", ".png", ".webp", ".gif"].iter().any(|end| target.contains(end));
        }
    }

    /// Takes an anchor (`<a id="top"></a>`) out of its line.
    fn end_anchor(&mut self, tag: &str, range: Range<usize>) {
        let line = self.line_of(range.start);
        let opens = (tag.starts_with("<a id=") || tag.starts_with("<a name=")) && !tag.contains("href");
        if opens {
            self.anchors.push((line, range));
        } else if tag == "</a>"
            && let Some((_, open)) = self.anchors.last_mut().filter(|(_, open)| open.end == range.start)
        {
            open.end = range.end;
        }
    }

    fn add_block(&mut self, kind: BlockKind, range: &Range<usize>) {
        // A table in a list is judged with the list.
        if self.lists == 0 {
            self.blocks.push(Block { kind, lines: self.lines_of(range) });
        }
    }

    fn read(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_)) | Tag::MetadataBlock(_)) => {
                self.verbatim = true;
                for line in self.lines_of(&range) {
                    self.marks[line] = Mark::Verbatim;
                }
            }
            Event::End(TagEnd::CodeBlock | TagEnd::MetadataBlock(_)) => self.verbatim = false,
            Event::Start(Tag::Link { .. }) => {
                let line = self.line_of(range.start);
                self.links.push((line, self.texts[line].len()));
            }
            Event::End(TagEnd::Link) => self.end_link(range),
            Event::InlineHtml(html) => self.end_anchor(&html, range),
            Event::Start(Tag::Heading { level, .. }) => {
                for line in self.lines_of(&range) {
                    self.roles[line].heading = level as u8;
                }
            }
            Event::Start(Tag::Image { .. }) => self.hidden += 1,
            Event::End(TagEnd::Image) => self.hidden -= 1,
            Event::Start(Tag::Table(_)) => self.add_block(BlockKind::Table, &range),
            Event::Start(Tag::TableCell) => self.add("\t", range.start),
            Event::Start(Tag::List(_)) => {
                self.add_block(BlockKind::List, &range);
                self.lists += 1;
            }
            Event::End(TagEnd::List(_)) => self.lists -= 1,
            // What is indented as code is rarely code in scraped text, so it is text like any other.
            Event::Text(text) | Event::Code(text) if !self.verbatim => self.add(&text, range.start),
            Event::Html(html) => self.add(&without_tags(&html), range.start),
            Event::FootnoteReference(label) => self.add(&format!("[{label}]"), range.start),
            _ => {}
        }
    }

    /// Adds text to the line at a place, and to those after it.
    fn add(&mut self, text: &str, at: usize) {
        if self.hidden > 0 || self.lines.is_empty() {
            return;
        }
        let line = self.line_of(at);
        let into = self.texts[line..].iter_mut().zip(&mut self.roles[line..]);
        for (part, (into, role)) in text.split('\n').zip(into) {
            into.push_str(part);
            if !self.links.is_empty() {
                role.linked += part.len() as u32;
            }
        }
    }
}

/// The bullet or number that a line begins with, and the space after it.
fn bullet(line: &str) -> &str {
    let line = line.trim_start();
    let sign = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let length = line.len() - sign.len();
    let signs: &[char] = if length > 0 { &['.', ')'] } else { &['-', '*', '+'] };
    match sign.strip_prefix(signs).filter(|rest| rest.starts_with(' ') && length < 10) {
        Some(_) => &line[..length + 2],
        None => "",
    }
}

/// What a line is that has no text.
fn mark_of(line: &str) -> Mark {
    let has_bar = line.contains('|');
    let only = |signs: &[char]| line.chars().all(|c| c.is_whitespace() || signs.contains(&c));
    if only(&['>']) || has_bar && only(&['|', '-', ':']) || only(&['=']) {
        Mark::Block
    } else if only(&['-', '*', '_']) {
        Mark::Loose
    } else {
        Mark::Embedded
    }
}

/// HTML without its tags, line by line.
fn without_tags(html: &str) -> String {
    let (mut text, mut in_tag) = (String::new(), false);
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            '\n' => text.push(c),
            _ if !in_tag => text.push(c),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = "---\ntitle: Tides\n---\n\n# High *tide*\n\nSee [the\nharbour](https://example.org/a \"A\") and `code`.\n\n\
        * [Home](/)\n* Second\n\n```sh\n# comment\n\nls\n```\n\n| a | b |\n|---|---|\n| 1 | **2** |\n\n![](logo.png)\n\n> Said\n>\n> so\n\n\
        [the pier][1]\n\n[1]: https://example.org\n\nUnder\n-----\n\n<div>\nIn it</div>\n";

    #[test]
    fn lines_are_what_a_reader_sees() {
        let markdown = Markdown::read(PAGE);
        let seen: Vec<&str> = markdown.visible_lines.iter().map(|line| &markdown.visible[line.span()]).collect();
        let seen: Vec<&str> = seen.into_iter().filter(|line| !line.is_empty()).collect();
        let expected = [
            "High tide",
            "See the",
            "harbour and code.",
            "* Home",
            "* Second",
            "a\tb",
            "1\t2",
            "Said",
            "so",
            "the pier",
            "Under",
            "In it",
        ];
        assert_eq!(seen, expected);
        let count = |mark| markdown.marks.iter().filter(|found| **found == mark).count();
        assert_eq!(count(Mark::Verbatim), 3 + 5);
        assert_eq!(
            [count(Mark::Block), count(Mark::Loose), count(Mark::Embedded), count(Mark::Definition)],
            [2, 1, 2, 1]
        );
        assert_eq!(markdown.blocks.len(), 2);
        let blocks = markdown.blocks.clone();
        let kinds: Vec<(BlockKind, usize)> =
            markdown.into_lines_and_blocks(blocks).1.into_iter().map(|block| (block.kind, block.lines.len())).collect();
        let expected = [(BlockKind::Code, 3), (BlockKind::List, 2), (BlockKind::Code, 5), (BlockKind::Table, 3)];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn a_range_between_marks_is_found_in_the_raw_line() {
        let raw = "## Said **so** here\n\n* Share this\n";
        let markdown = Markdown::read(raw);
        let at = markdown.visible.find("Share").unwrap();
        assert_eq!(markdown.raw_range(raw, 2, &(at..at + 5)).map(|range| &raw[range]), Some("Share"));
        assert_eq!(markdown.raw_range(raw, 0, &(0..4)), None);
    }

    proptest! {
        #[test]
        fn every_line_has_a_visible_one(raw in "([#>*|`\\-\\[\\]()!<a b\n]|\\]\\(/|```|\r\n|é){0,60}") {
            let markdown = Markdown::read(&raw);
            prop_assert_eq!(markdown.lines.len(), markdown.visible_lines.len());
            prop_assert_eq!(markdown.lines.len(), markdown.marks.len());
            prop_assert!(markdown.blocks.iter().all(|block| block.lines.end <= markdown.lines.len()));
        }
    }
}
