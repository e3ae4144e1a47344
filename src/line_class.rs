//! The classes of lines: the role of a line on a scraped page.

use crate::named_enum::named_enum;

named_enum! {
    /// What a line of a scraped page is.
    ///
    /// `Body` is the article itself. [`Options`](crate::Options) says which of the others stay as well.
    #[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "kebab-case"))]
    #[repr(u8)]
    pub enum LineClass {
        /// The article: paragraphs, sub-headings, lists, tables, quotations.
        Body = "body",
        /// The title of the article.
        Headline = "headline",
        /// The summary under the headline.
        Standfirst = "standfirst",
        /// Who wrote it ("By Jane Roe", "Jane Roe, staff writer").
        Byline = "byline",
        /// When it was published or updated, or where it was written, on a line of its own.
        Dateline = "dateline",
        /// Where the text or a picture comes from ("Via ...", "Source: ...", "Photo: ...").
        Credit = "credit",
        /// The text under a picture.
        Caption = "caption",
        /// Menus, breadcrumbs, "Search", "Skip to content", page numbers.
        Navigation = "navigation",
        /// Prompts and buttons to pass the page on.
        Share = "share",
        /// Prompts to follow somebody on social networks.
        Follow = "follow",
        /// Prompts to subscribe to a mailing list.
        Newsletter = "newsletter",
        /// Comment forms, comment counts and readers' comments.
        Comments = "comments",
        /// Bare numbers of shares, likes, views.
        Counter = "counter",
        /// Links to other articles, teasers, "Read also".
        Related = "related",
        /// Advertisement labels and affiliate notices.
        Advert = "advert",
        /// Prompts to buy access, to log in or to register.
        Paywall = "paywall",
        /// Cookie and privacy notices.
        Consent = "consent",
        /// Copyright lines, disclaimers, terms.
        Legal = "legal",
        /// Who the author is.
        AuthorBio = "author-bio",
        /// Topic labels and keywords.
        Tags = "tags",
        /// Messages of the page's machinery: players, scripts, loading, printing.
        Technical = "technical",
        /// What nothing names: lines inside the article that the score takes for residue.
        Boilerplate = "boilerplate",
        /// An empty line that was closed, see the step `blank-lines`.
        Blank = "blank",
    }
}
