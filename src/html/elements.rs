//! The elements of a page, and what their names say.

use super::names::{Lookup, Meaning, each_word};
use crate::markup::{FieldHints, Place, Places};

/// How an element parts the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Flow {
    /// Not at all.
    Inline,
    /// It is a cell of a table.
    Cell,
    /// It begins and ends a line.
    Line,
    /// Blank lines are around it.
    Paragraph,
}

pub(super) fn flow(name: &str) -> Flow {
    match name {
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "blockquote" | "pre" | "table"
        | "figure" | "hr" => Flow::Paragraph,
        "div" | "section" | "article" | "main" | "header" | "footer" | "nav" | "aside" | "form" | "fieldset"
        | "address" | "li" | "dt" | "dd" | "tr" | "figcaption" | "caption" | "details" | "summary" | "body"
        | "html" | "thead" | "tbody" | "tfoot" | "center" | "button" | "legend" | "option" | "search" | "hgroup"
        | "dialog" | "menu" => Flow::Line,
        "td" | "th" => Flow::Cell,
        _ => Flow::Inline,
    }
}

/// Elements that never have an end tag.
pub(super) const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "param"];

/// Elements whose text a reader of the page does not see, or sees as a picture, a player or a choice.
pub(super) const NO_TEXT: [&str; 9] =
    ["template", "svg", "object", "math", "canvas", "audio", "video", "select", "datalist"];

/// The part of a page that an element is.
fn place(name: &str) -> Places {
    let of_element = |place: &Place| *place != Place::Hidden && place.name() == name;
    Place::ALL.into_iter().find(of_element).map_or(Places::default(), Places::of)
}

/// The part of a page that an ARIA role stands for.
fn place_of_role(role: &str) -> Places {
    place(match role {
        "navigation" | "menu" | "menubar" | "tablist" => "nav",
        "banner" => "header",
        "contentinfo" => "footer",
        "complementary" => "aside",
        "search" => "form",
        "alert" | "alertdialog" => "dialog",
        other => other,
    })
}

/// The kinds of microdata properties.
pub(super) const PROPERTIES: usize = 6;
pub(super) const ARTICLE_BODY: u8 = 1;

/// The kind of a microdata property (schema.org), as a bit.
fn property(name: &str) -> u8 {
    match name {
        "articleBody" | "text" | "reviewBody" => ARTICLE_BODY,
        "headline" | "name" => 2,
        "author" | "datePublished" | "dateModified" | "publisher" => 4,
        "description" | "about" => 8,
        "comment" | "itemListElement" | "review" => 16,
        "image" | "caption" => 32,
        _ => 0,
    }
}

/// The field that a microdata property names.
fn hint_of_property(name: &str) -> FieldHints {
    match name {
        "headline" => FieldHints::HEADLINE,
        "author" | "creator" => FieldHints::AUTHOR,
        "datePublished" | "dateModified" | "dateCreated" => FieldHints::DATE,
        _ => FieldHints::default(),
    }
}

/// An open or closed element. The first one of a page is the page itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Element {
    pub(super) parent: u32,
    pub(super) depth: u16,
    /// It parts the text around it.
    pub(super) block: bool,
    /// It or one around it is hidden.
    pub(super) hidden: bool,
    /// It or one around it is preformatted text or code.
    pub(super) verbatim: bool,
    /// It is a paragraph, or inline text of one.
    pub(super) paragraph: bool,
    /// The level of the heading that it is in, 0 outside of headings.
    pub(super) heading: u8,
    /// The lists and tables around it.
    pub(super) lists: u8,
    pub(super) tables: u8,
    /// The outermost list and the innermost table around it, 0 if there is none.
    pub(super) list: u32,
    pub(super) table: u32,
    /// The kinds of its microdata properties, a bit each.
    pub(super) properties: u8,
    /// The parts of a page that it is, by its name and its role.
    pub(super) own_places: Places,
    /// Those that it is in, its own and [`Place::Hidden`] among them.
    pub(super) places: Places,
    /// What its class names and its identifier say.
    pub(super) meaning: Meaning,
    /// The fields that it is, by its name and its attributes.
    pub(super) hints: FieldHints,
    /// The innermost of itself and of the elements around it that has such hints, 0 if there is none.
    pub(super) hinted: u32,
    /// Whether it has class names or an identifier.
    pub(super) named: bool,
    /// A hash of the names of the blocks around it and of its own.
    pub(super) path: u64,
    /// A hash of its name and its class names.
    pub(super) signature: u64,
}

