//! Reads the tags of a page and writes its lines.

use std::ops::Range;

use super::elements::{Element, Flow, Kind, Kinds, Name, Style};
use super::lines::{HtmlLine, HtmlPage, InlineMark, MarkKind};
use super::names::Lookup;
use super::tokenizer::{Attribute, Content, Sink, Tag, tokenize};

/// Elements that are open at once. Pages have some dozen; what is deeper is read as if it were here.
const MAX_DEPTH: usize = 256;
/// The elements of a page that are told apart.
const MAX_ELEMENTS: usize = 500_000;
/// The bytes of the addresses of all links that are kept.
const MAX_ADDRESSES: usize = 4 << 20;
/// The pieces of text that inline elements name as the author or the date. Pages have some dozen.
const MAX_HINTED: usize = 50_000;
/// The characters of a title that are read.
const MAX_TITLE: usize = 2_000;

/// Reads a page.
pub(crate) fn read(html: &str) -> HtmlPage {
    let mut renderer = Renderer::new(html.len());
    tokenize(html, &mut renderer);
    renderer.finish()
}

/// An element that is open.
struct Open {
    name: Name,
    element: u32,
    block: bool,
    /// Whether it is inline and says which field its text is.
    hinted: bool,
    style: Style,
    /// The address, if it is a link with one.
    address: Range<usize>,
    /// Whether a mark stands where it begins in this line.
    marked: bool,
    /// The items so far, if it is a list.
    items: u32,
}

impl Open {
    /// The marks where it begins and where it ends.
    fn marks(&self) -> Option<[MarkKind; 2]> {
        Some(match self.style {
            Style::Strong => [MarkKind::Strong, MarkKind::Strong],
            Style::Emphasis => [MarkKind::Emphasis, MarkKind::Emphasis],
            Style::Code => [MarkKind::Code, MarkKind::Code],
            Style::Link if !self.address.is_empty() => [MarkKind::LinkStart, MarkKind::LinkEnd(self.address.clone())],
            _ => return None,
        })
    }
}

/// How many elements of each [`Style`] are open.
type Styles = [u32; Style::None as usize + 1];

/// What the text that follows is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Text {
    /// Text of the page.
    Shown,
    /// The title of the page.
    Title,
    /// Scripts, style sheets and the like.
    Raw,
}

struct Renderer {
    text: String,
    /// The number of the line that is being written, and where it begins.
    number: usize,
    line_begin: usize,
    /// Line breaks to write before the next text.
    breaks: usize,
    /// Whether they came from `<br>`.
    by_break: bool,
    /// Whether whitespace was read that is not written yet.
    space: bool,
    /// Whether the line has no text yet.
    line_start: bool,
    after_break: bool,
    /// Whether the next text is that of a list's item.
    item: bool,
    open: Vec<Open>,
    styles: Styles,
    /// How many open elements have marks that this line does not have yet.
    unmarked: usize,
    marks: Vec<InlineMark>,
    /// How many such elements are open, and where text of them is.
    hinted: usize,
    hinted_lines: Vec<(usize, u32)>,
    addresses: String,
    /// An open element without text, and the open elements in it.
    without_text: Vec<Name>,
    /// `<pre>` elements that are open.
    preformatted: usize,
    lines: Vec<HtmlLine>,
    elements: Vec<Element>,
    kinds: Kinds,
    names: Lookup,
    kind: Text,
    title: String,
    social_title: String,
}

impl Renderer {
    fn new(length: usize) -> Renderer {
        Renderer {
            text: String::with_capacity(length / 4),
            number: 0,
            line_begin: 0,
            breaks: 0,
            by_break: false,
            space: false,
            line_start: true,
            after_break: false,
            item: false,
            open: Vec::new(),
            styles: Styles::default(),
            unmarked: 0,
            marks: Vec::new(),
            hinted: 0,
            hinted_lines: Vec::new(),
            addresses: String::new(),
            without_text: Vec::new(),
            preformatted: 0,
            lines: Vec::new(),
            elements: vec![Element::page()],
            kinds: Kinds::new(),
            names: Lookup::default(),
            kind: Text::Shown,
            title: String::new(),
            social_title: String::new(),
        }
    }

