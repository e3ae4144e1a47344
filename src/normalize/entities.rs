//! The step `entities`: decodes HTML entities that were left in text, such as `&amp;`, `&nbsp;`, `&#8217;`. Only
//! entities that end in `;` are decoded, and none in HTML source, which is recognised by its tags.

use super::characters::Change;

/// The longest name is 31 letters (`CounterClockwiseContourIntegral`); numbers are shorter.
const LONGEST: usize = 32;

/// Whether a tag or comment begins somewhere in `text`.
pub(super) fn has_tag(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'<', bytes)
        .any(|at| bytes.get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?')))
}

pub(super) fn decode(text: &str) -> Change {
    let mut out = String::new();
    let mut places = 0;
    let mut copied = 0;
    for at in memchr::memchr_iter(b'&', text.as_bytes()) {
        if at < copied {
            continue;
        }
        let Some((mut decoded, len)) = entity(&text[at + 1..]) else { continue };
        let mut end = at + 1 + len;
        // Escaped twice or more, as in `&amp;amp;eacute;`: what follows belongs to the ampersand just decoded.
        while decoded == "&"
            && let Some((next, len)) = entity(&text[end..])
        {
            decoded = next;
            end += len;
        }
        out.push_str(&text[copied..at]);
        out.push_str(&decoded);
        copied = end;
        places += 1;
    }
    out.push_str(&text[copied..]);
    (places > 0).then_some((out, places))
}

/// Decodes the entity at the start of `text`, after its `&`: its characters and its length.
fn entity(text: &str) -> Option<(String, usize)> {
    let end = text.bytes().take(LONGEST + 2).position(|b| b == b';')?;
    let name = &text[..end];
    let Some(digits) = name.strip_prefix('#') else {
        return named(name).map(|decoded| (decoded, end + 1));
    };
    let number = number(digits)?;
    // Two numbers for the halves of one character, from programs that work in UTF-16.
    if let (0xD800..=0xDBFF, Some((low, len))) = (number, low_half(&text[end + 1..])) {
        let pair = char::decode_utf16([number as u16, low]).next()?.ok()?;
        return Some((pair.to_string(), end + 1 + len));
    }
    Some((numbered(number), end + 1))
}

fn named(name: &str) -> Option<String> {
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    if let Some(decoded) = lookup(name) {
        return Some(decoded.to_owned());
    }
    // Entities of uppercased text: &EACUTE; is É.
    let in_capitals = name.bytes().all(|b| !b.is_ascii_lowercase());
    let lower = in_capitals.then(|| name.to_ascii_lowercase())?;
    lookup(&lower).map(str::to_uppercase)
}

fn lookup(name: &str) -> Option<&'static str> {
    let decoded = htmlize::ENTITIES.get(format!("&{name};").as_bytes())?;
    std::str::from_utf8(decoded).ok()
}

fn number(digits: &str) -> Option<u32> {
    let (digits, radix) = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16),
        None => (digits, 10),
    };
    // `from_str_radix` would accept a sign.
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    match u32::from_str_radix(digits, radix) {
        Ok(number) => Some(number),
        Err(error) => (*error.kind() == std::num::IntErrorKind::PosOverflow).then_some(u32::MAX),
    }
}

fn low_half(rest: &str) -> Option<(u16, usize)> {
    let end = rest.bytes().take(LONGEST).position(|b| b == b';')?;
    let low = number(rest[..end].strip_prefix("&#")?)?;
    (0xDC00..=0xDFFF).contains(&low).then_some((low as u16, end + 1))
}

/// The character of a number: as in HTML, 128 to 159 are bytes of Windows-1252, and invalid numbers are U+FFFD.
fn numbered(number: u32) -> String {
    if let Ok(byte @ 0x80..=0x9F) = u8::try_from(number) {
        return encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.into_owned();
    }
    char::from_u32(number).filter(|&c| c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> String {
        decode(text).map_or_else(|| text.to_owned(), |(text, _)| text)
    }

    #[test]
    fn entities() {
        assert_eq!(decode("salt &amp; pepper&nbsp;&#8217;&#x2019;"), Some(("salt & pepper\u{a0}’’".into(), 4)));
        assert_eq!(decoded("caf&EACUTE; &EUML; &Eacute;"), "cafÉ Ë É");
        assert_eq!(decoded("&amp;amp;amp;eacute; &amp;amp; &amp;lt;"), "é & <");
        assert_eq!(decoded("&#150; &#x85;"), "– …");
        assert_eq!(decoded("&#55357;&#56832;"), "😀");
        assert_eq!(decoded("&#55357; &#0; &#99999999999;"), "\u{fffd} \u{fffd} \u{fffd}");
    }

    #[test]
    fn other_text_stays() {
        for text in ["AT&T; Q&A", "a & b; c", "&amp", "&nosuchname;", "&#xyz;", "&#+5;", "&;", "&#;", "?a=1&copy=2"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn tags() {
        assert!(has_tag("<p>") && has_tag("a </b>") && has_tag("<!-- x"));
        assert!(!has_tag("1 < 2") && !has_tag("<3") && !has_tag("->"));
    }
}
