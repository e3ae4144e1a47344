//! Writes the kept lines of a page as Markdown: headings, lists, tables, quotations, links, code.

use std::fmt::Write;

use super::lines::{HtmlLine, HtmlPage, InlineMark, MarkKind};
use crate::markup::Place;
use crate::text::lines::Line;
use crate::verdict::Verdict;

/// What a line is a part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Row,
    Item,
    Text,
}

/// The kept lines of a page as Markdown. `text` is its text after normalisation, with the lines and the verdicts on them.
pub(crate) fn to_markdown(page: &HtmlPage, text: &str, lines: &[Line], verdicts: &[Verdict]) -> String {
    let mut writer = Writer { page, out: String::with_capacity(text.len()), last: None, fence: "```" };
    let mut marks = page.marks.as_slice();
    for line in page.lines.iter().filter(|line| line.number < lines.len()) {
        let of_line = marks.partition_point(|mark| mark.line < line.number);
        let end = marks.partition_point(|mark| mark.line <= line.number);
        let marks_of_line = &marks[of_line..end];
        marks = &marks[end..];
        let verdict = &verdicts[line.number];
        if verdict.keep {
            let source = &text[lines[line.number].span()];
            let unchanged = verdict.cuts.is_empty() && source.len() == line.bytes as usize;
            let marks = if unchanged { marks_of_line } else { &[] };
            writer.write(line, &verdict.without_cuts(text, &lines[line.number]), marks);
        }
    }
    writer.finish()
}

struct Writer<'p> {
    page: &'p HtmlPage,
    out: String,
    /// The line before, and what it is a part of.
    last: Option<(HtmlLine, Part)>,
    /// The line that begins and ends code.
    fence: &'static str,
}

impl Writer<'_> {
    fn write(&mut self, line: &HtmlLine, text: &str, marks: &[InlineMark]) {
        let element = &self.page.elements[line.element as usize];
        let part = match () {
            () if self.page.is_preformatted(line.element) => Part::Code,
            () if line.cells > 0 => Part::Row,
            () if line.item => Part::Item,
            () => Part::Text,
        };
        self.part_from_last(line, part);
        if part == Part::Code {
            self.write_code(line, text);
        } else {
            if self.is_quoted(line) {
                self.out.push_str("> ");
            }
            let depth = usize::from(element.lists.saturating_sub(u8::from(line.item))).min(8);
            self.out.extend(std::iter::repeat_n("  ", if part == Part::Row { 0 } else { depth }));
            let marked = self.marked(text, if line.item { 2 } else { 0 }, marks);
            match part {
                Part::Row => {
                    let _ = write!(self.out, "| {} |", marked.replace('|', "\\|").replace('\t', " | "));
                }
                Part::Item if line.item_number > 0 => {
                    let _ = write!(self.out, "{}. {marked}", line.item_number);
                }
                Part::Item => {
                    let _ = write!(self.out, "- {marked}");
                }
                _ if element.heading > 0 => {
                    self.out.extend(std::iter::repeat_n('#', usize::from(element.heading)));
                    let _ = write!(self.out, " {marked}");
                }
                _ => self.out.push_str(&escaped_start(&marked)),
            }
        }
        self.last = Some((*line, part));
    }

    /// Ends the line before, with a blank line between parts of different kinds.
    fn part_from_last(&mut self, line: &HtmlLine, part: Part) {
        let Some((last, of_last)) = self.last else { return };
        if of_last == Part::Code && part != Part::Code {
            let _ = write!(self.out, "\n{}", self.fence);
        }
        if of_last == Part::Row && part == Part::Row && self.is_first_row() {
            self.out.push_str("\n|");
            self.out.extend(std::iter::repeat_n(" --- |", last.cells as usize + 1));
        }
        match (of_last, part) {
            (Part::Code, Part::Code) => self.out.extend(std::iter::repeat_n('\n', line.number - last.number)),
            (Part::Row, Part::Row) | (Part::Item, Part::Item) => self.out.push('\n'),
            // A line break in a paragraph.
            (Part::Text, Part::Text) if line.after_break && line.number == last.number + 1 => self.out.push_str("  \n"),
            _ => self.out.push_str("\n\n"),
        }
    }

    /// Whether the last line written is the first row of its table.
    fn is_first_row(&self) -> bool {
        let above = self.out.rfind('\n').map_or("", |end| self.out[..end].rsplit('\n').next().unwrap_or_default());
        !above.starts_with('|')
    }

    fn write_code(&mut self, line: &HtmlLine, text: &str) {
        if self.last.is_none_or(|(last, part)| part != Part::Code || last.number > line.number) {
            // Longer than any that the code may have, where it has one.
            self.fence = if text.contains("```") { "``````" } else { "```" };
            let _ = writeln!(self.out, "{}", self.fence);
        }
        self.out.push_str(text);
    }

    fn is_quoted(&self, line: &HtmlLine) -> bool {
        let is_quote = |at: u32| self.page.elements[at as usize].own_places.has(Place::Blockquote);
        self.page.upwards(line.element).any(is_quote)
    }

    /// The text from byte `from` on, with its marks, and with a backslash before signs that would be taken for marks.
    fn marked(&self, text: &str, from: usize, marks: &[InlineMark]) -> String {
        let mut out = String::with_capacity(text.len() + 8);
        let mut at = from.min(text.len());
        let mut in_code = false;
        for InlineMark { at: place, kind, .. } in marks {
            let place = (*place as usize).clamp(at, text.len());
            let Some(before) = text.get(at..place) else { continue };
            push_escaped(&mut out, before, in_code);
            at = place;
            match kind {
                MarkKind::Strong => out.push_str("**"),
                MarkKind::Emphasis => out.push('*'),
                MarkKind::Code => {
                    out.push('`');
                    in_code = !in_code;
                }
                MarkKind::LinkStart => out.push('['),
                MarkKind::LinkEnd(address) => {
                    let address = &self.page.addresses[address.clone()];
                    let simple = !address.contains([' ', '(', ')', '<', '>']);
                    let _ = if simple {
                        write!(out, "]({address})")
                    } else {
                        write!(out, "](<{}>)", address.replace(['<', '>'], ""))
                    };
                }
            }
        }
        push_escaped(&mut out, text.get(at..).unwrap_or_default(), in_code);
        out
    }

    fn finish(mut self) -> String {
        if self.last.is_some_and(|(_, part)| part == Part::Code) {
            let _ = write!(self.out, "\n{}", self.fence);
        }
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}