    fn finish(mut self) -> HtmlPage {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let title = if self.social_title.trim().is_empty() { &self.title } else { &self.social_title };
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        let title = Some(title).filter(|title| !title.is_empty());
        self.end_marks(0);
        let Renderer { text, lines, elements, marks, hinted_lines, addresses, .. } = self;
        HtmlPage { text, lines, elements, marks, hinted_lines, addresses, title }
    }

    /// Whether an element cannot be part of the drawing or formula that is open: a browser takes that for ended.
    fn ends_drawing(&self, kind: &Kind) -> bool {
        let [_, inner @ ..] = &*self.without_text else { return false };
        let has_text = |inner: &Name| [Name::ForeignObject, Name::Desc, Name::Title, Name::Annotation].contains(inner);
        self.is_drawing() && kind.flow >= Flow::Line && !inner.iter().any(has_text)
    }

    /// Whether a drawing or a formula is open.
    fn is_drawing(&self) -> bool {
        matches!(self.without_text.first(), Some(Name::Svg | Name::Math))
    }

    /// Asks for line breaks before the next text.
    fn part(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
        self.space = false;
        self.by_break = false;
    }

    fn break_line(&mut self) {
        self.part(1);
        self.by_break = true;
    }

    /// Writes the line breaks and the space that are due before text.
    fn write_space(&mut self) {
        if self.breaks > 0 {
            if !self.text.is_empty() {
                self.end_marks(0);
                self.text.extend(std::iter::repeat_n('\n', self.breaks));
                self.number += self.breaks;
                self.line_begin = self.text.len();
            }
            self.after_break = std::mem::take(&mut self.by_break);
            (self.breaks, self.space, self.line_start) = (0, false, true);
        }
        if self.space && !self.line_start {
            self.text.push(' ');
        }
        (self.space, self.line_start) = (false, false);
        if std::mem::take(&mut self.item) {
            self.text.push_str("* ");
            let list = self.open.iter_mut().rev().find(|open| [Name::Ul, Name::Ol, Name::Menu].contains(&open.name));
            let number = list.filter(|list| list.name == Name::Ol).map_or(0, |list| {
                list.items += 1;
                list.items
            });
            let line = self.line();
            (line.item, line.item_number) = (true, number);
        }
    }

    /// Marks where the elements begin that are open and not marked in this line yet.
    fn begin_marks(&mut self) {
        let (line, at) = (self.number, (self.text.len() - self.line_begin) as u32);
        for open in self.open.iter_mut().filter(|open| !open.marked) {
            if let Some([kind, _]) = open.marks() {
                self.marks.push(InlineMark { line, at, kind });
                open.marked = true;
                self.unmarked -= 1;
            }
        }
    }

    /// Marks where the elements end that are marked in this line, from the innermost to the one at `from`.
    fn end_marks(&mut self, from: usize) {
        let (line, at) = (self.number, (self.text.len() - self.line_begin) as u32);
        for open in self.open[from..].iter_mut().rev().filter(|open| open.marked) {
            if let Some([_, kind]) = open.marks() {
                self.marks.push(InlineMark { line, at, kind });
                open.marked = false;
                self.unmarked += 1;
            }
        }
    }

    fn innermost(&self) -> u32 {
        self.open.last().map_or(0, |open| open.element)
    }

    /// The line that is being written.
    fn line(&mut self) -> &mut HtmlLine {
        let (number, element) = (self.number, self.innermost());
        if self.lines.last().is_none_or(|line| line.number != number) {
            self.lines.push(HtmlLine { number, after_break: self.after_break, ..HtmlLine::default() });
        }
        let at = self.lines.len() - 1;
        let line = &mut self.lines[at];
        if line.chars == 0 {
            line.element = element;
        }
        line
    }

