//! Reads web pages: the lines that a text browser would show, and the elements that each line stands in. Nothing is
//! judged here: what is hidden, or in a menu, is a line with a hint.
//!
//! A page is read by a tokenizer and a stack of open elements, not as a tree: time and memory grow with the length of
//! the page, whatever its nesting.

#![cfg_attr(not(feature = "html"), allow(dead_code))]

mod charset;
mod detect;
mod elements;
mod hints;
mod lines;
mod markdown;
mod names;
#[cfg(feature = "html")]
mod render;
mod tokenizer;

pub(crate) use charset::declared_encoding;
pub use detect::is_html;
pub(crate) use hints::{HINTS, hints};
pub(crate) use lines::HtmlPage;
pub(crate) use markdown::to_markdown;
#[cfg(feature = "html")]
pub(crate) use render::read;

use crate::markup::LineRole;

/// The text of a page, and what the page says of each of its lines. Without the feature `html` the page is text.
pub(crate) fn text_and_roles(html: &str) -> (String, Vec<LineRole>) {
    #[cfg(feature = "html")]
    let text_and_roles = {
        let page = read(html);
        let roles = page.roles(page.text.lines().count());
        (page.text, roles)
    };
    #[cfg(not(feature = "html"))]
    let text_and_roles = (html.to_owned(), Vec::new());
    text_and_roles
}
