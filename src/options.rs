//! The options of a [`Cleaner`](crate::Cleaner).

use crate::decode::TextEncoding;
use crate::line_class::LineClass;
use crate::markup::Markup;
use crate::normalize::Steps;
use crate::scoring::Profile;

/// How texts are cleaned. The defaults suit most uses.
///
/// Later versions may add options: end struct expressions with `..Options::default()`.
#[derive(Debug, Clone)]
pub struct Options {
    /// The encoding of the bytes, if known; a byte-order mark takes precedence. Default: detected.
    pub encoding: Option<TextEncoding>,
    /// The normalisation steps to run. Default: [`Steps::DEFAULT`], the least change that repairs what is broken.
    pub steps: Steps,
    /// The classes of lines that are kept. Default: headline, standfirst, caption and body.
    pub keep: Vec<LineClass>,
    /// The markup of the texts, if known. Default: detected, text by text.
    pub markup: Option<Markup>,
    /// What web pages become as documents ([`Cleaner::clean_document`](crate::Cleaner::clean_document)): text, or
    /// Markdown with their headings, lists, tables, links and code. Default: [`Markup::None`], text.
    pub pages_as: Markup,
    /// How much is removed by score, without a rule. Default: [`Profile::Balanced`].
    pub profile: Profile,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            encoding: None,
            steps: Steps::DEFAULT,
            keep: vec![LineClass::Body, LineClass::Headline, LineClass::Standfirst, LineClass::Caption],
            markup: None,
            pages_as: Markup::None,
            profile: Profile::default(),
        }
    }
}