    fn add_text(&mut self, text: &str) {
        if self.kind == Text::Title && self.title.len() < MAX_TITLE {
            self.title.extend(text.chars().take(MAX_TITLE));
        }
        if self.kind != Text::Shown || !self.without_text.is_empty() {
            return;
        }
        if self.preformatted > 0 {
            self.add_preformatted(text);
            return;
        }
        let mut added = HtmlLine::default();
        let start = self.text.len();
        for (index, word) in text.split(is_collapsed).enumerate() {
            self.space |= index > 0;
            if word.is_empty() {
                continue;
            }
            if self.space || self.breaks > 0 || self.line_start || self.item {
                self.write_space();
            }
            if added.chars == 0 {
                self.line();
            }
            if self.unmarked > 0 {
                self.begin_marks();
            }
            self.text.push_str(word);
            for c in word.chars() {
                added.chars += 1;
                added.uppercase += u32::from(c.is_uppercase());
                added.sentences += u32::from(matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '…' | '।'));
            }
        }
        if added.chars > 0 {
            self.count(added, self.text.len() - start);
        }
    }

    /// Adds text whose lines and spaces are as they are.
    fn add_preformatted(&mut self, text: &str) {
        if self.breaks > 0 || self.item {
            self.write_space();
        }
        for (index, piece) in text.split('\n').enumerate() {
            if index > 0 {
                self.text.push('\n');
                self.number += 1;
                self.line_begin = self.text.len();
                self.after_break = false;
            }
            let chars = piece.chars().filter(|c| !c.is_whitespace()).count() as u32;
            if chars > 0 {
                self.line();
            }
            let start = self.text.len();
            self.text.extend(piece.chars().map(|c| if ends_line(c) { ' ' } else { c }));
            if chars > 0 {
                self.count(HtmlLine { chars, ..HtmlLine::default() }, self.text.len() - start);
            }
        }
        self.line_start = false;
    }

    /// Adds the counts of text of so many bytes to the line.
    fn count(&mut self, added: HtmlLine, bytes: usize) {
        let styles = self.styles;
        let of = |style: Style, count: u32| if styles[style as usize] > 0 { count } else { 0 };
        let length = (self.text.len() - self.line_begin) as u32;
        let line = self.line();
        line.bytes = length;
        line.chars += added.chars;
        line.uppercase += added.uppercase;
        line.sentences += added.sentences;
        line.linked += of(Style::Link, added.chars);
        line.linked_bytes += of(Style::Link, bytes as u32);
        line.strong += of(Style::Strong, added.chars);
        line.emphasized += of(Style::Emphasis, added.chars);
        line.small += of(Style::Small, added.chars);
        line.time += of(Style::Time, added.chars);
        if self.hinted > 0 && self.hinted_lines.len() < MAX_HINTED {
            let number = self.number;
            let hinted = self.open.iter().filter(|open| open.hinted).map(|open| (number, open.element));
            self.hinted_lines.extend(hinted);
        }
    }

    fn open_element(&mut self, kind: &Kind, tag: &Tag<'_>) {
        let name = kind.name;
        match kind.flow {
            Flow::Inline if name == Name::Br => self.break_line(),
            Flow::Inline => {}
            Flow::Cell => self.begin_cell(),
            Flow::Line => self.part(1),
            Flow::Paragraph => self.part(2),
        }
        if name == Name::Meta {
            self.read_meta(tag);
        }
        let is_once = [Name::Html, Name::Body, Name::Head].contains(&name);
        if is_void(kind, tag) || is_once && self.find(name, &[]).is_some() {
            return;
        }
        self.close_before(kind);
        self.preformatted += usize::from(name == Name::Pre);
        // An element inside of one that was closed in between is deeper than there are open ones.
        let depth = usize::from(self.elements[self.innermost() as usize].depth);
        if self.open.len() < MAX_DEPTH && depth < MAX_DEPTH && self.elements.len() < MAX_ELEMENTS {
            self.push(kind, tag);
        }
        self.item |= name == Name::Li;
    }

    fn begin_cell(&mut self) {
        if self.breaks == 0 && !self.text.is_empty() {
            self.text.push('\t');
            (self.space, self.line_start) = (false, true);
            if let Some(line) = self.lines.last_mut() {
                line.cells += 1;
            }
        }
    }

    /// Closes what the start of an element ends though it has no end tag.
    fn close_before(&mut self, kind: &Kind) {
        const AROUND_ITEMS: [Name; 7] =
            [Name::Ul, Name::Ol, Name::Table, Name::Td, Name::Section, Name::Article, Name::Menu];
        let find = |name: Name, stop: &[Name]| self.find(name, stop);
        let ended = match kind.name {
            Name::Li => find(Name::Li, &AROUND_ITEMS),
            Name::Dt | Name::Dd => {
                find(Name::Dt, &[Name::Dl, Name::Table]).max(find(Name::Dd, &[Name::Dl, Name::Table]))
            }
            Name::Td | Name::Th => {
                find(Name::Td, &[Name::Tr, Name::Table]).max(find(Name::Th, &[Name::Tr, Name::Table]))
            }
            Name::Tr => find(Name::Tr, &[Name::Table]),
            Name::Tbody | Name::Thead | Name::Tfoot => {
                let parts = [Name::Tbody, Name::Thead, Name::Tfoot];
                parts.into_iter().filter_map(|part| find(part, &[Name::Table])).min()
            }
            Name::A => {
                if let Some(at) = find(Name::A, &[Name::Td, Name::Table, Name::Li]) {
                    self.close_at(at);
                }
                None
            }
            _ => None,
        };
        if let Some(at) = ended {
            self.close_from(at);
        }
        const IN_PARAGRAPHS: [Name; 10] = [
            Name::Li,
            Name::Tr,
            Name::Tbody,
            Name::Thead,
            Name::Tfoot,
            Name::Caption,
            Name::Option,
            Name::Legend,
            Name::Button,
            Name::Html,
        ];
        const AROUND_PARAGRAPHS: [Name; 9] = [
            Name::Td,
            Name::Th,
            Name::Table,
            Name::Button,
            Name::Caption,
            Name::Div,
            Name::Li,
            Name::Section,
            Name::Article,
        ];
        if kind.flow >= Flow::Line
            && !IN_PARAGRAPHS.contains(&kind.name)
            && let Some(at) = self.find(Name::P, &AROUND_PARAGRAPHS)
        {
            self.close_from(at);
        }
    }

    fn push(&mut self, kind: &Kind, tag: &Tag<'_>) {
        let parent = self.innermost();
        let own = self.elements.len() as u32;
        let mut element = self.elements[parent as usize].child((parent, own), kind);
        for (attribute, value) in tag.attributes() {
            element.read(attribute, &value, &mut self.names);
        }
        element.end_attributes(own);
        let style = kind.style;
        let address = if style == Style::Link { self.address(tag) } else { 0..0 };
        if style == Style::Link
            && self.breaks == 0
            && let Some(line) = self.lines.last_mut().filter(|line| line.number == self.number)
        {
            line.links += 1;
        }
        self.styles[style as usize] += 1;
        let name = kind.name;
        let hinted = !element.block && element.hinted == own;
        let open = Open { name, element: own, block: element.block, hinted, style, address, marked: false, items: 0 };
        self.unmarked += usize::from(open.marks().is_some());
        self.hinted += usize::from(open.hinted);
        self.open.push(open);
        self.elements.push(element);
    }

    /// Keeps the address of a link, unless it leads nowhere else.
    fn address(&mut self, tag: &Tag<'_>) -> Range<usize> {
        let start = self.addresses.len();
        let value = tag.value(Attribute::Href);
        let address = value.as_deref().map(str::trim);
        let leads = |address: &&str| !address.starts_with('#') && !address.starts_with("javascript:");
        if let Some(address) = address.filter(leads).filter(|address| start + address.len() <= MAX_ADDRESSES) {
            self.addresses.push_str(address);
        }
        start..self.addresses.len()
    }

    /// The innermost open element of this name, inside of those that stop the search.
    fn find(&self, name: Name, stop: &[Name]) -> Option<usize> {
        for (at, open) in self.open.iter().enumerate().rev() {
            if open.name == name {
                return Some(at);
            }
            if stop.contains(&open.name) {
                return None;
            }
        }
        None
    }

    fn close(&mut self, name: Name, flow: Flow) {
        let stop: &[Name] = match name {
            Name::Html | Name::Body | Name::Head => return,
            Name::Table => &[],
            Name::Tr | Name::Td | Name::Th | Name::Tbody | Name::Thead | Name::Tfoot => &[Name::Table],
            _ => &[Name::Table, Name::Td, Name::Th],
        };
        if let Some(at) = self.find(name, stop) {
            if flow == Flow::Inline { self.close_at(at) } else { self.close_from(at) }
        }
    }

    /// Closes an element and all inside of it.
    fn close_from(&mut self, at: usize) {
        self.end_marks(at);
        for open in self.open.drain(at..) {
            self.styles[open.style as usize] -= 1;
            self.unmarked -= usize::from(open.marks().is_some());
            self.hinted -= usize::from(open.hinted);
        }
    }

    /// Closes an inline element; blocks inside of it stay open.
    fn close_at(&mut self, at: usize) {
        if self.open[at + 1..].iter().any(|open| open.block) {
            self.end_marks(at);
            let open = self.open.remove(at);
            self.styles[open.style as usize] -= 1;
            self.unmarked -= usize::from(open.marks().is_some());
            self.hinted -= usize::from(open.hinted);
        } else {
            self.close_from(at);
        }
    }

    fn read_meta(&mut self, tag: &Tag<'_>) {
        if tag.value(Attribute::Property).or_else(|| tag.value(Attribute::Name)).as_deref() == Some("og:title")
            && let Some(title) = tag.value(Attribute::Content)
        {
            self.social_title = title.chars().take(MAX_TITLE).collect();
        }
    }
}