pub(super) fn mix(hash: u64, value: u64) -> u64 {
    let mixed = (hash.rotate_left(23) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ (mixed >> 31)
}

fn hash(text: &str, start: u64) -> u64 {
    text.bytes().fold(start, |hash, byte| mix(hash, u64::from(byte)))
}

impl Element {
    /// The page itself.
    pub(super) fn page() -> Element {
        Element { block: true, ..Element::default() }
    }

    /// A child of this element, which is at `parent`; it will be at `own`.
    pub(super) fn child(&self, (parent, own): (u32, u32), name: &str) -> Element {
        let is_list = matches!(name, "ul" | "ol" | "dl");
        let block = flow(name) != Flow::Inline;
        let heading = match name.as_bytes() {
            [b'h', level @ b'1'..=b'6'] => level - b'0',
            _ => self.heading,
        };
        Element {
            parent,
            depth: self.depth + 1,
            block,
            hidden: self.hidden,
            verbatim: self.verbatim || matches!(name, "pre" | "code" | "samp" | "kbd"),
            paragraph: name == "p" || self.paragraph && !block,
            heading,
            lists: self.lists.saturating_add(u8::from(is_list)),
            list: if is_list && self.list == 0 { own } else { self.list },
            table: if name == "table" { own } else { self.table },
            tables: self.tables.saturating_add(u8::from(name == "table")),
            own_places: place(name),
            places: self.places,
            path: if block { mix(self.path, hash(name, 7)) } else { self.path },
            signature: hash(name, 3),
            hints: match name {
                "h1" => FieldHints::HEADLINE,
                "time" => FieldHints::DATE,
                "address" => FieldHints::AUTHOR_BY_NAME,
                _ => FieldHints::default(),
            },
            hinted: self.hinted,
            ..Element::default()
        }
    }

    /// Adds what all attributes together say.
    pub(super) fn end_attributes(&mut self, own: u32) {
        if self.meaning.in_common(Meaning::OTHER_ARTICLE) + self.meaning.in_common(Meaning::BESIDE_AUTHOR) > 0 {
            self.hints = self.hints.without(FieldHints::AUTHOR_BY_NAME);
        }
        if self.hints != FieldHints::default() {
            self.hinted = own;
        }
        self.places = self.places.and(self.own_places);
        if self.hidden {
            self.places = self.places.and(Places::of(Place::Hidden));
        }
    }

    /// Reads an attribute.
    pub(super) fn read(&mut self, attribute: &str, value: &str, names: &mut Lookup) {
        match attribute {
            "class" | "id" => each_word(value, |word| {
                self.named = true;
                let (meaning, hints) = names.meaning(word);
                self.meaning.add(meaning);
                self.hints = self.hints.and(hints);
                if attribute == "class" {
                    self.signature = mix(self.signature, hash(word, 5));
                }
            }),
            "itemprop" => value.split_ascii_whitespace().for_each(|name| {
                self.properties |= property(name);
                self.hints = self.hints.and(hint_of_property(name));
            }),
            "rel" if value.split_ascii_whitespace().any(|relation| relation.eq_ignore_ascii_case("author")) => {
                self.hints = self.hints.and(FieldHints::AUTHOR);
            }
            "role" => self.own_places = self.own_places.and(place_of_role(value)),
            "hidden" => self.hidden = true,
            "aria-hidden" => self.hidden |= value == "true",
            "style" => {
                let value = value.replace(' ', "");
                self.hidden |= value.contains("display:none") || value.contains("visibility:hidden");
            }
            _ => {}
        }
    }
}
