//! Web pages as browsers save them: as an e-mail whose parts are the page and its pictures (MHTML: `.mht`, `.mhtml`), or as
//! HTML with a comment that tells the address.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::sync::LazyLock;

use bodytext::unstable::decode;
use bodytext::{Markup, TextEncoding};
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, Header, HeaderName, HeaderValue, MessageParser};

use super::Document;
use super::warc::{decode_page, header_end};
use crate::input::names_saved_page;
use crate::limits::human_bytes;

/// The size limit of the headers of a part in bytes; real ones are far smaller.
const MAX_HEADER: usize = 64 << 10;
/// How deep parts may be in each other: browsers have the page at the first level, programs for e-mail at the third.
const MAX_LEVELS: usize = 8;
/// The parts of a file that are looked at; the page is among the first.
const MAX_PARTS: usize = 100_000;
/// The bytes of a page in which a comment may tell its address.
const HEAD: usize = 8 << 10;
/// Longer addresses are those of pages with data in them.
const MAX_ADDRESS: usize = 8 << 10;

/// The page of an MHTML file. Other pages in it are frames, or parts that the page does not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SavedPage<'b> {
    pub(crate) html: Cow<'b, [u8]>,
    charset: Option<TextEncoding>,
    url: Option<String>,
    /// When it was saved.
    date: Option<String>,
    /// What of it is missing or damaged. What is there is cleaned.
    pub(crate) fault: Option<String>,
}

impl SavedPage<'_> {
    /// The page as text with metadata. `encoding` is the one that the user named.
    pub(crate) fn document(&self, encoding: Option<TextEncoding>) -> Document<'_> {
        let decoded = match encoding {
            Some(_) => decode(&self.html, encoding),
            None => decode_page(&self.html, self.charset),
        };
        Document {
            encoding: decoded.encoding,
            encoding_source: decoded.source,
            undecodable: decoded.replaced as u64,
            encoding_fits: decoded.encoding_fits,
            url: self.url.clone(),
            date: self.date.clone(),
            ..Document::new(decoded.text)
        }
    }

    /// The same, of its own.
    pub(crate) fn into_document(self, encoding: Option<TextEncoding>) -> Document<'static> {
        let document = self.document(encoding);
        Document { markup: Some(Markup::Html), text: document.text.into_owned().into(), ..document }
    }
}

/// The page in the bytes of a file, if it is MHTML by its name or by its first lines, and `markup` does not say
/// that it is something else. The error
/// says why a file with such a name has none.
pub(crate) fn saved_page<'b>(
    path: &Path,
    bytes: &'b [u8],
    markup: Option<Markup>,
) -> Result<Option<SavedPage<'b>>, String> {
    match markup {
        None | Some(Markup::Html) => find_page(path, bytes),
        _ => Ok(None),
    }
}

/// The same, whatever is known of the markup.
pub(crate) fn find_page<'b>(path: &Path, bytes: &'b [u8]) -> Result<Option<SavedPage<'b>>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match names_saved_page(path) {
        // A page under a wrong name.
        true if bytes.trim_ascii_start().starts_with(b"<") => Ok(None),
        true => read(bytes).map(Some),
        false if is_mhtml(bytes) => Ok(read(bytes).ok()),
        false => Ok(None),
    }
}

/// Whether bytes begin as browsers begin MHTML: with their name, or with the headers of a page and its parts.
fn is_mhtml(bytes: &[u8]) -> bool {
    let colon = bytes.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-');
    if colon.is_none_or(|at| at == 0 || bytes[at] != b':') {
        return false;
    }
    let Some(headers) = Headers::read(bytes) else { return false };
    let is_related = |kind: &ContentType<'_>| (kind.ctype(), kind.subtype()) == ("multipart", Some("related"));
    bytes.starts_with(b"From: <Saved by ")
        || headers.get("MIME-Version").is_some() && headers.content_type().is_some_and(is_related)
}

