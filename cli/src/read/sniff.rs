//! Recognises inputs that are not texts to clean: well-known binary formats, bytes that are mostly control characters,
//! and JSON under another name. In doubt an input is accepted, since a skipped text is a lost one.

use bodytext::TextEncoding;
use serde::de::IgnoredAny;

/// The number of bytes that tell what a file is.
pub(crate) const SAMPLE: usize = 64 << 10;

/// Remedies for formats that hold text, or are recognised by their first words; other binary formats are just skipped.
const REMEDIES: &[(&str, &str, &str)] = &[
    ("%PDF-", "a PDF", "extract its text first, for example with pdftotext"),
    ("{\\rtf", "an RTF document", "convert it to text first"),
    (
        "PAR1",
        "a Parquet file",
        "clean it by its name, FILE.parquet; other commands read it as JSON Lines: bodytext FILE.parquet -o FILE.jsonl",
    ),
    ("WARC/1.0\r\n", "a WARC archive", "add --from warc, or name it .warc"),
    ("WARC/1.1\r\n", "a WARC archive", "add --from warc, or name it .warc"),
    ("SQLite format 3", "an SQLite database", "export the texts first"),
    ("PK\x03\x04", "a ZIP archive or an office document", "unpack or convert it first"),
    ("\x1f\u{8b}", "gzip-compressed", "unpack it first: gzip -dc FILE | bodytext"),
    ("BZh", "bzip2-compressed", "unpack it first: bzip2 -dc FILE | bodytext"),
    ("\u{fd}7zXZ", "xz-compressed", "unpack it first: xz -dc FILE | bodytext"),
    ("(\u{b5}/\u{fd}", "zstd-compressed", "unpack it first: zstd -dc FILE | bodytext"),
];

/// The kind of `bytes` if they are not a text to clean, and the remedy. `encoding` is the one the user named.
pub(crate) fn sniff_text(bytes: &[u8], encoding: Option<TextEncoding>) -> Option<String> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    binary(sample).or_else(|| json(bytes)).or_else(|| control_characters(sample, encoding))
}

/// The kind of `bytes` if they are not lines of records, and the remedy.
pub(crate) fn sniff_records(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Some("UTF-16, but records must be UTF-8; convert it first: iconv -f UTF-16 -t UTF-8 FILE".to_owned());
    }
    binary(&bytes[..bytes.len().min(SAMPLE)])
}

/// The name of a well-known binary format. Some formats begin with two letters that a text may begin with ("BM", "MZ"),
/// so a byte that no text has is required too, unless the magic number is long.
fn binary(sample: &[u8]) -> Option<String> {
    let odd = sample[..sample.len().min(512)].iter().any(|&b| is_control(char::from(b)));
    if let Some((_, what, remedy)) =
        REMEDIES.iter().find(|(magic, ..)| starts_with(sample, magic) && (odd || magic.len() > 4))
    {
        return Some(format!("{what}, not text; {remedy}"));
    }
    let kind = infer::get(sample).filter(|kind| odd && kind.matcher_type() != infer::MatcherType::Text)?;
    Some(format!("binary ({}), not text; skipped", kind.mime_type()))
}

/// Whether bytes begin with a magic number, in which each character represents the byte of its code.
fn starts_with(bytes: &[u8], magic: &str) -> bool {
    bytes.len() >= magic.chars().count() && magic.chars().zip(bytes).all(|(c, &b)| c == char::from(b))
}

/// Records of JSON under a name that does not say so: one JSON document and nothing after it, or an object on every
/// line. An extracted text with the page's metadata at its top has other lines after it.
fn json(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii();
    let is_object = begins(bytes, b'{', b'"');
    if !is_object && !begins(bytes, b'[', b'{') {
        return None;
    }
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let (first, rest) = bytes.split_at(values.byte_offset());
    let mut lines = rest[..rest.len().min(SAMPLE)].split(|&b| b == b'\n').map(<[u8]>::trim_ascii);
    // What the sample cuts off may be cut before its second character.
    let objects = lines.all(|line| line.is_empty() || line == b"{" || begins(line, b'{', b'"'));
    let remedy = match (is_object, rest.is_empty(), first.contains(&b'\n')) {
        (true, true, false) => "add --from jsonl, or name it .jsonl",
        (true, false, false) if objects => "add --from jsonl, or name it .jsonl",
        (true, true, true) => "one record a line is needed: jq -c . FILE > FILE.jsonl",
        (false, true, _) => "one record a line is needed: jq -c '.[]' FILE > FILE.jsonl",
        _ => return None,
    };
    Some(format!("JSON, not text; {remedy}"))
}

/// Whether a file with these first bytes is JSON Lines: most lines are objects, and the first whole one is valid. A single
/// object over many lines is not. Broken lines and lists among the others are told one by one.
pub(crate) fn is_json_lines(sample: &[u8]) -> bool {
    let sample = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    let (whole, cut) = match memchr::memrchr(b'\n', sample) {
        Some(end) if sample.len() + 3 >= SAMPLE => sample.split_at(end),
        _ => (sample, &b""[..]),
    };
    let mut lines = whole.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    // A line longer than the sample can only be judged by its beginning.
    let is_long = sample.len() >= SAMPLE && cut.is_empty();
    let objects = lines.clone().filter(|line| begins(line, b'{', b'"')).count();
    objects * 2 > lines.clone().count()
        && lines.any(|line| is_long || serde_json::from_slice::<IgnoredAny>(line).is_ok())
}

