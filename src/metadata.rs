//! What is known about a text besides the text itself.

use crate::markup::Markup;

/// What is known about a text: nothing of it is needed. A host alone can be given as it is: `Some("example.org")`.
///
/// Later versions may add to it: end struct expressions with `..Metadata::default()`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Metadata<'m> {
    /// The site that the text comes from; it selects the rules of single sites.
    pub host: Option<&'m str>,
    /// The title of the page, as its head or a feed has it, with or without the name of the site. A line of the text that
    /// is this title is the headline.
    pub title: Option<&'m str>,
    /// The markup of the text, if it is known. [`Options::markup`](crate::Options::markup) takes precedence.
    pub markup: Option<Markup>,
}

impl<'m> From<Option<&'m str>> for Metadata<'m> {
    /// The host, if it is known.
    fn from(host: Option<&'m str>) -> Metadata<'m> {
        Metadata { host, ..Metadata::default() }
    }
}
