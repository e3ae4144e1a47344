//! What the words of class names and identifiers say about an element, whoever wrote the page.

use std::ops::Range;
use std::sync::OnceLock;

use hashbrown::HashMap;

use super::elements::hash;

use crate::markup::FieldHints;
use crate::text::ones;

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
    fn text(self) -> &'static str {
        let (Stem::Is(stem) | Stem::Begins(stem) | Stem::Has(stem)) = self;
        stem
    }

    /// Whether it is found where `rest` of a word begins.
    fn fits(self, rest: &str, is_start: bool) -> bool {
        match self {
            Stem::Is(stem) => is_start && rest == stem,
            Stem::Begins(stem) => is_start && rest.starts_with(stem),
            Stem::Has(stem) => rest.starts_with(stem),
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
        ones(self.0.into())
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

/// The folders in which sites keep the pages of those who write for them.
const OF_AUTHORS: [&str; 19] = [
    "author",
    "authors",
    "autor",
    "autoren",
    "autores",
    "auteur",
    "auteurs",
    "by",
    "byline",
    "columnists",
    "contributor",
    "contributors",
    "journalist",
    "profile",
    "profiles",
    "reporters",
    "staff",
    "writer",
    "writers",
];
/// Hosts on which `/@name` is whoever writes there.
const OF_WRITERS: [&str; 2] = ["medium.com", "substack.com"];

/// Whether an address is that of the page of an author: the last part of its path is in such a folder.
pub(super) fn leads_to_author(address: &str) -> bool {
    let path = address.trim().split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let mut parts = path.rsplit('/');
    let (Some(last), Some(folder)) = (parts.next(), parts.next()) else { return false };
    let is_on = |host: &&str| folder.strip_suffix(*host).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let is_writer = last.starts_with('@') && OF_WRITERS.iter().any(is_on);
    is_writer || !last.is_empty() && OF_AUTHORS.iter().any(|name| folder.eq_ignore_ascii_case(name))
}

/// What a word of class names or an identifier says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) meaning: Meaning,
    /// The fields that it names.
    pub(super) hints: FieldHints,
    pub(super) hash: u64,
}

impl Word {
    /// Reads a word of small letters and digits.
    fn new(word: &str) -> Word {
        let mut found = Word { meaning: Meaning::default(), hints: FieldHints::default(), hash: hash(word, 5) };
        let stems = Stems::get();
        for (at, letter) in word.bytes().enumerate() {
            for (stem, meaning, hints) in stems.of_letter(letter) {
                if stem.fits(&word[at..], at == 0) {
                    found.meaning.add(*meaning);
                    found.hints = found.hints.and(*hints);
                }
            }
        }
        found
    }
}

/// All stems by their first letters, each with what a word with it says.
struct Stems([Vec<(Stem, Meaning, FieldHints)>; 26]);

impl Stems {
    fn get() -> &'static Stems {
        static STEMS: OnceLock<Stems> = OnceLock::new();
        STEMS.get_or_init(|| {
            let of_topics = TOPICS.iter().zip(0..).flat_map(|((_, stems), topic)| {
                stems.iter().map(move |stem| (*stem, Meaning(1 << topic), FieldHints::default()))
            });
            let fields = [(&AUTHOR[..], FieldHints::AUTHOR_BY_NAME), (&DATE, FieldHints::DATE_BY_NAME)];
            let of_fields = fields
                .into_iter()
                .flat_map(|(stems, hints)| stems.iter().map(move |stem| (*stem, Meaning::default(), hints)));
            let mut stems = Stems(Default::default());
            for stem in of_topics.chain(of_fields) {
                stems.0[usize::from(stem.0.text().as_bytes()[0] - b'a')].push(stem);
            }
            stems
        })
    }

    fn of_letter(&self, letter: u8) -> &[(Stem, Meaning, FieldHints)] {
        self.0.get(usize::from(letter.wrapping_sub(b'a'))).map_or(&[], Vec::as_slice)
    }
}

/// Looks up class names and identifiers, and the words of them, each once: many elements of a page have the same.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    known: HashMap<String, Word>,
    /// The place of their words among all words.
    values: HashMap<String, Range<usize>>,
    words: Vec<Word>,
    /// How many of these are words of values that are remembered.
    remembered: usize,
}

/// The values that are remembered, and the bytes of one. Pages have some hundred; longer ones hardly occur twice.
const MAX_VALUES: usize = 10_000;
const MAX_VALUE: usize = 200;

impl Lookup {
    /// The words of class names or of an identifier.
    pub(super) fn words(&mut self, value: &str) -> &[Word] {
        if let Some(words) = self.values.get(value) {
            return &self.words[words.clone()];
        }
        let start = self.remembered;
        self.words.truncate(start);
        each_word(value, |word| {
            let word = match self.known.get(word) {
                Some(known) => *known,
                None => *self.known.entry(word.to_owned()).or_insert_with(|| Word::new(word)),
            };
            self.words.push(word);
        });
        if self.values.len() < MAX_VALUES && value.len() <= MAX_VALUE {
            self.remembered = self.words.len();
            self.values.insert(value.to_owned(), start..self.remembered);
        }
        &self.words[start..]
    }
}

/// The characters of a class name or an identifier that are read, and the words.
const MAX_CHARS: usize = 400;
const MAX_WORDS: usize = 24;

/// Calls `each` with the words of class names or an identifier, in lower case. A word ends where no letter or digit
/// follows, and before a capital.
fn each_word(names: &str, mut each: impl FnMut(&str)) {
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
    fn pages_of_authors_are_told_by_their_addresses() {
        for address in ["/author/ada-quayle", "https://post.example/en/Authors/ada/?x=/y#z", "https://medium.com/@ada"]
        {
            assert!(leads_to_author(address), "{address}");
        }
        for address in [
            "",
            "/",
            "/author/",
            "author",
            "/authors",
            "/author/ada/feed",
            "https://video.example/@ada",
            "/tides?by=/by/x",
        ] {
            assert!(!leads_to_author(address), "{address}");
        }
    }

    #[test]
    fn words_have_meanings() {
        let topics = |word: &str| Word::new(word).meaning.topics().map(|topic| TOPICS[topic].0).collect::<Vec<_>>();
        assert_eq!(topics("sharebar"), ["share"]);
        assert_eq!(topics("articlebody"), ["article", "body"]);
        assert!(topics("xyz").is_empty());
        assert_eq!(Meaning::BODY.topics().count(), 5);
        assert_eq!(Meaning::OTHER.topics().count(), Meaning::COUNT - 8);
    }
}
