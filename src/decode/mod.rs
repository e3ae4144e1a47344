//! Decodes bytes to text. It never fails: it says which encoding the bytes were taken for, how that was found, and how
//! much had to be replaced. Text that somebody else decoded wrongly is repaired later, by `normalize`.

mod legacy;
mod mixed;
mod utf16;

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, ISO_2022_JP, REPLACEMENT, UTF_8};

use mixed::NearUtf8;

use crate::named_enum::named_enum;

named_enum! {
    /// How the encoding of a document was found.
    pub enum EncodingSource {
        /// A byte-order mark.
        Bom = "bom",
        /// The caller named it.
        Label = "label",
        /// The bytes are valid UTF-8.
        Utf8 = "utf-8",
        /// Control bytes stand where UTF-16 has them.
        Utf16Shape = "utf-16-shape",
        /// UTF-8 with some damaged characters.
        NearUtf8 = "near-utf-8",
        /// Lines of UTF-8 and lines of a legacy encoding in one document.
        MixedLines = "mixed-lines",
        /// The escape sequences of ISO-2022-JP.
        Escapes = "escapes",
        /// A statistical detector named it.
        Detector = "detector",
        /// The detector named it for most parts of the document.
        Vote = "vote",
        /// Nothing fits; read as windows-1252, in which every byte means something.
        Fallback = "fallback",
        /// The caller gave text, not bytes.
        Given = "given",
    }
}

/// Text, and how it was decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded<'a> {
    /// The text, without a byte-order mark; borrowed where the bytes are UTF-8 already.
    pub text: Cow<'a, str>,
    /// The encoding's WHATWG name, for example `windows-1252`.
    pub encoding: &'static str,
    /// How the encoding was found.
    pub source: EncodingSource,
    /// How many byte sequences mean nothing in that encoding and became U+FFFD.
    pub replaced: usize,
}

impl<'a> Decoded<'a> {
    /// Text that the caller has decoded.
    pub(crate) fn given(text: &'a str) -> Decoded<'a> {
        Decoded { text: Cow::Borrowed(text), encoding: UTF_8.name(), source: EncodingSource::Given, replaced: 0 }
    }
}

/// Decodes bytes. A byte-order mark wins over `label`, and `label` over what the bytes look like.
///
/// The label `replacement`, which stands for encodings that browsers refuse, is ignored: it would throw the whole document
/// away.
pub fn decode<'a>(bytes: &'a [u8], label: Option<&'static Encoding>) -> Decoded<'a> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return decode_as(encoding, EncodingSource::Bom, &bytes[length..]);
    }
    if let Some(encoding) = label.filter(|label| *label != REPLACEMENT) {
        return decode_as(encoding, EncodingSource::Label, bytes);
    }
    let utf8 = simdutf8::basic::from_utf8(bytes).ok();
    // UTF-16 and ISO-2022-JP can be valid UTF-8 byte for byte, so they come before it.
    if let Some(encoding) = utf16::find_order(bytes, utf8.is_some()) {
        return decode_as(encoding, EncodingSource::Utf16Shape, bytes);
    }
    if let Some(text) = utf8 {
        let utf8 =
            Decoded { text: Cow::Borrowed(text), encoding: UTF_8.name(), source: EncodingSource::Utf8, replaced: 0 };
        return decode_iso_2022_jp(bytes).unwrap_or(utf8);
    }
    match mixed::judge(bytes) {
        NearUtf8::Damaged => decode_as(UTF_8, EncodingSource::NearUtf8, bytes),
        NearUtf8::Mixed => {
            let (text, replaced) = mixed::decode_lines(bytes);
            let source = EncodingSource::MixedLines;
            Decoded { text: Cow::Owned(text), encoding: UTF_8.name(), source, replaced }
        }
        NearUtf8::Legacy => {
            let (encoding, source) = legacy::detect(bytes);
            decode_as(encoding, source, bytes)
        }
    }
}

/// Decodes bytes from `encoding`, borrowing where they are the text already.
fn decode_as<'a>(encoding: &'static Encoding, source: EncodingSource, bytes: &'a [u8]) -> Decoded<'a> {
    let borrowed = if encoding == UTF_8 { simdutf8::basic::from_utf8(bytes).ok() } else { None };
    let (text, replaced) = match borrowed {
        Some(text) => (Cow::Borrowed(text), 0),
        None => {
            let mut text = String::new();
            let replaced = append_decoded(&mut text, bytes, encoding);
            (Cow::Owned(text), replaced)
        }
    };
    Decoded { text, encoding: encoding.name(), source, replaced }
}

