//! What a text says to its renderer: Markdown's marks, the tags of HTML. Rules, features and scores see each line as a reader does, and
//! the cleaned text keeps the marks of its lines.

mod detect;
mod markdown;

use crate::named_enum::named_enum;
use crate::text::ones;
pub(crate) use detect::detect;
pub(crate) use markdown::{LineRole, Mark, Markdown};

named_enum! {
    /// A part of a web page: an element, a role that says the same, or what is hidden until something is clicked.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "lowercase"))]
    pub(crate) enum Place {
        Nav = "nav",
        Header = "header",
        Footer = "footer",
        Aside = "aside",
        Form = "form",
        Button = "button",
        Main = "main",
        Article = "article",
        Section = "section",
        Dialog = "dialog",
        Figure = "figure",
        Figcaption = "figcaption",
        Blockquote = "blockquote",
        Label = "label",
        Noscript = "noscript",
        Hidden = "hidden",
    }
}

/// Some of the places, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Places(u32);

impl Places {
    pub(crate) const fn of(place: Place) -> Places {
        Places(1 << place as u32)
    }

    pub(crate) const fn and(self, others: Places) -> Places {
        Places(self.0 | others.0)
    }

    pub(crate) const fn has(self, place: Place) -> bool {
        self.0 >> place as u32 & 1 == 1
    }

    /// Their numbers.
    pub(crate) fn all(self) -> impl Iterator<Item = usize> {
        ones(self.0.into())
    }
}

/// What the page marks a line as: the headline of its article, its author, its date. Several may be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FieldHints(u8);

impl FieldHints {
    pub(crate) const HEADLINE: FieldHints = FieldHints(1);
    /// By a relation or a property of microdata.
    pub(crate) const AUTHOR: FieldHints = FieldHints(2);
    /// By `<time>` or a property of microdata.
    pub(crate) const DATE: FieldHints = FieldHints(4);
    /// By class names, identifiers or `<address>`.
    pub(crate) const AUTHOR_BY_NAME: FieldHints = FieldHints(8);
    pub(crate) const DATE_BY_NAME: FieldHints = FieldHints(16);

    pub(crate) const fn and(self, others: FieldHints) -> FieldHints {
        FieldHints(self.0 | others.0)
    }

    pub(crate) const fn without(self, others: FieldHints) -> FieldHints {
        FieldHints(self.0 & !others.0)
    }

    pub(crate) const fn has(self, hint: FieldHints) -> bool {
        self.0 & hint.0 != 0
    }
}

named_enum! {
    /// The markup of a text.
    #[derive(Default)]
    pub enum Markup {
        /// None: every character is text.
        #[default]
        None = "none",
        /// Markdown, as CommonMark defines it, with tables and front matter.
        Markdown = "markdown",
        /// HTML: a web page, or a part of one. Without the feature `html` it is read as text.
        Html = "html",
    }
}
