//! What a text says to its renderer: Markdown's marks, the tags of HTML. Rules, features and scores see each line as a reader does, and
//! the cleaned text keeps the marks of its lines.

mod detect;
mod markdown;

use crate::named_enum::named_enum;
pub(crate) use detect::detect;
pub(crate) use markdown::{LineRole, Mark, Markdown};

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
