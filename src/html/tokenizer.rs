//! Splits a page into tags and text as browsers do ("Tokenization" in the HTML standard). Only the attributes that are
//! of use are read, the others are passed over.
//!
//! Time is linear whatever the page: nothing is looked for twice, and what is not closed ends the page.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3, memmem};

/// The attributes of a tag that are read. Pages have at most some dozen.
const MAX_ATTRIBUTES: usize = 200;
/// The bytes of a tag that are read. Some pages have an image in an attribute.
const MAX_TAG: usize = 64 << 10;

/// Takes the tokens of a page.
pub(super) trait Sink {
    /// Text between tags, or inside of an element with [`Content::Text`].
    fn text(&mut self, text: &str);
    /// A start tag; returns what its element contains.
    fn start_tag(&mut self, tag: &Tag<'_>) -> Content;
    /// An end tag, by its name in lower case.
    fn end_tag(&mut self, name: &str);
}

/// What stands between the tags of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Text and tags.
    Markup,
    /// Text up to the end tag.
    Text,
    /// The same, but nobody reads it.
    Raw,
    /// A script, whose end tag may be in a comment.
    Script,
}

/// The attributes that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    AriaHidden,
    Class,
    Content,
    Hidden,
    Href,
    Id,
    Itemprop,
    Name,
    Property,
    Rel,
    Role,
    /// One that shows a template where it stands. The other names are those of pages that Chrome and SingleFile saved
    /// before there was a standard.
    ShadowRoot,
    Style,
}

impl Attribute {
    const NAMES: [(&str, Attribute); 15] = [
        ("aria-hidden", Attribute::AriaHidden),
        ("class", Attribute::Class),
        ("content", Attribute::Content),
        ("hidden", Attribute::Hidden),
        ("href", Attribute::Href),
        ("id", Attribute::Id),
        ("itemprop", Attribute::Itemprop),
        ("name", Attribute::Name),
        ("property", Attribute::Property),
        ("rel", Attribute::Rel),
        ("role", Attribute::Role),
        ("shadowmode", Attribute::ShadowRoot),
        ("shadowroot", Attribute::ShadowRoot),
        ("shadowrootmode", Attribute::ShadowRoot),
        ("style", Attribute::Style),
    ];

    fn named(name: &[u8]) -> Option<Attribute> {
        let is_it = |(known, _): &&(&str, Attribute)| known.as_bytes().eq_ignore_ascii_case(name);
        Attribute::NAMES.iter().find(is_it).map(|(_, attribute)| *attribute)
    }
}

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'t> {
    /// Its name in lower case.
    pub(super) name: &'t str,
    /// Whether it ends in `/>`.
    pub(super) self_closing: bool,
    attributes: &'t [(Attribute, &'t str)],
}

impl<'t> Tag<'t> {
    /// Its attributes, of equal ones the first.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (Attribute, Cow<'t, str>)> {
        self.attributes.iter().map(|&(attribute, value)| (attribute, read_value(value)))
    }

    /// The value of an attribute.
    pub(super) fn value(&self, attribute: Attribute) -> Option<Cow<'t, str>> {
        let found = self.attributes.iter().find(|(other, _)| *other == attribute);
        found.map(|&(_, value)| read_value(value))
    }
}

/// Reads a page from its beginning to its end.
pub(super) fn tokenize(html: &str, sink: &mut impl Sink) {
    let html = html.strip_prefix('\u{feff}').unwrap_or(html);
    let mut reader = Reader { html, at: 0, name: String::new(), attributes: Vec::new() };
    // Where the text begins that was not given to the sink yet.
    let mut text = 0;
    while let Some(found) = memchr(b'<', &html.as_bytes()[reader.at..]) {
        let tag = reader.at + found;
        reader.at = tag + 1;
        let kind = reader.peek();
        if !(kind.is_ascii_alphabetic() || matches!(kind, b'!' | b'/' | b'?')) || kind == b'/' && tag + 2 == html.len()
        {
            // It is text.
            continue;
        }
        give_text(&html[text..tag], sink);
        let read = match kind {
            b'!' | b'?' => reader.skip_comment(),
            b'/' if reader.html.as_bytes()[tag + 2].is_ascii_alphabetic() => {
                reader.at += 1;
                reader.read_tag().map(|_| sink.end_tag(&reader.name))
            }
            b'/' => reader.skip_past(b'>'),
            _ => reader.read_tag().and_then(|self_closing| {
                let tag = Tag { name: &reader.name, self_closing, attributes: &reader.attributes };
                let content = sink.start_tag(&tag);
                reader.read_content(content, sink)
            }),
        };
        // What is not closed is no tag, and no text.
        let Some(()) = read else { return };
        text = reader.at;
    }
    give_text(&html[text..], sink);
}

