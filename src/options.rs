//! The options of a [`Cleaner`](crate::Cleaner): plain data with defaults.
//! It parses no flags; the command line makes it from its own arguments.
//! It stands beside the model, below all stages.

use encoding_rs::Encoding;

use crate::line_class::{ClassSet, LineClass};
use crate::normalize::Steps;
use crate::scoring::Profile;

/// How documents are cleaned. `Options::default()` is what most people want.
#[derive(Debug, Clone)]
pub struct Options {
    /// The encoding of the bytes, when the caller knows it; a byte-order mark still wins. Default: found out.
    pub encoding: Option<&'static Encoding>,
    /// The normalisation steps to run. Default: [`Steps::DEFAULT`], the least change that repairs what is broken.
    pub steps: Steps,
    /// The classes of lines that stay. Default: headline, standfirst, caption and body.
    pub keep: ClassSet,
    /// How low a line may score before it goes. Default: [`Profile::Balanced`].
    pub profile: Profile,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            encoding: None,
            steps: Steps::DEFAULT,
            keep: ClassSet::of(&[LineClass::Body, LineClass::Headline, LineClass::Standfirst, LineClass::Caption]),
            profile: Profile::default(),
        }
    }
}