/// Appends decoded bytes to `text`, and counts the malformed sequences that became U+FFFD. A U+FFFD of the input is text
/// and not counted.
fn append_decoded(text: &mut String, bytes: &[u8], encoding: &'static Encoding) -> usize {
    let mut replaced = 0;
    // Most texts grow a little when they become UTF-8. Room for the worst case (three times) would waste memory.
    text.reserve(bytes.len() + bytes.len() / 8);
    if encoding == UTF_8 {
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
                replaced += 1;
            }
        }
        return replaced;
    }
    // The decoder clears the whole spare room of its target on each call, and returns at each malformed sequence:
    // decoding right into `text` would take quadratic time.
    let mut part = String::with_capacity((bytes.len() * 3).clamp(16, 4096));
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut rest = bytes;
    loop {
        let (result, used) = decoder.decode_to_string_without_replacement(rest, &mut part, true);
        rest = &rest[used..];
        text.push_str(&part);
        part.clear();
        match result {
            DecoderResult::InputEmpty => return replaced,
            DecoderResult::Malformed(..) => {
                text.push(char::REPLACEMENT_CHARACTER);
                replaced += 1;
            }
            DecoderResult::OutputFull => {}
        }
    }
}

/// Decodes ISO-2022-JP, the one legacy encoding that is ASCII byte for byte; `None` if the bytes are something else.
///
/// Only its own escape sequences count, and Japanese must follow them: terminal colours use ESC too.
fn decode_iso_2022_jp(bytes: &[u8]) -> Option<Decoded<'_>> {
    let escaped = memchr::memchr_iter(0x1B, bytes)
        .any(|at| matches!(bytes.get(at + 1..at + 3), Some(b"$B" | b"$@" | b"(J" | b"(I")));
    if !escaped || !bytes.is_ascii() {
        return None;
    }
    let decoded = decode_as(ISO_2022_JP, EncodingSource::Escapes, bytes);
    let foreign = decoded.text.chars().filter(|c| !c.is_ascii()).count() - decoded.replaced;
    // With one broken pair in twenty it is still Japanese; with more the escapes mean something else.
    (foreign > 0 && decoded.replaced * 20 <= foreign).then_some(decoded)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, KOI8_R, SHIFT_JIS, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252};

    use super::*;

    fn check(bytes: &[u8], text: &str, encoding: &'static Encoding, source: EncodingSource, replaced: usize) {
        let decoded = decode(bytes, None);
        assert_eq!(decoded.text, text);
        assert_eq!((decoded.encoding, decoded.source, decoded.replaced), (encoding.name(), source, replaced), "{text}");
    }

    fn is_borrowed(decoded: &Decoded<'_>) -> bool {
        matches!(decoded.text, Cow::Borrowed(_))
    }

    #[test]
    fn borrows_valid_utf8() {
        for text in
            ["", "a", "plain ASCII\r\n", "Größe – naïve", "Доброе утро", "早上好", "😀", "a\0b and \0", "\u{fffd}"]
        {
            let decoded = decode(text.as_bytes(), None);
            assert!(is_borrowed(&decoded), "{text:?}");
            assert_eq!(
                decoded,
                Decoded { text: text.into(), encoding: "UTF-8", source: EncodingSource::Utf8, replaced: 0 }
            );
            assert!(is_borrowed(&decode(text.as_bytes(), Some(UTF_8))));
        }
    }

    #[test]
    fn strips_a_byte_order_mark_and_believes_it_before_the_label() {
        let decoded = decode(b"\xef\xbb\xbfna\xc3\xafve", Some(WINDOWS_1252));
        assert_eq!((&*decoded.text, decoded.encoding, decoded.source), ("naïve", "UTF-8", EncodingSource::Bom));
        assert!(is_borrowed(&decoded));
        check(b"\xff\xfeH\0i\0", "Hi", UTF_16LE, EncodingSource::Bom, 0);
        check(b"\xfe\xff\0H\0i", "Hi", UTF_16BE, EncodingSource::Bom, 0);
        check(b"\xfe\xff\xd8\x00\0i", "\u{fffd}i", UTF_16BE, EncodingSource::Bom, 1);
        check(b"\xef\xbb\xbf", "", UTF_8, EncodingSource::Bom, 0);
    }

    #[test]
    fn a_label_wins_over_detection() {
        let decoded = decode("é".as_bytes(), Some(WINDOWS_1252));
        assert_eq!((&*decoded.text, decoded.encoding, decoded.source), ("Ã©", "windows-1252", EncodingSource::Label));
        let decoded = decode(b"\x83\x65\x83", Some(SHIFT_JIS));
        assert_eq!((&*decoded.text, decoded.replaced), ("テ\u{fffd}", 1));
        assert_eq!(decode(b"plain", Some(REPLACEMENT)).text, "plain");
    }

    #[test]
    fn utf16_is_recognised_without_a_byte_order_mark() {
        let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        check(&little("Good morning"), "Good morning", UTF_16LE, EncodingSource::Utf16Shape, 0);
        check(&little("Доброе утро"), "Доброе утро", UTF_16LE, EncodingSource::Utf16Shape, 0);
    }

    #[test]
    fn iso_2022_jp_is_recognised_by_its_own_escapes_only() {
        check(b"Tokyo \x1b$BEl5~\x1b(B!", "Tokyo 東京!", ISO_2022_JP, EncodingSource::Escapes, 0);
        check(b"\x1b[1mbold\x1b[0m", "\x1b[1mbold\x1b[0m", UTF_8, EncodingSource::Utf8, 0);
        check(b"\x1b(J and no more", "\x1b(J and no more", UTF_8, EncodingSource::Utf8, 0);
    }

    #[test]
    fn damaged_utf8_characters_are_replaced() {
        let cases: [(&[u8], &str, usize); 8] = [
            (b"ein popul\xc3 rer Ort", "ein popul\u{fffd} rer Ort", 1),
            (b"a good match, they\xe2 \x99d say", "a good match, they\u{fffd} \u{fffd}d say", 2),
            (b"cut at the end of \xe2\x80\x9cthis\xe2\x80", "cut at the end of “this\u{fffd}", 1),
            (b"questa funzionalit\xc3", "questa funzionalit\u{fffd}", 1),
            (b"one stray \xff in ASCII", "one stray \u{fffd} in ASCII", 1),
            (b"\xd0\xb4\xd0\xbe\xd0 \xd1\x80\xd0\xbe\xd0\xb5", "до\u{fffd} рое", 1),
            (b"\xe6\x97\xa9\xe4\xb8 \xe5\xa5\xbd", "早\u{fffd} 好", 1),
            // A U+FFFD that stood in the input is not counted.
            (b"\xef\xbf\xbd \xc3\xa9t\xc3 \xef\xbf\xbd", "\u{fffd} ét\u{fffd} \u{fffd}", 1),
        ];
        for (bytes, text, replaced) in cases {
            check(bytes, text, UTF_8, EncodingSource::NearUtf8, replaced);
        }
    }

    #[test]
    fn mixed_lines_are_decoded_each_in_its_own_encoding() {
        let text = "Zwölf Boxkämpfer jagen\r\nViktor quer\r\nüber den großen „Sylter Deich“.\n";
        let mut bytes = "Zwölf Boxkämpfer jagen\r\nViktor quer\r\n".as_bytes().to_vec();
        bytes.extend_from_slice(&WINDOWS_1252.encode("über den großen „Sylter Deich“.\n").0);
        check(&bytes, text, UTF_8, EncodingSource::MixedLines, 0);
    }

    #[test]
    fn damaged_utf8_is_not_taken_for_mixed_lines() {
        let line = "Die Flüsse führten größere Mengen Wasser, berichtete die Behörde gestern.\n";
        let mut bytes = line.repeat(40).into_bytes();
        // One damage reads well in windows-1252 and stands in a line without other accents; the rest does not.
        bytes.extend_from_slice(b"nur ein Caf\xe9 war offen\n");
        let starts = [5, 80, 240, 400].map(|from| bytes.iter().skip(from).position(|b| *b == 0xC3).map(|at| at + from));
        for at in starts.into_iter().flatten() {
            bytes[at + 1] = b' ';
        }
        let decoded = decode(&bytes, None);
        assert_eq!((decoded.source, decoded.replaced), (EncodingSource::NearUtf8, 5));
    }

    #[test]
    fn legacy_encodings_are_detected() {
        let cases = [
            ("Der Käse läßt sich über Nacht kühl stellen", WINDOWS_1252),
            ("L’été dernier, à Nîmes, on a fêté ça « chez nous »", WINDOWS_1252),
            ("Съешь ещё этих мягких французских булок", WINDOWS_1251),
            ("いろはにほへと、散りぬるを。我が世誰ぞ", EUC_JP),
            ("テスト用の文章をここに書きます", SHIFT_JIS),
        ];
        for (text, encoding) in cases {
            check(&encoding.encode(text).0, text, encoding, EncodingSource::Detector, 0);
        }
        assert_eq!(
            decode(&KOI8_R.encode("Съешь ещё этих мягких французских булок").0, None).text.chars().next(),
            Some('С')
        );
        // What windows-1252 does not assign means a control character there, as on the web.
        check(b"caf\xe9 \x81", "café \u{81}", WINDOWS_1252, EncodingSource::Detector, 0);
    }

    #[test]
    fn any_bytes_are_decoded() {
        for first in 0..=255u8 {
            for second in [None, Some(0), Some(b'a'), Some(0x80), Some(0xC3), Some(0xFF), Some(first)] {
                let bytes: Vec<u8> = [first].into_iter().chain(second).collect();
                for repeat in [1, 2, 3, 50] {
                    let bytes = bytes.repeat(repeat);
                    let decoded = decode(&bytes, None);
                    assert_eq!(decoded, decode(&bytes, None));
                    assert!(decoded.replaced <= bytes.len());
                }
            }
        }
        let junk: Vec<u8> = (0..10_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert_eq!(decode(&junk, None).source, EncodingSource::Fallback);
    }

    #[test]
    fn replacements_are_counted_in_linear_time() {
        // Quadratic decoding of malformed sequences would take minutes here.
        let bytes = b"\xc3\n".repeat(1 << 20);
        assert_eq!(decode(&bytes, None).replaced, 1 << 20);
        assert_eq!(decode(&b"\x81\n".repeat(1 << 20), Some(SHIFT_JIS)).replaced, 1 << 20);
    }
}