impl Sink for Renderer {
    fn text(&mut self, text: &str) {
        self.add_text(text);
    }

    fn start_tag(&mut self, tag: &Tag<'_>) -> Content {
        let kind = self.kinds.of(tag.name);
        let name = kind.name;
        if self.ends_drawing(&kind) {
            self.without_text.clear();
        }
        if !self.without_text.is_empty() {
            if !is_void(&kind, tag) && !tag.self_closing && self.without_text.len() < MAX_DEPTH {
                self.without_text.push(name);
            }
        } else if kind.has_no_text && !tag.self_closing && !is_shadow_root(name, tag) {
            self.without_text.push(name);
        } else {
            self.open_element(&kind, tag);
        }
        let is_title = name == Name::Title && self.without_text.is_empty() && self.title.is_empty();
        let content = match name {
            // In a drawing an element may end in its start tag, whatever its name is.
            _ if tag.self_closing && self.is_drawing() => Content::Markup,
            Name::Script => Content::Script,
            Name::Title => Content::Text,
            Name::Style | Name::Xmp | Name::Noembed | Name::Noframes | Name::Textarea => Content::Raw,
            Name::Iframe if !is_void(&kind, tag) => Content::Raw,
            _ => Content::Markup,
        };
        self.kind = match content {
            Content::Markup => Text::Shown,
            _ if is_title => Text::Title,
            _ => Text::Raw,
        };
        content
    }