fn push_escaped(out: &mut String, text: &str, in_code: bool) {
    if in_code {
        return out.push_str(text);
    }
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let is_mark = match c {
            '*' | '`' | '[' | ']' | '\\' => true,
            '_' => !next.is_alphanumeric() || !out.ends_with(char::is_alphanumeric),
            '<' => next.is_ascii_alphabetic() || matches!(next, '/' | '!'),
            _ => false,
        };
        if is_mark {
            out.push('\\');
        }
        out.push(c);
    }
}

/// A paragraph, with a backslash where it would begin a heading, a list or a quotation.
fn escaped_start(text: &str) -> String {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let begins = |signs: &[char]| text[digits..].starts_with(signs) && text[digits + 1..].starts_with([' ', '\t']);
    let heading = text.trim_start_matches('#');
    if digits == 0 && (begins(&['-', '+', '>']) || heading.len() < text.len() && heading.starts_with(' '))
        || digits > 0 && digits < 10 && begins(&['.', ')'])
    {
        return format!("{}\\{}", &text[..digits], &text[digits..]);
    }
    text.to_owned()
}

#[cfg(all(test, feature = "html"))]
mod tests {
    use super::*;
    use crate::html::read;
    use crate::text::lines::split_at_line_breaks;

    fn markdown(html: &str) -> String {
        let page = read(html);
        let lines = split_at_line_breaks(&page.text);
        to_markdown(&page, &page.text, &lines, &Verdict::keep_all(lines.len()))
    }

    #[test]
    fn parts_of_pages_have_their_marks() {
        for (html, expected) in [
            ("<h2>Tides <em>today</em></h2><p>High.<br>Low.", "## Tides *today*\n\nHigh.  \nLow.\n"),
            ("See <a href=/a>the <b>pier</b></a>, <a href=#x>here</a>.", "See [the **pier**](/a), here.\n"),
            ("<a href='/a b'><h3>One</h3><p>Two</p></a>", "### [One](</a b>)\n\n[Two](</a b>)\n"),
            ("<ul><li>One<ul><li>Deep</ul><li>Two</ul><ol><li>A<li>B</ol>", "- One\n  - Deep\n- Two\n1. A\n2. B\n"),
            (
                "<table><tr><th>Day<th>Tide<tr><td>Mon|day<td>4 m</table>x",
                "| Day | Tide |\n| --- | --- |\n| Mon\\|day | 4 m |\n\nx\n",
            ),
            ("<pre>a\n\n  *b*</pre><p>Use <code>a*b</code> and 2*3.", "```\na\n\n  *b*\n```\n\nUse `a*b` and 2\\*3.\n"),
            (
                "<blockquote><p>Said so.</blockquote><p># no\n<p>1. no<p>- no",
                "> Said so.\n\n\\# no\n\n1\\. no\n\n\\- no\n",
            ),
            ("<p>snake_case _x_ &lt;b&gt; [1]", "snake_case \\_x\\_ \\<b> \\[1\\]\n"),
            ("", ""),
        ] {
            assert_eq!(markdown(html), expected, "{html}");
        }
    }
}
