//! The nouns every stage speaks: lines, classes, signals, verdicts, reports.
//! It holds no behaviour beyond names and small accessors.
//! It stands below all stages; of them it knows only the names that reports give, `How` and `Step`.

mod evidence;
mod scores;

use std::ops::Range;

use crate::decode::How;
use crate::normalize::Step;

pub use evidence::{COLUMNS, Evidence, Spacing};
pub use scores::{Profile, Scores, Threshold};

/// What a line of a scraped page is.
///
/// `Body` is the article itself. The others are kinds of furniture; [`Options`](crate::Options) says which of them go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum Class {
    /// The article: paragraphs, sub-headings, lists, tables, quotations.
    Body,
    /// The title of the article.
    Headline,
    /// The summary under the headline.
    Standfirst,
    /// Who wrote it ("By Jane Roe", "Jane Roe, staff writer").
    Byline,
    /// When it was published or updated, or where it was written, on a line of its own.
    Dateline,
    /// Where the text or a picture comes from ("Via ...", "Source: ...", "Photo: ...").
    Credit,
    /// The text under a picture.
    Caption,
    /// Menus, breadcrumbs, "Search", "Skip to content", page numbers.
    Navigation,
    /// Prompts and buttons to pass the page on.
    Share,
    /// Prompts to follow somebody on social networks.
    Follow,
    /// Prompts to subscribe to a mailing list.
    Newsletter,
    /// Comment forms, comment counts and readers' comments.
    Comments,
    /// Bare numbers of shares, likes, views.
    Counter,
    /// Links to other articles, teasers, "Read also".
    Related,
    /// Advertisement labels and affiliate notices.
    Advert,
    /// Prompts to buy access, to log in or to register.
    Paywall,
    /// Cookie and privacy notices.
    Consent,
    /// Copyright lines, disclaimers, terms.
    Legal,
    /// Who the author is.
    AuthorBio,
    /// Topic labels and keywords.
    Tags,
    /// Messages of the page's machinery: players, scripts, loading, printing.
    Technical,
    /// An empty line that was closed, see the step `blank-lines`.
    Blank,
}

impl Class {
    /// All classes, in the order in which summaries list them.
    pub const ALL: [Class; 22] = [
        Class::Body,
        Class::Headline,
        Class::Standfirst,
        Class::Byline,
        Class::Dateline,
        Class::Credit,
        Class::Caption,
        Class::Navigation,
        Class::Share,
        Class::Follow,
        Class::Newsletter,
        Class::Comments,
        Class::Counter,
        Class::Related,
        Class::Advert,
        Class::Paywall,
        Class::Consent,
        Class::Legal,
        Class::AuthorBio,
        Class::Tags,
        Class::Technical,
        Class::Blank,
    ];

    /// The name used in rule files, flags and reports, for example `author-bio`.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Body => "body",
            Class::Headline => "headline",
            Class::Standfirst => "standfirst",
            Class::Byline => "byline",
            Class::Dateline => "dateline",
            Class::Credit => "credit",
            Class::Caption => "caption",
            Class::Navigation => "navigation",
            Class::Share => "share",
            Class::Follow => "follow",
            Class::Newsletter => "newsletter",
            Class::Comments => "comments",
            Class::Counter => "counter",
            Class::Related => "related",
            Class::Advert => "advert",
            Class::Paywall => "paywall",
            Class::Consent => "consent",
            Class::Legal => "legal",
            Class::AuthorBio => "author-bio",
            Class::Tags => "tags",
            Class::Technical => "technical",
            Class::Blank => "blank",
        }
    }

    /// The class of that name; `None` when there is none.
    pub fn from_name(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|c| c.name() == name)
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

/// A set of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassSet(u32);

impl ClassSet {
    /// The set without members.
    pub const EMPTY: ClassSet = ClassSet(0);

    /// The set of these classes.
    pub fn of(classes: &[Class]) -> ClassSet {
        classes.iter().fold(ClassSet::EMPTY, |set, &c| set.with(c))
    }

    /// This set and `class`.
    #[must_use]
    pub fn with(self, class: Class) -> ClassSet {
        ClassSet(self.0 | 1 << class as u8)
    }

    /// This set less `class`.
    #[must_use]
    pub fn without(self, class: Class) -> ClassSet {
        ClassSet(self.0 & !(1 << class as u8))
    }

    /// Whether `class` is a member.
    pub fn contains(self, class: Class) -> bool {
        self.0 & 1 << class as u8 != 0
    }
}

/// One line of the normalised text. Lines end at `\n` and nothing else; a `\r` before it belongs to the ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Byte offset of its first byte.
    pub start: usize,
    /// Byte offset after its last byte, the ending not counted.
    pub end: usize,
    /// Byte offset of the next line: after the ending, or the end of the text.
    pub next: usize,
}