    fn end_tag(&mut self, name: &str) {
        let Kind { name, flow, .. } = self.kinds.of(name);
        self.kind = Text::Shown;
        if let Some(outermost) = self.without_text.first() {
            if let Some(at) = self.without_text.iter().rposition(|inner| *inner == name) {
                self.without_text.truncate(at);
                return;
            }
            // An element around it ends, so that it has no end of its own.
            if [Name::Template, Name::Object].contains(outermost) || flow < Flow::Line || self.find(name, &[]).is_none()
            {
                return;
            }
            self.without_text.clear();
        }
        match name {
            Name::Pre => self.preformatted = self.preformatted.saturating_sub(1),
            Name::Li | Name::Ul | Name::Ol => self.item = false,
            _ => {}
        }
        match flow {
            Flow::Inline if name == Name::Br => self.break_line(),
            Flow::Inline | Flow::Cell => {}
            Flow::Line => self.part(1),
            Flow::Paragraph => self.part(2),
        }
        self.close(name, flow);
    }
}

/// Whether it has no end tag. Frames in a `<noscript>` often end in their start tag; browsers read no tags there.
fn is_void(kind: &Kind, tag: &Tag<'_>) -> bool {
    kind.is_void || kind.name == Name::Iframe && tag.self_closing
}

/// Whether it is a template that is shown where it stands: the inside of an element of the page's own.
fn is_shadow_root(name: Name, tag: &Tag<'_>) -> bool {
    name == Name::Template && tag.value(Attribute::ShadowRoot).is_some()
}

