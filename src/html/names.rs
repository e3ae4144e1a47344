//! What the words of class names and identifiers say about an element, whoever wrote the page.

use hashbrown::HashMap;

use crate::markup::FieldHints;

/// How a word is compared with one of the list.
#[derive(Debug, Clone, Copy)]
enum Stem {
    /// It is this word.
    Is(&'static str),
    /// It begins with it.
    Begins(&'static str),
    /// It has it anywhere.
    Has(&'static str),
}

impl Stem {
    fn fits(self, word: &str) -> bool {
        match self {
            Stem::Is(stem) => word == stem,
            Stem::Begins(stem) => word.starts_with(stem),
            Stem::Has(stem) => word.contains(stem),
        }
    }
}

use Stem::{Begins, Has, Is};

/// What a name can say. The order is that of the bits of [`Meaning`].
const TOPICS: [(&str, &[Stem]); 30] = [
    (
        "comment",
        &[
            Begins("comment"),
            Has("comments"),
            Begins("disqus"),
            Begins("reply"),
            Begins("replies"),
            Begins("respond"),
            Begins("coral"),
            Is("ugc"),
            Begins("reaction"),
        ],
    ),
    (
        "share",
        &[
            Begins("share"),
            Begins("sharing"),
            Begins("social"),
            Has("socials"),
            Begins("facebook"),
            Begins("twitter"),
            Begins("tweet"),
            Begins("addthis"),
            Begins("addtoany"),
            Begins("whatsapp"),
            Begins("linkedin"),
            Begins("pinterest"),
            Is("sharedaddy"),
            Is("fb"),
            Is("email"),
            Begins("follow"),
            Is("print"),
            Is("bookmark"),
            Begins("sociable"),
        ],
    ),
    (
        "related",
        &[
            Begins("related"),
            Has("related"),
            Begins("recommend"),
            Begins("recirc"),
            Is("more"),
            Begins("readmore"),
            Begins("morefrom"),
            Begins("popular"),
            Begins("trending"),
            Begins("most"),
            Begins("similar"),
            Begins("outbrain"),
            Begins("taboola"),
            Begins("recent"),
            Begins("suggest"),
            Begins("upnext"),
            Is("next"),
            Is("also"),
            Is("alsolike"),
            Begins("latest"),
            Begins("crosslink"),
            Begins("internal"),
        ],
    ),
    (
        "promotion",
        &[
            Begins("promo"),
            Has("promo"),
            Begins("teaser"),
            Has("teaser"),
            Is("card"),
            Begins("cards"),
            Begins("cta"),
            Begins("banner"),
            Begins("offer"),
            Begins("upsell"),
            Begins("callout"),
            Begins("deal"),
            Begins("marketing"),
            Begins("subscription"),
            Begins("paywall"),
            Begins("premium"),
            Begins("donate"),
            Begins("support"),
            Begins("membership"),
            Begins("campaign"),
            Begins("jumbotron"),
        ],
    ),
    (
        "footer",
        &[
            Begins("footer"),
            Has("footer"),
            Is("foot"),
            Begins("colophon"),
            Begins("bottom"),
            Begins("copyright"),
            Begins("footnote"),
            Begins("ending"),
        ],
    ),
    (
        "sidebar",
        &[
            Begins("sidebar"),
            Has("sidebar"),
            Begins("rail"),
            Begins("widget"),
            Has("widget"),
            Is("aside"),
            Is("side"),
            Is("right"),
            Begins("secondary"),
            Begins("rightcol"),
            Is("rhs"),
            Begins("complementary"),
        ],
    ),
    (
        "caption",
        &[
            Begins("caption"),
            Has("caption"),
            Begins("credit"),
            Begins("figcap"),
            Begins("photo"),
            Begins("image"),
            Has("image"),
            Is("img"),
            Begins("picture"),
            Begins("legend"),
            Begins("thumb"),
            Begins("figure"),
        ],
    ),
    (
        "byline",
        &[
            Begins("byline"),
            Has("byline"),
            Begins("author"),
            Is("meta"),
            Begins("date"),
            Has("date"),
            Begins("time"),
            Begins("publish"),
            Begins("writer"),
            Begins("contrib"),
            Is("by"),
            Begins("posted"),
            Begins("modified"),
            Is("info"),
            Begins("metadata"),
            Begins("readtime"),
            Begins("reading"),
        ],
    ),
    (
        "newsletter",
        &[
            Begins("newsletter"),
            Has("newsletter"),
            Begins("subscribe"),
            Has("subscribe"),
            Begins("signup"),
            Is("sign"),
            Begins("optin"),
            Begins("mailchimp"),
            Begins("mailing"),
            Begins("klaviyo"),
            Begins("inline"),
            Is("hsform"),
        ],
    ),
    (
        "advert",
        &[
            Is("ad"),
            Is("ads"),
            Begins("advert"),
            Has("advert"),
            Begins("adsense"),
            Begins("sponsor"),
            Begins("adslot"),
            Begins("adunit"),
            Begins("dfp"),
            Begins("gpt"),
            Begins("adbox"),
            Begins("adwrap"),
            Begins("partner"),
            Begins("affiliate"),
            Begins("adcontainer"),
            Begins("commercial"),
        ],
    ),
    (
        "notice",
        &[
            Begins("cookie"),
            Begins("consent"),
            Begins("gdpr"),
            Begins("modal"),
            Begins("popup"),
            Begins("overlay"),
            Begins("dialog"),
            Begins("lightbox"),
            Begins("onetrust"),
            Begins("privacy"),
            Begins("ccpa"),
            Begins("notice"),
            Begins("toast"),
            Begins("alert"),
            Begins("notification"),
            Begins("tooltip"),
            Begins("interstitial"),
        ],
    ),
    (
        "content",
        &[
            Begins("content"),
            Has("content"),
            Is("text"),
            Begins("richtext"),
            Has("richtext"),
            Begins("rte"),
            Begins("prose"),
            Begins("wysiwyg"),
            Begins("copy"),
            Begins("markdown"),
            Begins("rich"),
        ],
    ),
    ("article", &[Begins("article"), Has("article")]),
    ("body", &[Is("body"), Has("body"), Begins("paragraph"), Has("paragraph"), Is("para")]),
    (
        "post",
        &[
            Is("post"),
            Is("posts"),
            Begins("postcontent"),
            Begins("entry"),
            Has("entrycontent"),
            Begins("blog"),
            Begins("single"),
            Begins("hentry"),
        ],
    ),
    ("story", &[Begins("story"), Has("story"), Begins("feature"), Begins("longform"), Begins("essay"), Is("news")]),
    (
        "menu",
        &[
            Begins("nav"),
            Has("nav"),
            Begins("menu"),
            Has("menu"),
            Begins("breadcrumb"),
            Begins("crumb"),
            Begins("topbar"),
            Begins("toolbar"),
            Begins("skip"),
            Begins("dropdown"),
            Begins("hamburger"),
            Begins("tabs"),
            Is("tab"),
            Begins("links"),
        ],
    ),
    (
        "tags",
        &[
            Is("tag"),
            Is("tags"),
            Begins("tagged"),
            Begins("category"),
            Begins("categories"),
            Begins("topic"),
            Begins("keyword"),
            Begins("taxonomy"),
            Begins("label"),
            Begins("badge"),
            Begins("kicker"),
            Begins("eyebrow"),
            Begins("section"),
            Begins("rubric"),
            Begins("taglist"),
        ],
    ),
    ("title", &[Is("title"), Begins("headline"), Has("headline"), Begins("heading"), Has("title"), Is("h1")]),
    (
        "summary",
        &[
            Begins("summary"),
            Begins("standfirst"),
            Begins("dek"),
            Is("deck"),
            Begins("lead"),
            Is("lede"),
            Begins("intro"),
            Begins("subtitle"),
            Begins("subhead"),
            Begins("excerpt"),
            Begins("abstract"),
            Begins("description"),
            Begins("blurb"),
            Begins("keypoint"),
            Begins("highlights"),
            Begins("tldr"),
            Begins("takeaway"),
            Begins("snippet"),
        ],
    ),
    (
        "shop",
        &[
            Begins("price"),
            Begins("cart"),
            Begins("product"),
            Begins("shop"),
            Begins("buy"),
            Begins("sku"),
            Begins("checkout"),
            Begins("basket"),
            Begins("rating"),
            Begins("review"),
            Begins("star"),
            Begins("stock"),
            Begins("wishlist"),
            Begins("variant"),
            Begins("swatch"),
        ],
    ),
    (
        "account",
        &[
            Begins("login"),
            Begins("signin"),
            Begins("account"),
            Begins("register"),
            Begins("profile"),
            Begins("user"),
            Begins("password"),
            Begins("auth"),
            Begins("member"),
        ],
    ),
    (
        "media",
        &[
            Begins("gallery"),
            Begins("slide"),
            Begins("carousel"),
            Begins("swiper"),
            Begins("slick"),
            Begins("video"),
            Begins("player"),
            Begins("media"),
            Begins("audio"),
            Begins("podcast"),
        ],
    ),
    (
        "contents",
        &[
            Is("toc"),
            Begins("tableofcontents"),
            Begins("anchor"),
            Begins("jump"),
            Begins("outline"),
            Begins("scrollspy"),
        ],
    ),
    (
        "pager",
        &[
            Begins("pager"),
            Begins("pagination"),
            Begins("paging"),
            Begins("prev"),
            Begins("pagenav"),
            Begins("loadmore"),
            Begins("page"),
        ],
    ),
    (
        "thread",
        &[
            Begins("thread"),
            Begins("forum"),
            Begins("message"),
            Begins("answer"),
            Begins("question"),
            Begins("discussion"),
            Begins("quote"),
            Begins("bbcode"),
            Begins("signature"),
        ],
    ),
    (
        "code",
        &[
            Is("code"),
            Begins("highlight"),
            Begins("syntax"),
            Begins("prettyprint"),
            Begins("docs"),
            Begins("documentation"),
            Is("pre"),
            Begins("terminal"),
            Begins("crayon"),
        ],
    ),
    (
        "author-bio",
        &[
            Begins("bio"),
            Has("bio"),
            Begins("authorbox"),
            Begins("about"),
            Begins("biography"),
            Begins("avatar"),
            Begins("persona"),
        ],
    ),
    (
        "header",
        &[
            Begins("header"),
            Has("header"),
            Is("head"),
            Begins("hero"),
            Begins("masthead"),
            Begins("cover"),
            Begins("splash"),
            Begins("topnav"),
            Begins("sitename"),
            Begins("brand"),
            Begins("logo"),
            Is("site"),
        ],
    ),
    (
        "legal",
        &[
            Begins("disclaimer"),
            Begins("disclosure"),
            Begins("legal"),
            Begins("terms"),
            Begins("correction"),
            Begins("note"),
            Begins("license"),
            Begins("source"),
            Begins("reference"),
            Begins("citation"),
            Begins("attribution"),
        ],
    ),
];

/// What the names of an element say: a bit for each topic of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Meaning(u32);

impl Meaning {
    pub(super) const COUNT: usize = TOPICS.len();
    /// Names of what holds the text of an article.
    pub(super) const BODY: Meaning = Meaning::of(&["content", "article", "body", "post", "story"]);
    /// Names that say neither.
    const NEUTRAL: Meaning = Meaning::of(&["title", "summary", "code"]);
    /// Names of everything else.
    pub(super) const OTHER: Meaning = Meaning(((1 << Meaning::COUNT) - 1) & !Meaning::BODY.0 & !Meaning::NEUTRAL.0);

    /// Names of what has authors and dates of its own.
    pub(super) const OTHER_ARTICLE: Meaning =
        Meaning::of(&["comment", "related", "promotion", "newsletter", "sidebar", "author-bio", "thread"]);
    /// Names of the parts of a byline that are not the name of the author.
    pub(super) const BESIDE_AUTHOR: Meaning = Meaning::of(&["share", "caption", "tags"]);

    const fn of(names: &[&str]) -> Meaning {
        let (mut bits, mut topic) = (0, 0);
        while topic < TOPICS.len() {
            let mut name = 0;
            while name < names.len() {
                if same(TOPICS[topic].0.as_bytes(), names[name].as_bytes()) {
                    bits |= 1 << topic;
                }
                name += 1;
            }
            topic += 1;
        }
        Meaning(bits)
    }

    pub(super) fn add(&mut self, other: Meaning) {
        self.0 |= other.0;
    }

    /// The topics, as indices into the list.
    pub(super) fn topics(self) -> impl Iterator<Item = usize> {
        (0..Meaning::COUNT).filter(move |topic| self.0 >> topic & 1 == 1)
    }

    /// How many topics it has in common with another.
    pub(super) fn in_common(self, other: Meaning) -> u32 {
        (self.0 & other.0).count_ones()
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Names of who wrote an article, and of when. [`TOPICS`] has both as one.
const AUTHOR: [Stem; 4] = [Has("byline"), Has("author"), Begins("writer"), Begins("contributor")];
const DATE: [Stem; 8] = [
    Has("date"),
    Begins("publish"),
    Begins("posted"),
    Begins("timestamp"),
    Is("time"),
    Is("datetime"),
    Begins("modified"),
    Begins("pubtime"),
];

/// Looks up words, each once.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    known: HashMap<String, (Meaning, FieldHints)>,
}

impl Lookup {
    /// What a word says, and the fields that it names.
    pub(super) fn meaning(&mut self, word: &str) -> (Meaning, FieldHints) {
        if let Some(known) = self.known.get(word) {
            return *known;
        }
        let fits = |stems: &[Stem]| stems.iter().any(|stem| stem.fits(word));
        let found = TOPICS.iter().enumerate().filter(|(_, (_, stems))| fits(stems));
        let meaning = Meaning(found.fold(0, |bits, (topic, _)| bits | 1 << topic));
        let mut hints = FieldHints::default();
        for (stems, hint) in [(&AUTHOR[..], FieldHints::AUTHOR_BY_NAME), (&DATE, FieldHints::DATE_BY_NAME)] {
            if fits(stems) {
                hints = hints.and(hint);
            }
        }
        self.known.insert(word.to_owned(), (meaning, hints));
        (meaning, hints)
    }
}

/// The characters of a class name or an identifier that are read, and the words.
const MAX_CHARS: usize = 400;
const MAX_WORDS: usize = 24;

/// Calls `each` with the words of class names or an identifier, in lower case. A word ends where no letter or digit
/// follows, and before a capital.
pub(super) fn each_word(names: &str, mut each: impl FnMut(&str)) {
    let (mut word, mut after_lowercase, mut words) = (String::new(), false, 0);
    let mut end = |word: &mut String| {
        if word.len() > 1 && words < MAX_WORDS {
            each(word);
            words += 1;
        }
        word.clear();
    };
    for c in names.chars().take(MAX_CHARS) {
        if !c.is_ascii_alphabetic() && (word.is_empty() || !c.is_ascii_digit()) {
            end(&mut word);
            after_lowercase = false;
            continue;
        }
        if c.is_ascii_uppercase() && after_lowercase {
            end(&mut word);
        }
        after_lowercase = c.is_ascii_lowercase();
        word.push(c.to_ascii_lowercase());
    }
    end(&mut word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_names_are_found() {
        let mut words = Vec::new();
        each_word("site-header articleBody__text  col2 x HTMLView", |word| words.push(word.to_owned()));
        assert_eq!(words, ["site", "header", "article", "body", "text", "col2", "htmlview"]);
    }

    #[test]
    fn words_have_meanings() {
        let mut lookup = Lookup::default();
        let mut topics = |word: &str| lookup.meaning(word).0.topics().map(|topic| TOPICS[topic].0).collect::<Vec<_>>();
        assert_eq!(topics("sharebar"), ["share"]);
        assert_eq!(topics("articlebody"), ["article", "body"]);
        assert!(topics("xyz").is_empty());
        assert_eq!(Meaning::BODY.topics().count(), 5);
        assert_eq!(Meaning::OTHER.topics().count(), Meaning::COUNT - 8);
    }
}