impl Line {
    /// The line's bytes without its ending.
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// What a line shows. Lines without letters, digits or signs are blank and have no other feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features {
    /// Nothing but white space.
    pub blank: bool,
    /// Characters, white space not counted.
    pub chars: usize,
    /// Letters.
    pub letters: usize,
    /// Digits and other numerals.
    pub digits: usize,
    /// ASCII's signs, but for apostrophes, hyphens, full stops and commas.
    pub signs: usize,
    /// Words; two characters count as one in scripts without spaces.
    pub words: usize,
    /// Words that begin with a capital.
    pub capitalized: usize,
    /// Whether the line begins with a bullet.
    pub bulleted: bool,
    /// Whether it ends as sentences do.
    pub ends_sentence: bool,
    /// Lines above it, blank ones not counted.
    pub from_top: usize,
    /// Lines below it, blank ones not counted.
    pub from_bottom: usize,
}

impl Features {
    /// Whether the line reads like prose: as many words as a sentence has, and a sentence's end; or so many words that
    /// it can be nothing else. Scripts and data are no prose, however long: an eighth and more of their characters are
    /// signs, as in 1 of 400 paragraphs, nearly all of them tables and code.
    pub fn is_prose(&self) -> bool {
        let data = self.signs * 8 > self.chars && self.words >= 25;
        !data && (self.ends_sentence && self.words >= 8 || self.words >= 25)
    }

    /// Whether more than half of the words begin with a capital, as in names and titles.
    pub fn is_title_case(&self) -> bool {
        self.capitalized * 2 > self.words
    }
}

/// A document on its way through the stages.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// The normalised text.
    pub text: &'a str,
    /// Its lines.
    pub lines: &'a [Line],
    /// What each line shows.
    pub features: &'a [Features],
    /// The site it comes from, where known.
    pub host: Option<&'a str>,
}

impl<'a> Document<'a> {
    /// Line `index`, from 0, without its ending.
    pub fn line(&self, index: usize) -> &'a str {
        &self.text[self.lines[index].span()]
    }
}

/// A rule that fired on a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// The line, counted from 0.
    pub line: usize,
    /// The rule, an index into [`RuleSet::rules`](crate::RuleSet::rules).
    pub rule: usize,
    /// For span rules: the bytes of the text to cut. Otherwise the line's own span.
    pub span: Range<usize>,
}

/// Why a line got its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// This rule fired, an index into [`RuleSet::rules`](crate::RuleSet::rules).
    Rule(usize),
    /// A named heuristic of [`classify`](crate::classify), for example `after-end`.
    Heuristic(&'static str),
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether the line stays.
    pub keep: bool,
    /// What the line was taken for.
    pub class: Class,
    /// Everything that spoke for the verdict: all rules that fired, then the heuristics.
    pub reasons: Vec<Reason>,
    /// Byte ranges of the normalised text that span rules cut out of a line that stays.
    pub cuts: Vec<Range<usize>>,
}

impl Verdict {
    /// A line of the body that stays and of which nothing is known.
    pub const KEEP: Verdict = Verdict { keep: true, class: Class::Body, reasons: Vec::new(), cuts: Vec::new() };
}

/// A stretch of the normalised text that is not in the cleaned one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The line it belongs to, an index.
    pub line: usize,
    /// The bytes of the normalised text that went: a line with the line ending that went with it, or a part of a line.
    pub span: Range<usize>,
}

/// How the lines of a document relate to its paragraphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// A line is a paragraph, a heading, a list item: what extractors write.
    #[default]
    Blocks,
    /// Paragraphs are broken over many lines of about the same length.
    HardWrapped,
    /// The whole document stands on one line.
    OneLine,
}

impl Layout {
    /// The name used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Layout::Blocks => "blocks",
            Layout::HardWrapped => "hard-wrapped",
            Layout::OneLine => "one-line",
        }
    }
}

/// What happened to one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The encoding the bytes were read in, by its WHATWG name.
    pub encoding: &'static str,
    /// How the encoding was found.
    pub how: How,
    /// Characters that could not be decoded and became U+FFFD.
    pub replaced: usize,
    /// The normalisation steps that changed something, with how many places each changed.
    pub steps: Vec<(Step, usize)>,
    /// How the document is laid out.
    pub layout: Layout,
    /// Lines before and after.
    pub lines: (usize, usize),
    /// Characters (Unicode scalar values) before and after.
    pub chars: (usize, usize),
    /// Words before and after. In scripts without spaces two characters count as a word; a line of which a part is cut
    /// counts as a whole.
    pub words: (usize, usize),
    /// Whether the decision was taken back because nearly nothing would have been left.
    pub taken_back: bool,
}
