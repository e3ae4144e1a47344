//! The classes of lines: what a line of a scraped page is, and sets of classes.

/// What a line of a scraped page is.
///
/// `Body` is the article itself. The others are kinds of boilerplate; [`Options`](crate::Options) says which of them go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum LineClass {
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

impl LineClass {
    /// All classes, in the order in which summaries list them.
    pub const ALL: [LineClass; 22] = [
        LineClass::Body,
        LineClass::Headline,
        LineClass::Standfirst,
        LineClass::Byline,
        LineClass::Dateline,
        LineClass::Credit,
        LineClass::Caption,
        LineClass::Navigation,
        LineClass::Share,
        LineClass::Follow,
        LineClass::Newsletter,
        LineClass::Comments,
        LineClass::Counter,
        LineClass::Related,
        LineClass::Advert,
        LineClass::Paywall,
        LineClass::Consent,
        LineClass::Legal,
        LineClass::AuthorBio,
        LineClass::Tags,
        LineClass::Technical,
        LineClass::Blank,
    ];

    /// The name used in rule files, flags and reports, for example `author-bio`.
    pub const fn name(self) -> &'static str {
        match self {
            LineClass::Body => "body",
            LineClass::Headline => "headline",
            LineClass::Standfirst => "standfirst",
            LineClass::Byline => "byline",
            LineClass::Dateline => "dateline",
            LineClass::Credit => "credit",
            LineClass::Caption => "caption",
            LineClass::Navigation => "navigation",
            LineClass::Share => "share",
            LineClass::Follow => "follow",
            LineClass::Newsletter => "newsletter",
            LineClass::Comments => "comments",
            LineClass::Counter => "counter",
            LineClass::Related => "related",
            LineClass::Advert => "advert",
            LineClass::Paywall => "paywall",
            LineClass::Consent => "consent",
            LineClass::Legal => "legal",
            LineClass::AuthorBio => "author-bio",
            LineClass::Tags => "tags",
            LineClass::Technical => "technical",
            LineClass::Blank => "blank",
        }
    }

    /// The class of that name; `None` when there is none.
    pub fn from_name(name: &str) -> Option<LineClass> {
        LineClass::ALL.into_iter().find(|c| c.name() == name)
    }
}

impl std::fmt::Display for LineClass {
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
    pub fn of(classes: &[LineClass]) -> ClassSet {
        classes.iter().fold(ClassSet::EMPTY, |set, &c| set.with(c))
    }

    /// This set and `class`.
    #[must_use]
    pub fn with(self, class: LineClass) -> ClassSet {
        ClassSet(self.0 | 1 << class as u8)
    }

    /// This set less `class`.
    #[must_use]
    pub fn without(self, class: LineClass) -> ClassSet {
        ClassSet(self.0 & !(1 << class as u8))
    }

    /// Whether `class` is a member.
    pub fn contains(self, class: LineClass) -> bool {
        self.0 & 1 << class as u8 != 0
    }
}