/// Reads the page of an MHTML file.
fn read(bytes: &[u8]) -> Result<SavedPage<'_>, String> {
    const REMEDY: &str = "save the page again, or name the file .html if it is one, .txt if it is text";
    let Some(whole) = Part::read(bytes, true) else {
        return Err(format!("not MHTML: it does not begin with the headers of an e-mail; {REMEDY}"));
    };
    if whole.headers.content_type().is_none() {
        return Err(format!("not MHTML: its headers have no Content-Type; {REMEDY}"));
    }
    let snapshot = whole.headers.get("Snapshot-Content-Location").and_then(address);
    let date = whole.headers.date();
    let Some(part) = page_of(whole, MAX_LEVELS) else {
        return Err("MHTML without a page: no part of it is text/html; save the page again".to_owned());
    };
    let url = part.headers.get("Content-Location").and_then(address).or(snapshot);
    let charset = part.headers.content_type().and_then(|kind| kind.attribute("charset")?.trim().parse().ok());
    let (html, damage) = part.decoded()?;
    let cut = (!part.is_whole).then(|| "truncated: the page has no end; what is there was cleaned".to_owned());
    Ok(SavedPage { charset, url, date, fault: cut.or(damage), html })
}

/// The addresses of pages on the web; frames and what was written in the browser have others.
fn address(text: &str) -> Option<String> {
    let url: String = text.split_ascii_whitespace().collect();
    let is_web = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
    (is_web && url.len() <= MAX_ADDRESS).then_some(url)
}

/// The headers of a file or of a part.
struct Headers<'b> {
    list: Vec<Header<'b>>,
    /// Where the body begins.
    end: usize,
}

impl<'b> Headers<'b> {
    /// Reads the headers at the beginning of `bytes`; `None` if there are none, or without an end.
    fn read(bytes: &'b [u8]) -> Option<Headers<'b>> {
        let Range { end, .. } = header_end(&bytes[..bytes.len().min(MAX_HEADER)])?;
        // Only the headers are parsed by the crate: it unpacks all pictures of a message, builds messages in messages as
        // deep as they are, and looks for the end of each part to the end of the file.
        static PARSER: LazyLock<MessageParser> =
            LazyLock::new(|| MessageParser::new().with_mime_headers().with_date_headers().default_header_text());
        let mut list = Vec::new();
        MessageStream::new(&bytes[..end]).parse_headers(&PARSER, &mut list);
        Some(Headers { list, end })
    }

    fn value(&self, name: &HeaderName<'_>) -> Option<&HeaderValue<'b>> {
        self.list.iter().find(|header| header.name == *name).map(|header| &header.value)
    }

    /// The text of a header.
    fn get(&self, name: &'static str) -> Option<&str> {
        self.value(&HeaderName::parse(name)?)?.as_text()
    }

    fn content_type(&self) -> Option<&ContentType<'b>> {
        self.value(&HeaderName::ContentType)?.as_content_type()
    }

    fn date(&self) -> Option<String> {
        let date = self.value(&HeaderName::Date)?.as_datetime().filter(|date| date.is_valid())?;
        Some(date.to_rfc3339())
    }
}

/// A part of an MHTML file, or all of it.
struct Part<'b> {
    headers: Headers<'b>,
    body: &'b [u8],
    /// Whether something follows it, so that nothing of it is missing.
    is_whole: bool,
}