/// Bytes of which every third is a control character, or every twentieth without NULs, which broken tools leave in
/// texts. In random bytes it is eleven in a hundred, in texts none.
fn control_characters(sample: &[u8], encoding: Option<TextEncoding>) -> Option<String> {
    if sample.iter().filter(|&&b| is_control(char::from(b))).count() * 20 <= sample.len() {
        return None;
    }
    // UTF-16 has as many NULs as letters, so what counts is the decoded text.
    let text = bodytext::unstable::decode(sample, encoding).text;
    let (mut all, mut controls, mut nulls) = (0_usize, 0_usize, 0_usize);
    for c in text.chars() {
        all += 1;
        controls += usize::from(is_control(c));
        nulls += usize::from(c == '\0');
    }
    let binary = controls >= 4 && (controls * 3 > all || (controls - nulls) * 20 > all);
    binary.then(|| "binary: mostly control characters, not text; skipped".to_owned())
}

/// Whether a text begins with these two characters, with or without whitespace between them.
fn begins(text: &[u8], first: u8, second: u8) -> bool {
    text.strip_prefix(&[first]).is_some_and(|rest| rest.trim_ascii_start().first() == Some(&second))
}

/// Whether it is a control character that does not occur in texts.
fn is_control(c: char) -> bool {
    c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_let_through() {
        for text in [
            "",
            "A headline\n\nAnd a paragraph.",
            "The tag <html> begins a page, <body> its body.",
            "GIFs are fine, and PDFs <b>too</b>.",
            "a\0b\0c",
            "\u{1}",
            &format!("An article with a post.\n{}", "<blockquote><p>words</p></blockquote>".repeat(20)),
            "Heading <p>One paragraph of a text that somebody left a few tags in, which happens.</p>\n<br>",
        ] {
            assert_eq!(sniff_text(text.as_bytes(), None), None, "{text:?}");
        }
        let ansi = "\u{1b}[31mred\u{1b}[0m\n".repeat(10);
        assert_eq!(sniff_text(ansi.as_bytes(), None), None);
    }

    #[test]
    fn records_of_json_differ_from_texts_with_braces() {
        let long = format!("{{\"text\": \"{}\"}}", "x ".repeat(SAMPLE));
        let many = "{\"text\": \"x\"}\n".repeat(SAMPLE / 7);
        for (json, remedy) in [
            ("{\"id\": 1, \"text\": \"x\"}", "--from jsonl"),
            ("\u{feff}{\"id\": 1}\n\n{ \"id\": 2\n{\"id\": broken\n", "--from jsonl"),
            (&long, "--from jsonl"),
            (&many, "--from jsonl"),
            ("{\n  \"id\": 1,\n  \"text\": [\"x\"]\n}\n", "jq -c ."),
            ("[{\"id\": 1},\n{\"id\": 2}]", "'.[]'"),
        ] {
            let found = sniff_text(json.as_bytes(), None);
            assert!(found.as_ref().is_some_and(|message| message.contains(remedy)), "{json:.40}: {found:?}");
        }
        for text in [
            "{\"@context\": \"https://schema.org\"}\nThe council met on Tuesday.",
            "{\"@type\": \"NewsArticle\"}\n{\"@type\": \"Person\"}\n\nThe council met on Tuesday.",
            "{\"message\": \"The server said this.\"}\n\n{Photo: J. Smith}\nThe council met on Tuesday.",
            "[{\"@type\": \"NewsArticle\"}]\n[Photo: J. Smith]\nThe council met on Tuesday.",
            &format!("{long}\nThe council met on Tuesday."),
            "WARC/1.1 is the format of web archives.",
            "{\"id\": 1, and then words",
            "{{Infobox}}\nA town in the north.",
            "[1] The note.",
            "[{]",
            "{}",
            "{",
            "[\"Stay,\" she said.]",
        ] {
            assert_eq!(sniff_text(text.as_bytes(), None), None, "{text:?}");
        }
    }

    #[test]
    fn a_named_encoding_counts() {
        // Hardly a letter of Latin, and without a mark of order: read as anything but UTF-16 these are controls.
        let bytes: Vec<u8> = "\u{416}\u{41c}\u{418}\u{41a}\u{410} \u{0412}"
            .repeat(9)
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(sniff_text(&bytes, "utf-16le".parse().ok()), None);
        assert!(sniff_text(&bytes, "windows-1252".parse().ok()).is_some_and(|r| r.contains("control characters")));
    }

    #[test]
    fn binary_files_are_recognised() {
        assert!(sniff_text(b"%PDF-1.7\n...", None).is_some_and(|r| r.contains("pdftotext")));
        assert!(sniff_records(b"\xff\xfe{\0").is_some_and(|r| r.contains("iconv")));
        assert_eq!(sniff_records(b"\xef\xbb\xbf{}"), None);
        assert!(sniff_text(b"\x1f\x8b\x08\0", None).is_some_and(|r| r.contains("gzip")));
        assert!(sniff_text(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", None).is_some_and(|r| r.contains("image/png")));
        assert_eq!(sniff_text(b"BMW opened a plant. ID3 and MZ are words too.", None), None);
        // A plain generator of bytes: what a file of an unknown format or an encrypted one looks like.
        let mut state = 12_345_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(5_000)
        .collect();
        assert!(sniff_text(&noise, None).is_some());
    }
}
