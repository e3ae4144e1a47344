//! Finds what belongs together on a page: code, tables, lists. A block is judged as one.

mod code;

use std::ops::Range;

use crate::named_enum::named_enum;
use crate::text::line_stats::LineStats;
use crate::text::{Page, Row};

/// Lines that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its lines.
    pub lines: Range<usize>,
}

named_enum! {
    /// What a block is.
    pub enum BlockKind {
        /// Source code, output, configuration. Its lines are never judged.
        Code = "code",
        /// Rows of cells.
        Table = "table",
        /// Items with bullets or numbers, and the lines indented below them.
        List = "list",
    }
}

/// Rows of a table, and items of a list, at the least.
const MIN_ROWS: usize = 2;

/// The blocks of a page, in order.
pub(crate) fn find(page: &Page<'_>) -> Vec<Block> {
    let mut blocks = code::find(page);
    let mut code = blocks.iter().peekable();
    // Most pages have none.
    let has_tabs = memchr::memchr(b'\t', page.text.as_bytes()).is_some();
    // The last line of the item above, and how far the item is indented.
    let mut item: Option<(usize, usize)> = None;
    let kind = |row: &Row| {
        while code.next_if(|block| block.lines.end <= row.line).is_some() {}
        if code.peek().is_some_and(|block| block.lines.contains(&row.line)) {
            item = None;
            return None;
        }
        let kind = kind_of(&page.stats[row.line], page.row_text(row), has_tabs);
        item = match (kind, item) {
            (Some(BlockKind::List), _) => Some((row.line, row.indent)),
            (None, Some((above, indent))) if row.line == above + 1 && row.indent > indent => Some((row.line, indent)),
            _ => None,
        };
        kind.or(item.map(|_| BlockKind::List))
    };
    let kinds: Vec<Option<BlockKind>> = page.rows().iter().map(kind).collect();
    let is_part = |row: &&Row| kind_of(&page.stats[row.line], page.row_text(row), has_tabs).is_some();
    let mut start = 0;
    for rows in page.rows().chunk_by(|a, b| b.line - a.line <= 2).map(<[_]>::len) {
        let end = start + rows;
        let mut at = start;
        for run in kinds[start..end].chunk_by(|a, b| a == b) {
            let rows = &page.rows()[at..at + run.len()];
            let lines = rows[0].line..rows[rows.len() - 1].line + 1;
            at += run.len();
            if let Some(kind) = run[0]
                && rows.iter().filter(is_part).take(MIN_ROWS).count() == MIN_ROWS
            {
                blocks.push(Block { kind, lines });
            }
        }
        start = end;
    }
    blocks.sort_by_key(|block| block.lines.start);
    blocks
}

/// The tables and lists of a Markdown text, and code that is not marked as such.
pub(crate) fn with_code(page: &Page<'_>, marked: &[Block]) -> Vec<Block> {
    let mut blocks = code::find(page);
    blocks.extend_from_slice(marked);
    blocks
}

/// The kind of block that a row may be a part of. `has_tabs` says whether any row of the page has one.
fn kind_of(stats: &LineStats, text: &str, has_tabs: bool) -> Option<BlockKind> {
    let has_tab = || has_tabs && memchr::memchr(b'\t', text.as_bytes()).is_some();
    if has_tab() || stats.symbols >= 2 && memchr::memchr_iter(b'|', text.as_bytes()).count() >= 2 {
        return Some(BlockKind::Table);
    }
    is_item(stats, text).then_some(BlockKind::List)
}

/// Whether a text begins like an item of a list, with a bullet or a number.
pub(crate) fn is_item(stats: &LineStats, text: &str) -> bool {
    stats.bulleted || is_numbered(text)
}

fn is_numbered(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9', b'.' | b')', b' ', ..] | [b'0'..=b'9', b'0'..=b'9', b'.' | b')', b' ', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(BlockKind, Range<usize>)> {
        let page = Page::new(text, None);
        find(&page).into_iter().map(|block| (block.kind, block.lines)).collect()
    }

    #[test]
    fn lists_and_tables_are_found() {
        let text =
            "Said the man.\n• One\n• Two\n\n• Three\n\nThe end of it.\n1. Eggs\n2. Flour\nday\ttide\nMonday\t4 m\n";
        let expected = [(BlockKind::List, 1..5), (BlockKind::List, 7..9), (BlockKind::Table, 9..11)];
        assert_eq!(kinds(text), expected);
        assert!(kinds("• One\n\n\n• Two\n").is_empty());
    }

    #[test]
    fn the_indented_text_of_an_item_belongs_to_its_list() {
        let text =
            "  • Bell shop\n    4 Quay Street\n    Open on Mondays\n  • Rope shop\n    By the crane\nThe end of it.\n";
        assert_eq!(kinds(text), [(BlockKind::List, 0..5)]);
        let numbered = "1. Eggs\n  Beat them.\n2. Flour\n\n  A line of its own.\n";
        assert_eq!(kinds(numbered), [(BlockKind::List, 0..3)]);
        assert!(kinds("  • Bell shop\n    4 Quay Street\n    Open on Mondays\n").is_empty());
    }

    #[test]
    fn code_is_found_beside_the_blocks_of_markdown() {
        let page = Page::new("# Bells\n\n{\n  \"bell\": {\n    \"tone\": \"d\"\n  }\n}\n\n* One\n* Two\n", None);
        let marked = [Block { kind: BlockKind::List, lines: 8..10 }];
        let expected = [Block { kind: BlockKind::Code, lines: 2..7 }, marked[0].clone()];
        assert_eq!(with_code(&page, &marked), expected);
    }
}