impl<'b> Part<'b> {
    fn read(bytes: &'b [u8], is_whole: bool) -> Option<Part<'b>> {
        let headers = Headers::read(bytes)?;
        Some(Part { body: &bytes[headers.end..], headers, is_whole })
    }

    fn is_page(&self) -> bool {
        let kind = self.headers.content_type().map(|kind| (kind.ctype(), kind.subtype().unwrap_or_default()));
        matches!(kind, Some(("text", "html") | ("application", "xhtml+xml")))
    }

    /// The parts that it has, if it has any: the bytes of each, and whether it has an end.
    fn parts(&self) -> Vec<(&'b [u8], bool)> {
        let kind = self.headers.content_type().filter(|kind| kind.ctype() == "multipart");
        let Some(boundary) = kind.and_then(|kind| kind.attribute("boundary")).filter(|text| !text.is_empty()) else {
            return Vec::new();
        };
        let delimiter = format!("--{boundary}");
        let (mut parts, mut start) = (Vec::new(), None);
        for at in memchr::memmem::find_iter(self.body, delimiter.as_bytes()) {
            let after = &self.body[at + delimiter.len()..];
            let begins_line = at == 0 || self.body[at - 1] == b'\n';
            let is_last = after.starts_with(b"--");
            if !begins_line || !(is_last || after.first().is_none_or(u8::is_ascii_whitespace)) {
                continue;
            }
            parts.extend(start.map(|start| (&self.body[start..at], true)));
            if is_last || parts.len() == MAX_PARTS {
                return parts;
            }
            let line_end = memchr::memchr(b'\n', after).map_or(after.len(), |end| end + 1);
            start = Some(at + delimiter.len() + line_end);
        }
        parts.extend(start.map(|start| (&self.body[start..], false)));
        parts
    }

    /// The body without the encoding for e-mails, and what is wrong with it.
    fn decoded(&self) -> Result<(Cow<'b, [u8]>, Option<String>), String> {
        let name = self.headers.get("Content-Transfer-Encoding").unwrap_or_default().trim().to_ascii_lowercase();
        let (html, damage) = match name.as_str() {
            "quoted-printable" => match quoted_printable_decode(self.body) {
                Some(html) => (html, None),
                None => {
                    let damage = "its page is not quite quoted-printable; a few characters may be wrong".to_owned();
                    (quoted_printable_decode(&escape_lone_signs(self.body)).unwrap_or_default(), Some(damage))
                }
            },
            "base64" => {
                let sound = until_damage(self.body);
                let html = base64_decode(sound).unwrap_or_default();
                let size = human_bytes(html.len() as u64);
                let damage = format!("after {size} its page is damaged; what is before was cleaned");
                (html, (sound.len() < self.body.len()).then_some(damage))
            }
            "" | "7bit" | "8bit" | "binary" => return Ok((Cow::Borrowed(self.body), None)),
            other => {
                let other: String = other.chars().take(40).collect();
                return Err(format!(
                    "its page is in the encoding {other:?}, which is not known; quoted-printable and base64 are"
                ));
            }
        };
        match html.is_empty() && damage.is_some() {
            true => Err(format!("its page is damaged: nothing of it is {name}; save the page again")),
            false => Ok((Cow::Owned(html), damage)),
        }
    }
}

/// The page among the parts: the one that the headers say the file starts with, else the first.
fn page_of(part: Part<'_>, levels: usize) -> Option<Part<'_>> {
    if levels == 0 || part.is_page() {
        return Some(part).filter(Part::is_page);
    }
    let without_brackets = |id: &str| id.trim().trim_start_matches('<').trim_end_matches('>').to_owned();
    let start = part.headers.content_type().and_then(|kind| kind.attribute("start")).map(without_brackets);
    let mut parts = part.parts();
    let read = |&(bytes, is_whole): &(_, bool)| Part::read(bytes, is_whole);
    let id = |part: Part<'_>| part.headers.get("Content-ID").map(without_brackets);
    if start.is_some()
        && let Some(at) = parts.iter().position(|part| read(part).and_then(id) == start)
    {
        parts[..=at].rotate_right(1);
    }
    parts.iter().filter_map(read).find_map(|part| page_of(part, levels - 1))
}

/// Quoted-printable in which each `=` that is not followed by two digits or the end of the line stands for itself.
fn escape_lone_signs(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    for (at, &byte) in bytes.iter().enumerate() {
        out.push(byte);
        let is_digit = |at| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
        let line = || bytes[at + 1..].iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        if byte == b'=' && !(is_digit(at + 1) && is_digit(at + 2)) && line().is_some_and(|byte| *byte != b'\n') {
            out.extend_from_slice(b"3D");
        }
    }
    out
}

/// Base64 up to the first byte that is none of it.
fn until_damage(bytes: &[u8]) -> &[u8] {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/= \t\r\n".contains(byte);
    &bytes[..bytes.iter().position(|byte| !is_base64(byte)).unwrap_or(bytes.len())]
}

/// The address in the comment that browsers ("saved from url=(0024)https://example.org/a") and SingleFile write when they
/// save a page.
pub(crate) fn saved_address(html: &str) -> Option<String> {
    let head = html.get(..HEAD).or_else(|| html.get(..(HEAD - 3..HEAD).rev().find(|&at| html.is_char_boundary(at))?));
    let comments = head.unwrap_or(html).split("<!--").skip(1).filter_map(|text| Some(text.split_once("-->")?.0.trim()));
    comments.into_iter().find_map(|comment| {
        if let Some(rest) = comment.strip_prefix("saved from url=(") {
            return address(rest.split_once(')')?.1);
        }
        let rest = comment.strip_prefix("Page saved with SingleFile")?;
        address(rest.lines().find_map(|line| line.trim().strip_prefix("url:"))?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "<!DOCTYPE html>\n<p>The ferry was caf\u{e9}.</p>\n";

    /// A file as Chrome writes it, whose page has these headers and this body.
    fn mhtml(headers: &str, body: &str) -> String {
        format!(
            "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/snapshot\r\nSubject: \
             =?utf-8?Q?The=20ferry?=\r\nDate: Mon, 2 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: \
             multipart/related;\r\n\ttype=\"text/html\";\r\n\tboundary=\"----Boundary--x----\"\r\n\r\n\r\n\
             ------Boundary--x----\r\n{headers}\r\n\r\n{body}\r\n------Boundary--x----\r\nContent-Type: image/png\r\n\
             Content-Transfer-Encoding: base64\r\nContent-Location: https://example.org/a.png\r\n\r\niVBORw0KGgo=\r\n\
             ------Boundary--x------\r\n"
        )
    }

    fn page(file: &str) -> Result<(String, Option<String>), String> {
        let page = read(file.as_bytes())?;
        Ok((page.document(None).text.into_owned(), page.fault.clone()))
    }

    const QUOTED: &str = "<!DOCTYPE html>\r\n<p>The ferry was =\r\ncaf=C3=A9.</p>\r\n";

    #[test]
    fn the_page_of_each_encoding_is_found() {
        use std::fmt::Write;
        let html = "Content-Type: text/html";
        let base64 = "PCFET0NUWVBFIGh0bWw+CjxwPlRoZSBmZXJy\r\neSB3YXMgY2Fmw6kuPC9wPgo=";
        for (headers, body) in [
            (format!("{html}\r\nContent-Transfer-Encoding: quoted-printable"), QUOTED),
            (format!("{html}\r\nContent-Transfer-Encoding: quoted-printable"), &QUOTED.replace("=C3=A9", "\u{e9}")),
            (
                format!("{html}; charset=\"windows-1252\"\r\nContent-Transfer-Encoding: Quoted-Printable"),
                &QUOTED.replace("=C3=A9", "=E9"),
            ),
            (
                format!("{html}; charset=ISO-8859-2\r\nContent-Transfer-Encoding: quoted-printable"),
                &QUOTED.replace("=C3=A9", "=E9"),
            ),
            (format!("{html}; charset=nonsense\r\nContent-Transfer-Encoding: BASE64"), base64),
            (format!("{html}\r\nContent-Transfer-Encoding: binary"), HTML),
            ("content-type: Text/HTML;\r\n\tcharset=utf-8".to_owned(), HTML),
        ] {
            let (text, fault) = page(&mhtml(&headers, body)).unwrap();
            assert_eq!((text.trim().replace("\r\n", "\n"), fault), (HTML.trim().to_owned(), None), "{headers}");
        }
        let file = mhtml(&format!("{html}\r\nContent-Location: https://example.org/a?b=1"), HTML);
        let found = read(file.as_bytes()).unwrap();
        assert_eq!(found.url.as_deref(), Some("https://example.org/a?b=1"));
        assert_eq!(found.date.as_deref(), Some("2026-11-02T10:00:00+01:00"));
        let frame = mhtml(&format!("{html}\r\nContent-Location: cid:frame-1@mhtml.blink"), HTML);
        assert_eq!(read(frame.as_bytes()).unwrap().url.as_deref(), Some("https://example.org/snapshot"));
        let mut deep = format!("{html}\r\n\r\n{HTML}");
        for level in 0..20 {
            let outer = deep;
            deep = format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n{outer}\r\n");
            let _ = write!(deep, "--b{level}--\r\n");
            assert_eq!(read(deep.as_bytes()).is_ok(), level < MAX_LEVELS, "{level}");
        }
    }

    #[test]
    fn of_several_pages_the_one_at_the_start_is_read() {
        let part = |id: &str, text: &str| {
            format!("--b\r\nContent-Type: text/html\r\nContent-ID: <{id}>\r\n\r\n<p>{text}</p>\r\n")
        };
        let file = |start: &str| {
            let parts = format!("{}{}", part("one@x", "One --bc\n--bc."), part("two@x", "Two."));
            format!(
                "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b{start}\n\nprose\n{parts}--b--\nrest\n"
            )
        };
        for (start, text) in [
            ("", "<p>One --bc\n--bc.</p>"),
            ("; start=\"<two@x>\"", "<p>Two.</p>"),
            ("; start=two@x", "<p>Two.</p>"),
            ("; start=\"<three@x>\"", "<p>One --bc\n--bc.</p>"),
        ] {
            assert_eq!(page(&file(start)).unwrap().0.trim(), text, "{start}");
        }
        let single = "From: <Saved by Windows Internet Explorer 8>\r\nContent-Type: text/html\r\n\r\n<p>One.</p>";
        assert_eq!(page(single).unwrap(), ("<p>One.</p>".to_owned(), None));
    }

    #[test]
    fn what_is_damaged_is_told() {
        let quoted = "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable";
        let whole = mhtml(quoted, QUOTED);
        let cut = whole.find("caf=").unwrap();
        let (text, fault) = page(&whole[..cut]).unwrap();
        assert!(text.ends_with("The ferry was ") && fault.unwrap().starts_with("truncated"));
        // What is missing is not of the page.
        assert_eq!(page(&whole[..whole.find("iVBOR").unwrap()]).unwrap().1, None);
        let (text, fault) = page(&mhtml(quoted, "<p class=\"a\">1 = 1 =\r\n and =C3=A9 ==</p>= \r\n.")).unwrap();
        assert_eq!(text.trim(), "<p class=\"a\">1 = 1  and \u{e9} ==</p>.");
        assert!(fault.unwrap().contains("quoted-printable"));
        let base64 = "Content-Type: text/html\r\nContent-Transfer-Encoding: base64";
        let (text, fault) = page(&mhtml(base64, "PHA+T25lLjwv\r\n\u{2014}cD4K")).unwrap();
        assert_eq!(text, "<p>One.</");
        assert!(fault.unwrap().starts_with("after 9 B"));
        for (file, error) in [
            (mhtml(base64, "\u{2014}"), "nothing of it is base64"),
            (mhtml("Content-Type: text/html\r\nContent-Transfer-Encoding: x-uuencode", "x"), "\"x-uuencode\""),
            (mhtml("Content-Type: image/png", "x"), "no part of it is text/html"),
            (whole[..whole.find("multipart").unwrap()].to_owned(), "does not begin"),
            ("The ferry was late.\n\nNobody knew why.\n".to_owned(), "no Content-Type"),
            (String::new(), "does not begin"),
            ("Content-Type: multipart/related\n\n--\nContent-Type: text/html\n\nx".to_owned(), "no part"),
        ] {
            assert!(page(&file).is_err_and(|why| why.contains(error)), "{error}: {:?}", page(&file));
        }
        // Whatever is cut off, nothing panics.
        (0..whole.len()).for_each(|end| drop(page(&whole[..end])));
    }

    #[test]
    fn mhtml_without_a_name_is_told_from_e_mails() {
        let found = |text: &str| find_page(Path::new("-"), text.as_bytes()).unwrap().is_some();
        let file = mhtml("Content-Type: text/html", HTML);
        assert!(found(&file) && found(&file.replace("From: <Saved by Blink>\r\n", "")));
        for text in [
            "From: <Saved by Blink>",
            "From: <Saved by Blink>\r\nContent-Type: text/plain\r\n\r\nThe ferry was late.",
            "From: Jane Roe\nMIME-Version: 1.0\nContent-Type: text/html\n\n<p>The ferry was late.</p>",
            "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\nThat is how they begin.",
            "The ferry was late: nobody knew why.",
            "",
        ] {
            assert!(!found(text), "{text}");
        }
        assert_eq!(find_page(Path::new("a.mht"), b" <p>A page.</p>"), Ok(None));
        assert!(find_page(Path::new("a.mhtml"), b"Text.").is_err());
    }

    #[test]
    fn comments_tell_addresses() {
        let single = "<!DOCTYPE html> <html lang=en><!--\n Page saved with SingleFile \n url: https://example.org/a?b=c \n \
                      saved date: Mon Nov 02 2026 10:00:00 GMT+0100\n--><meta charset=utf-8>";
        assert_eq!(saved_address(single).as_deref(), Some("https://example.org/a?b=c"));
        let browser = "<!DOCTYPE html>\r\n<!-- saved from url=(0022)https://example.org/ab -->\r\n<html>";
        assert_eq!(saved_address(browser).as_deref(), Some("https://example.org/ab"));
        for none in [
            "<!-- saved from url=(0014)about:internet -->",
            "<!-- url: https://example.org -->",
            "<p>saved from url=(0022)https://example.org/ab</p>",
            &format!("{}<!-- saved from url=(0022)https://example.org/ab -->", "\u{e9}".repeat(HEAD)),
            "<!-- saved from url=(",
            "",
        ] {
            assert_eq!(saved_address(none), None, "{none:.60}");
        }
    }
}
