//! The elements of a page, and what their names say.

use std::sync::OnceLock;

use hashbrown::HashMap;

use super::names::{Lookup, Meaning, Word, leads_to_author};
use super::tokenizer::Attribute;
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

fn flow(name: &str) -> Flow {
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
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "param"];

/// Elements whose text a reader of the page does not see, or sees as a picture, a player or a choice.
const NO_TEXT: [&str; 9] = ["template", "svg", "object", "math", "canvas", "audio", "video", "select", "datalist"];

/// The part of a page that an element is.
fn place(name: &str) -> Places {
    let of_element = |place: &Place| *place != Place::Hidden && place.name() == name;
    Place::ALL.into_iter().find(of_element).map_or(Places::default(), Places::of)
}

/// Declares the names that are compared with others.
macro_rules! names {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// The name of an element. Names are compared with others at every tag.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Name {
            $($variant,)+
            /// Another name, by its number on the page.
            Other(u32),
        }

        /// Those that are compared, with their texts.
        const COMPARED: &[(&str, Name)] = &[$(($name, Name::$variant)),+];
    };
}

names! {
    A = "a", Annotation = "annotation-xml", Article = "article", Body = "body", Br = "br", Button = "button",
    Caption = "caption", Dd = "dd", Desc = "desc", Div = "div", Dl = "dl", Dt = "dt", ForeignObject = "foreignobject",
    Head = "head", Html = "html", Iframe = "iframe", Legend = "legend", Li = "li", Math = "math", Menu = "menu",
    Meta = "meta", Noembed = "noembed", Noframes = "noframes", Object = "object", Ol = "ol", Option = "option", P = "p",
    Pre = "pre", Script = "script", Section = "section", Style = "style", Svg = "svg", Table = "table", Tbody = "tbody",
    Td = "td", Template = "template", Textarea = "textarea", Tfoot = "tfoot", Th = "th", Thead = "thead",
    Title = "title", Tr = "tr", Ul = "ul", Xmp = "xmp",
}

/// What the name of an element says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) name: Name,
    pub(super) flow: Flow,
    pub(super) is_void: bool,
    pub(super) has_no_text: bool,
    pub(super) style: Style,
    is_list: bool,
    verbatim: bool,
    /// The level, if it is a heading.
    heading: u8,
    place: Places,
    hints: FieldHints,
    /// Hashes of the name, for paths and for signatures.
    path: u64,
    signature: u64,
}

/// What an inline element says about its characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Link,
    Strong,
    Emphasis,
    Small,
    Time,
    Code,
    None,
}

impl Kind {
    fn new(name: Name, text: &str) -> Kind {
        Kind {
            name,
            flow: flow(text),
            is_void: VOID.contains(&text),
            has_no_text: NO_TEXT.contains(&text),
            style: match text {
                "a" => Style::Link,
                "b" | "strong" => Style::Strong,
                "em" | "i" | "cite" => Style::Emphasis,
                "small" | "sub" | "sup" => Style::Small,
                "time" => Style::Time,
                "code" | "kbd" | "samp" => Style::Code,
                _ => Style::None,
            },
            is_list: matches!(text, "ul" | "ol" | "dl"),
            verbatim: matches!(text, "pre" | "code" | "samp" | "kbd"),
            heading: match text.as_bytes() {
                [b'h', level @ b'1'..=b'6'] => level - b'0',
                _ => 0,
            },
            place: place(text),
            hints: match text {
                "h1" => FieldHints::HEADLINE,
                "time" => FieldHints::DATE,
                "address" => FieldHints::AUTHOR_BY_NAME,
                _ => FieldHints::default(),
            },
            path: hash(text, 7),
            signature: hash(text, 3),
        }
    }
}

/// The names of the elements of a page.
#[derive(Debug)]
pub(super) struct Kinds(HashMap<String, Kind>);

impl Kinds {
    pub(super) fn new() -> Kinds {
        static COMPARED_KINDS: OnceLock<HashMap<String, Kind>> = OnceLock::new();
        let kinds = COMPARED_KINDS
            .get_or_init(|| COMPARED.iter().map(|&(text, name)| (text.to_owned(), Kind::new(name, text))).collect());
        Kinds(kinds.clone())
    }

    /// What a name in lower case says.
    pub(super) fn of(&mut self, name: &str) -> Kind {
        if let Some(kind) = self.0.get(name) {
            return *kind;
        }
        let kind = Kind::new(Name::Other(self.0.len() as u32), name);
        self.0.insert(name.to_owned(), kind);
        kind
    }
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

pub(super) fn hash(text: &str, start: u64) -> u64 {
    text.bytes().fold(start, |hash, byte| mix(hash, u64::from(byte)))
}

impl Element {
    /// The page itself.
    pub(super) fn page() -> Element {
        Element { block: true, ..Element::default() }
    }

    /// A child of this element, which is at `parent`; it will be at `own`.
    pub(super) fn child(&self, (parent, own): (u32, u32), kind: &Kind) -> Element {
        let block = kind.flow != Flow::Inline;
        let is_table = kind.name == Name::Table;
        Element {
            parent,
            depth: self.depth + 1,
            block,
            hidden: self.hidden,
            verbatim: self.verbatim || kind.verbatim,
            paragraph: kind.name == Name::P || self.paragraph && !block,
            heading: if kind.heading > 0 { kind.heading } else { self.heading },
            lists: self.lists.saturating_add(u8::from(kind.is_list)),
            list: if kind.is_list && self.list == 0 { own } else { self.list },
            table: if is_table { own } else { self.table },
            tables: self.tables.saturating_add(u8::from(is_table)),
            own_places: kind.place,
            places: self.places,
            path: if block { mix(self.path, kind.path) } else { self.path },
            signature: kind.signature,
            hints: kind.hints,
            hinted: self.hinted,
            ..Element::default()
        }
    }

    /// Whether it is a part of a page, or has microdata or names with a meaning.
    pub(super) fn says_something(&self) -> bool {
        self.own_places != Places::default() || self.properties != 0 || self.meaning != Meaning::default()
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
    pub(super) fn read(&mut self, attribute: Attribute, value: &str, names: &mut Lookup) {
        match attribute {
            Attribute::Class | Attribute::Id => {
                let words = names.words(value);
                self.named |= !words.is_empty();
                for &Word { meaning, hints, hash } in words {
                    self.meaning.add(meaning);
                    self.hints = self.hints.and(hints);
                    if attribute == Attribute::Class {
                        self.signature = mix(self.signature, hash);
                    }
                }
            }
            Attribute::Itemprop => value.split_ascii_whitespace().for_each(|name| {
                self.properties |= property(name);
                self.hints = self.hints.and(hint_of_property(name));
            }),
            Attribute::Rel if value.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("author")) => {
                self.hints = self.hints.and(FieldHints::AUTHOR);
            }
            // Where a site has no class names that mean something, the link to the author's page does.
            Attribute::Href if leads_to_author(value) => self.hints = self.hints.and(FieldHints::AUTHOR_BY_NAME),
            Attribute::Role => self.own_places = self.own_places.and(place_of_role(value)),
            Attribute::Hidden => self.hidden = true,
            Attribute::AriaHidden => self.hidden |= value == "true",
            Attribute::Style => {
                let hides = |value: &str| value.contains("display:none") || value.contains("visibility:hidden");
                self.hidden |= if value.contains(' ') { hides(&value.replace(' ', "")) } else { hides(value) };
            }
            _ => {}
        }
    }
}