/// Gives text between tags to the sink.
fn give_text(text: &str, sink: &mut impl Sink) {
    if text.is_empty() {
        return;
    }
    if memchr3(b'&', b'\r', 0, text.as_bytes()).is_none() {
        sink.text(text);
        return;
    }
    let text = htmlize::unescape(unify_line_breaks(text));
    // Here a NUL is left out. It ends an entity, so it goes after these.
    if memchr(0, text.as_bytes()).is_some() { sink.text(&text.replace('\0', "")) } else { sink.text(&text) }
}

/// The value of an attribute as its author meant it.
fn read_value(value: &str) -> Cow<'_, str> {
    if memchr3(b'&', b'\r', 0, value.as_bytes()).is_none() {
        return Cow::Borrowed(value);
    }
    htmlize::unescape_attribute(replace_nul(unify_line_breaks(value)))
}

fn unify_line_breaks(text: &str) -> Cow<'_, str> {
    if memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

fn replace_nul(text: Cow<'_, str>) -> Cow<'_, str> {
    if memchr(0, text.as_bytes()).is_some() { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { text }
}

/// Whether a byte ends the name of a tag.
fn ends_name(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')
}

/// A place in a page, and the last tag before it.
struct Reader<'h> {
    html: &'h str,
    at: usize,
    name: String,
    attributes: Vec<(Attribute, &'h str)>,
}

impl<'h> Reader<'h> {
    /// The next byte, 0 at the end.
    fn peek(&self) -> u8 {
        self.html.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    /// Goes on to the next byte for which `ends` holds, or to the end.
    fn skip_to(&mut self, ends: impl Fn(u8) -> bool) {
        let rest = &self.html.as_bytes()[self.at..];
        self.at += rest.iter().position(|&byte| ends(byte)).unwrap_or(rest.len());
    }

    /// Goes on to what follows the next such byte; `None` if there is none.
    fn skip_past(&mut self, byte: u8) -> Option<()> {
        self.at += memchr(byte, &self.html.as_bytes()[self.at..])? + 1;
        Some(())
    }

    /// Passes over a comment, a doctype or an instruction that begins here; `None` if it has no end.
    fn skip_comment(&mut self) -> Option<()> {
        let rest = &self.html.as_bytes()[self.at..];
        let Some(comment) = rest.strip_prefix(b"!--") else { return self.skip_past(b'>') };
        let start = self.at + b"!--".len();
        let short = [&b">"[..], b"->"].into_iter().find(|end| comment.starts_with(end));
        if let Some(end) = short {
            self.at = start + end.len();
            return Some(());
        }
        let mut end = 0;
        while let Some(dashes) = memmem::find(&comment[end..], b"--") {
            end += dashes;
            end += comment[end..].iter().take_while(|&&byte| byte == b'-').count();
            for close in [&b">"[..], b"!>"] {
                if comment[end..].starts_with(close) {
                    self.at = start + end + close.len();
                    return Some(());
                }
            }
        }
        None
    }

    /// Reads the name and the attributes of a tag and what ends it, and tells whether it closes itself; `None` if
    /// it has no end.
    fn read_tag(&mut self) -> Option<bool> {
        let start = self.at;
        self.skip_to(ends_name);
        self.name.clear();
        self.name.push_str(&self.html[start..self.at]);
        self.name.make_ascii_lowercase();
        if self.name.contains('\0') {
            self.name = self.name.replace('\0', "\u{fffd}");
        }
        self.attributes.clear();
        let (start, mut count, mut is_cut) = (self.at, 0, false);
        loop {
            let before = self.at;
            self.skip_to(|byte| !byte.is_ascii_whitespace() && byte != b'/');
            if self.at == self.html.len() {
                return None;
            }
            if self.peek() == b'>' {
                let closes_itself = self.at > before && self.html.as_bytes()[self.at - 1] == b'/';
                self.at += 1;
                return Some(closes_itself);
            }
            let (name, value) = self.read_attribute();
            count += 1;
            is_cut |= count > MAX_ATTRIBUTES || self.at - start > MAX_TAG;
            if !is_cut
                && let Some(attribute) = Attribute::named(name)
                && self.attributes.iter().all(|(other, _)| *other != attribute)
            {
                self.attributes.push((attribute, value));
            }
        }
    }

    /// Reads an attribute.
    fn read_attribute(&mut self) -> (&'h [u8], &'h str) {
        let (html, start) = (self.html, self.at);
        // Its name may begin with `=`.
        self.at += 1;
        self.skip_to(|byte| ends_name(byte) || byte == b'=');
        let name = &html.as_bytes()[start..self.at];
        let end = self.at;
        self.skip_to(|byte| !byte.is_ascii_whitespace());
        if self.peek() != b'=' {
            self.at = end;
            return (name, "");
        }
        self.at += 1;
        self.skip_to(|byte| !byte.is_ascii_whitespace());
        let quote = self.peek();
        if !matches!(quote, b'"' | b'\'') {
            let start = self.at;
            self.skip_to(|byte| byte.is_ascii_whitespace() || byte == b'>');
            return (name, &html[start..self.at]);
        }
        let start = self.at + 1;
        let end = memchr(quote, &html.as_bytes()[start..]).map_or(html.len(), |end| start + end);
        self.at = (end + 1).min(html.len());
        (name, &html[start..end])
    }

    /// Reads what an element contains that is not markup, with its end tag; `None` if it has none.
    fn read_content(&mut self, content: Content, sink: &mut impl Sink) -> Option<()> {
        if content == Content::Markup {
            return Some(());
        }
        let start = self.at;
        let end = if content == Content::Script { self.end_of_script() } else { self.next_end_tag() };
        if content == Content::Text {
            let text = replace_nul(unify_line_breaks(&self.html[start..end.unwrap_or(self.html.len())]));
            if !text.is_empty() {
                sink.text(&htmlize::unescape(text));
            }
        }
        self.at = end? + 2;
        self.read_tag()?;
        sink.end_tag(&self.name);
        Some(())
    }

    /// Where the next end tag is that has the name of the last start tag.
    fn next_end_tag(&self) -> Option<usize> {
        let rest = &self.html.as_bytes()[self.at..];
        memmem::find_iter(rest, b"</").map(|found| self.at + found).find(|&at| self.is_name_at(at + 2))
    }

    /// Whether the name of the last start tag stands here.
    fn is_name_at(&self, at: usize) -> bool {
        let (rest, length) = (&self.html.as_bytes()[at..], self.name.len());
        let is_it = rest.get(..length).is_some_and(|name| name.eq_ignore_ascii_case(self.name.as_bytes()));
        is_it && rest.get(length).is_some_and(|&byte| ends_name(byte))
    }

    /// Where the end tag of a script is. Inside of a comment (`<!--`), a script that is written by the script has an
    /// end tag of its own.
    fn end_of_script(&self) -> Option<usize> {
        let bytes = self.html.as_bytes();
        let (mut at, mut in_comment, mut in_inner) = (self.at, false, false);
        loop {
            at += memchr2(b'<', b'-', &bytes[at..])?;
            let rest = &bytes[at..];
            if rest[0] == b'-' {
                if in_comment && rest.starts_with(b"-->") {
                    (in_comment, in_inner) = (false, false);
                }
            } else if rest.starts_with(b"</") && self.is_name_at(at + 2) {
                if !in_inner {
                    return Some(at);
                }
                in_inner = false;
            } else if in_comment {
                in_inner |= self.is_name_at(at + 1);
            } else if rest.starts_with(b"<!--") {
                in_comment = true;
                // Its dashes may be those that end it.
                at += 1;
            }
            at += 1;
        }
    }
}

#[cfg(test)]
#[cfg(feature = "html")]
mod tests {
    use std::cell::RefCell;

    use html5ever::tendril::StrTendril;
    use html5ever::tokenizer::states::RawKind;
    use html5ever::tokenizer::{
        BufferQueue, TagKind, Token as TheirToken, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
    };
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq)]
    enum Token {
        Text(String),
        Start(String, Vec<(Attribute, String)>, bool),
        End(String),
    }

    /// What an element contains, here as in pages.
    fn content(name: &str) -> Content {
        match name {
            "script" => Content::Script,
            "title" => Content::Text,
            "style" | "xmp" | "noembed" | "noframes" | "textarea" | "iframe" => Content::Raw,
            _ => Content::Markup,
        }
    }

    #[derive(Default)]
    struct Tokens {
        all: Vec<Token>,
        /// The element that has no markup in it, while it is open.
        inside: Option<Content>,
    }

    impl Tokens {
        fn add_text(&mut self, text: &str) {
            if matches!(self.inside, Some(Content::Raw | Content::Script)) || text.is_empty() {
                return;
            }
            match self.all.last_mut() {
                Some(Token::Text(before)) => before.push_str(text),
                _ => self.all.push(Token::Text(text.to_owned())),
            }
        }

        fn start(&mut self, name: &str, attributes: Vec<(Attribute, String)>, self_closing: bool) -> Content {
            self.all.push(Token::Start(name.to_owned(), attributes, self_closing));
            self.inside = Some(content(name)).filter(|content| *content != Content::Markup);
            content(name)
        }

        fn end(&mut self, name: &str) {
            self.all.push(Token::End(name.to_owned()));
            self.inside = None;
        }
    }

    impl Sink for Tokens {
        fn text(&mut self, text: &str) {
            self.add_text(text);
        }

        fn start_tag(&mut self, tag: &Tag<'_>) -> Content {
            let attributes = tag.attributes().map(|(attribute, value)| (attribute, value.into_owned())).collect();
            self.start(tag.name, attributes, tag.self_closing)
        }

        fn end_tag(&mut self, name: &str) {
            self.end(name);
        }
    }

    fn ours(html: &str) -> Vec<Token> {
        let mut tokens = Tokens::default();
        tokenize(html, &mut tokens);
        tokens.all
    }

    struct Theirs(RefCell<Tokens>);

    impl TokenSink for Theirs {
        type Handle = ();

        fn process_token(&self, token: TheirToken, _line: u64) -> TokenSinkResult<()> {
            let mut tokens = self.0.borrow_mut();
            match token {
                TheirToken::CharacterTokens(text) => tokens.add_text(&text),
                TheirToken::TagToken(tag) if tag.kind == TagKind::EndTag => tokens.end(&tag.name),
                TheirToken::TagToken(tag) => {
                    let mut attributes: Vec<(Attribute, String)> = Vec::new();
                    for html5ever::Attribute { name, value } in &tag.attrs {
                        // One of three names stands for all of them.
                        if let Some(attribute) = Attribute::named(name.local.as_bytes())
                            && attributes.iter().all(|(other, _)| *other != attribute)
                        {
                            attributes.push((attribute, value.to_string()));
                        }
                    }
                    return match tokens.start(&tag.name, attributes, tag.self_closing) {
                        Content::Markup => TokenSinkResult::Continue,
                        Content::Text => TokenSinkResult::RawData(RawKind::Rcdata),
                        Content::Raw => TokenSinkResult::RawData(RawKind::Rawtext),
                        Content::Script => TokenSinkResult::RawData(RawKind::ScriptData),
                    };
                }
                _ => {}
            }
            TokenSinkResult::Continue
        }
    }

    fn theirs(html: &str) -> Vec<Token> {
        let tokenizer = Tokenizer::new(Theirs(RefCell::default()), TokenizerOpts::default());
        let queue = BufferQueue::default();
        queue.push_back(StrTendril::from(html));
        let _ = tokenizer.feed(&queue);
        tokenizer.end();
        tokenizer.sink.0.into_inner().all
    }

    #[test]
    fn tokens_are_those_of_browsers() {
        for html in [
            "<!DOCTYPE html><HTML lang=en><p CLASS='a &amp; b' class=c id>One &lt two &notit; three</P>",
            "a < b <3 </> </ x> <? y> <!z> <![CDATA[ > ]]> <",
            "<!--> 1 <!---> 2 <!-- x --!> 3 <!-- - -- --- -->4<!---->5<!-----!>6<!-- -- > --",
            "<br/><br / ><a href=x/>y</a><a href=\"?a=1&lt=2&copy;&copy=3&#x41;\">z</a/ b=c><p =a==b \"'>x",
            "<title>A &amp; <b>\r\nB\0</titles></TITLE >C<title>open &eacute",
            "<script>if (a</script x>1<script><!-- <script> </script> --></script>2<script><!--></script>3",
            "<script><!-- <scripts> </script>4<script><!-- <script/ x </script > </script>5<script> --> <!-</script>",
            "<textarea><p></textarea>x<style>p { a: '</p>' }</style>y<iframe/>z</iframe>w<xmp><b></xmp>",
            "\u{feff}\u{feff}a\0b\r\nc\rd &#0; &#128; &#xD800; &#99999999999; &#; &#x; &#65 &#x41g &amp &ampx; &&amp;",
            "<=&amp\0; &am\0p; &#\08;",
            "<a b='\r\n\0&#13;' \0c='x' d\0=y CLASS=\"\0\">x</a\0><p\0 q>",
            "<a b='x' <p>y</p class='z'>",
            "x<a",
            "x<a b",
            "x<a b=",
            "x<a b='",
            "x</a",
            "x<!--",
            "x<script>",
            "x</",
            "x<title>y</title",
        ] {
            assert_eq!(ours(html), theirs(html), "{html:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn tokens_of_anything_are_those_of_browsers(pieces in prop::collection::vec(prop_oneof![
            prop::sample::select(vec![
                "<", ">", "</", "/>", "<!--", "-->", "--", "-", "!>", "<!", "<?", "=", "\"", "'", "&", "&amp", "&lt;", "&notin",
                "&#", "&#x", "4", "1f600", ";", " ", "\n", "\r", "\r\n", "\0", "/", "<p", "<P>", "</p>", "<script>", "</script",
                "<script", "</SCRIPT>", "<title>", "</title>", "<style>", "</style>", "<iframe", "<textarea>", " class=", " id='",
                " href=\"", " style", "<template shadowmode", "a", "Z", "é", "\u{c}", "\u{feff}", "<![CDATA[", "]]>", "<!DOCTYPE",
            ]).prop_map(str::to_owned),
            "\\PC{0,3}",
        ], 0..30)) {
            let html = pieces.concat();
            prop_assert_eq!(ours(&html), theirs(&html));
        }
    }

    #[test]
    fn of_tags_with_too_much_the_rest_is_left_out() {
        let many: String = (0..1_000).map(|n| format!(" a{n}=\"{n}\"")).collect();
        let [Token::Start(_, early, true), Token::Text(_)] = &ours(&format!("<p class=x{many}/>y"))[..] else {
            panic!()
        };
        assert_eq!(early, &[(Attribute::Class, "x".to_owned())]);
        let late = Token::Start("p".to_owned(), Vec::new(), false);
        assert_eq!(ours(&format!("<p{many} class=x>")), [late]);
        let long = "é".repeat(MAX_TAG);
        let tokens = ours(&format!("<img src=\"{long}\" class=x>y"));
        assert_eq!(tokens, [Token::Start("img".to_owned(), Vec::new(), false), Token::Text("y".to_owned())]);
    }
}