/// Whitespace of which browsers show one space, however much there is.
fn is_collapsed(c: char) -> bool {
    c.is_ascii_whitespace() || ends_line(c)
}

/// Characters that would end a line of text.
fn ends_line(c: char) -> bool {
    matches!(c, '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!DOCTYPE html><html><head><title>Tides &amp; walls - The Post</title><meta property=og:title content='Tides'>\
        <style>p { x }</style><script>if (a < b) { '<p>no</p>' }</script></head><body>\
        <nav><ul><li><a href=/>Home</a><li><a href=/n>News</a></ul></nav><h1>The  wall\n is <em>mended</em></h1>\
        <p>One.<br>Two <b>bold</b>,\n three<p>Second &eacute;&nbsp;x</p><template>no</template>\
        <pre>a\n  b\n</pre><table><tr><th>Day<th>Tide<tr><td>Monday<td>4 m</table><div hidden>Hidden</div></body></html>";

    #[test]
    fn what_has_no_text_ends_where_browsers_end_it() {
        let text = |html: &str| read(html).text;
        assert_eq!(text("<noscript><iframe src=x /><p>One.</noscript><p>Two."), "One.\n\nTwo.\n");
        assert_eq!(text("<svg><g><path><title>no</title></g><p>One.</p>"), "One.\n");
        assert_eq!(text("<svg><foreignObject><p>no</p></foreignObject><text>no</svg>One."), "One.\n");
        assert_eq!(text("<div><video><source><p>no</p></div>One."), "One.\n");
        assert_eq!(text("<select><option>no<option>no</select>One."), "One.\n");
        assert_eq!(text("<template><template>no</template><p>no</p></template>One."), "One.\n");
        for name in ["shadowrootmode", "shadowmode", "shadowroot"] {
            assert_eq!(text(&format!("<b-x><template {name}=open><p>One.</p></template></b-x>")), "One.\n");
        }
    }

    #[test]
    fn lines_are_those_of_a_text_browser() {
        let page = read(PAGE);
        assert_eq!(
            page.text,
            "* Home\n* News\n\nThe wall is mended\n\nOne.\nTwo bold, three\n\nSecond é\u{a0}x\n\na\n  b\n\n\nDay\tTide\nMonday\t4 m\n\nHidden\n"
        );
        assert_eq!(page.title.as_deref(), Some("Tides"));
        let lines: Vec<&str> = page.text.lines().collect();
        for line in &page.lines {
            assert!(!lines[line.number].trim().is_empty());
        }
        let text = |found: &HtmlLine| lines[found.number];
        let hidden = page.lines.iter().find(|line| page.elements[line.element as usize].hidden).unwrap();
        assert_eq!(text(hidden), "Hidden");
        let heading = page.lines.iter().find(|line| page.elements[line.element as usize].heading == 1).unwrap();
        assert_eq!((text(heading), heading.emphasized), ("The wall is mended", 6));
        assert_eq!(page.lines.iter().filter(|line| line.item).map(|line| line.linked).collect::<Vec<_>>(), [4, 4]);
    }

    #[test]
    fn every_line_with_text_has_an_entry() {
        for html in
            ["", "x", "<p>", "<pre>\n\nx</pre>y", "<li><li>x", "<table><td><td>x", "<b><p>x</b>y</p>z", "<br><br>x"]
        {
            let page = read(html);
            let shown = page.text.lines().enumerate().filter(|(_, line)| line.chars().any(|c| !c.is_whitespace()));
            let known: Vec<usize> = page.lines.iter().map(|line| line.number).collect();
            assert_eq!(shown.map(|(number, _)| number).collect::<Vec<_>>(), known, "{html}: {:?}", page.text);
        }
    }
}
