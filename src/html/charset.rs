//! The encoding that a page declares in its head.

use crate::decode::TextEncoding;

/// Browsers look for the declaration in the first bytes of a page only, so pages have it there.
const PRESCAN: usize = 1024;

/// The encoding that a `<meta>` element or an XML declaration in the first 1,024 bytes names, of bytes that begin with a
/// tag.
pub(crate) fn declared_encoding(bytes: &[u8]) -> Option<TextEncoding> {
    if !cfg!(feature = "html") || !bytes.trim_ascii_start().starts_with(b"<") {
        return None;
    }
    let head = bytes[..bytes.len().min(PRESCAN)].to_ascii_lowercase();
    let names =
        ["charset", "encoding"].map(|name| memchr::memmem::find_iter(&head, name).map(|at| at + name.len()).collect());
    names.into_iter().enumerate().find_map(|(xml, ends): (usize, Vec<usize>)| {
        let opening: &[u8] = if xml == 1 { b"<?xml" } else { b"<meta" };
        ends.into_iter().find_map(|at| label_after(&head, at, opening))
    })
}

/// The encoding whose label stands after `charset` or `encoding`, in a tag that begins with `opening`.
fn label_after(head: &[u8], at: usize, opening: &[u8]) -> Option<TextEncoding> {
    let tag = memchr::memrchr(b'<', &head[..at])?;
    if !head[tag..].starts_with(opening) {
        return None;
    }
    let rest = head[at..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest).trim_ascii_start();
    let is_label = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.');
    let length = rest.iter().take_while(|byte| is_label(byte)).count();
    let encoding: TextEncoding = std::str::from_utf8(&rest[..length]).ok()?.parse().ok()?;
    // A page whose declaration can be read as ASCII is not in UTF-16.
    (!encoding.is_utf16()).then_some(encoding)
}

#[cfg(test)]
#[cfg(feature = "html")]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_found() {
        for (page, expected) in [
            ("<html><head><meta charset=\"windows-1251\">", Some("windows-1251")),
            ("<META http-equiv=Content-Type content='text/html; charset=ISO-8859-2'>", Some("ISO-8859-2")),
            ("<?xml version='1.0' encoding='euc-jp'?>", Some("EUC-JP")),
            ("<meta charset = 'utf-16'>", None),
            ("<p>The charset=koi8-r is old.</p>", None),
            ("Of <meta charset=koi8-r> and others", None),
            ("<meta charset=nonsense>", None),
        ] {
            assert_eq!(declared_encoding(page.as_bytes()).map(TextEncoding::name), expected, "{page}");
        }
        let late = format!("<html>{}<meta charset=koi8-r>", " ".repeat(PRESCAN));
        assert_eq!(declared_encoding(late.as_bytes()), None);
    }
}
