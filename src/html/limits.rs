//! Cuts what would take the tokenizer more than linear time (it compares each attribute of a tag with all others), and
//! scripts and style sheets, which are half of most pages.

use std::borrow::Cow;

/// The attributes of a tag that are read. Pages have at most some dozen.
const MAX_ATTRIBUTES: usize = 200;
/// The bytes of a tag that are read. Some pages have an image in an attribute.
const MAX_TAG: usize = 64 << 10;

/// The page without the attributes that are too many or too long, and without the text of scripts and style sheets.
pub(super) fn cut_tags(html: &str) -> Cow<'_, str> {
    let bytes = html.as_bytes();
    let (mut out, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = memchr::memchr(b'<', &bytes[at..]) {
        at += found + 1;
        let rest = &html[at..];
        if rest.starts_with("!--") {
            at = memchr::memmem::find(&bytes[at..], b"-->").map_or(html.len(), |end| at + end);
            continue;
        }
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') {
            continue;
        }
        let name = &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len())];
        let tag = Tag::read(bytes, at + name.len());
        if let Some(cut) = tag.cut {
            out.push_str(&html[copied..cut]);
            copied = tag.end;
        }
        at = tag.end;
        if ["script", "style"].iter().any(|raw| name.eq_ignore_ascii_case(raw)) {
            let (start, end) = ((at + 1).min(html.len()), end_of_raw_text(html, at, name));
            // Where a script has a comment its end may not be one: the tokenizer knows.
            if end > start && end < html.len() && memchr::memmem::find(&bytes[start..end], b"<!--").is_none() {
                out.push_str(&html[copied..start]);
                copied = end;
            }
            at = end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(&html[copied..]);
    Cow::Owned(out)
}

/// Where the text of a script or a style sheet that begins at `at` ends.
fn end_of_raw_text(html: &str, mut at: usize, name: &str) -> usize {
    while let Some(found) = memchr::memmem::find(&html.as_bytes()[at..], b"</") {
        at += found;
        if html.as_bytes()[at + 2..].get(..name.len()).is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes())) {
            return at;
        }
        at += 2;
    }
    html.len()
}

/// The attributes of a tag.
struct Tag {
    /// Where to cut them, if there are too many.
    cut: Option<usize>,
    /// Where the `>` is that ends it, or the end of the page.
    end: usize,
}

impl Tag {
    /// Reads the attributes that begin at `at`.
    fn read(bytes: &[u8], mut at: usize) -> Tag {
        let (start, mut attributes, mut cut) = (at, 0, None);
        let find = |at: usize, ends: fn(u8) -> bool| {
            bytes[at..].iter().position(|&byte| ends(byte)).map_or(bytes.len(), |found| at + found)
        };
        loop {
            at = find(at, |byte| !byte.is_ascii_whitespace() && byte != b'/');
            if at == bytes.len() || bytes[at] == b'>' {
                return Tag { cut, end: at };
            }
            let begin = at;
            // An attribute may begin with `=`.
            at = find(at + 1, |byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'='));
            let after = find(at, |byte| !byte.is_ascii_whitespace());
            if bytes.get(after) == Some(&b'=') {
                at = find(after + 1, |byte| !byte.is_ascii_whitespace());
                at = match bytes.get(at) {
                    Some(&quote @ (b'"' | b'\'')) => {
                        memchr::memchr(quote, &bytes[at + 1..]).map_or(bytes.len(), |end| at + end + 2)
                    }
                    _ => find(at, |byte| byte.is_ascii_whitespace() || byte == b'>'),
                };
            }
            attributes += 1;
            if cut.is_none() && (attributes > MAX_ATTRIBUTES || at - start > MAX_TAG) {
                cut = Some(begin);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tags_with_too_much_are_cut() {
        let ordinary = "<p class=\"a > b\" id='x'>One < two <a href=/x/y>three</a><!-- <b a='--> ";
        assert!(matches!(cut_tags(ordinary), Cow::Borrowed(_)));
        let many: String = (0..1_000).map(|n| format!(" a{n}=\"{n}\"")).collect();
        let cut = cut_tags(&format!("<div{many}>x</div><p>Text.</p>")).into_owned();
        assert!(cut.starts_with("<div a0=\"0\" ") && cut.ends_with(">x</div><p>Text.</p>"));
        assert_eq!(cut.matches('=').count(), MAX_ATTRIBUTES);
        let long = format!("<img alt=x src=\"{}\">Text.", "é".repeat(MAX_TAG));
        assert_eq!(cut_tags(&long), "<img alt=x >Text.");
        let script = format!("<script src=x>a<b{many}</script><p>Text.</p><STYLE>p</STYLE>x");
        assert_eq!(cut_tags(&script), "<script src=x></script><p>Text.</p><STYLE></STYLE>x");
        let commented = "<script><!-- <script> </script> --></script>";
        assert_eq!(cut_tags(commented), commented);
        for broken in ["<", "<a", "<a b", "<a b=", "<a b='", "<script>", "<!--", "</", "<a =", "<a ="] {
            assert_eq!(cut_tags(broken), broken);
        }
    }
}
