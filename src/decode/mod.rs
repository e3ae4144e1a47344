//! Decodes bytes to text. Decoding never fails: the result names the encoding, how it was found, and how much was
//! replaced. Text that was decoded wrongly before is repaired later, by `normalize`.

mod legacy;
mod letters;
mod mixed;
mod text_encoding;
mod utf16;

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP, UTF_8};

use mixed::NearUtf8;
pub use text_encoding::TextEncoding;

use crate::html::declared_encoding;
use crate::named_enum::named_enum;

named_enum! {
    /// How the encoding of a document was found.
    pub enum EncodingSource {
        /// A byte-order mark.
        Bom = "bom",
        /// The caller named it.
        Label = "label",
        /// The head of a web page names it.
        Declared = "declared",
        /// The bytes are valid UTF-8.
        Utf8 = "utf-8",
        /// Control bytes are where UTF-16 has them.
        Utf16Shape = "utf-16-shape",
        /// UTF-8 with some damaged characters.
        NearUtf8 = "near-utf-8",
        /// Lines of UTF-8 and lines of a legacy encoding in one document.
        MixedLines = "mixed-lines",
        /// The escape sequences of ISO-2022-JP.
        Escapes = "escapes",
        /// A statistical detector found it.
        Detector = "detector",
        /// The detector found it in most parts of the document.
        Vote = "vote",
        /// Letters inside words: in other encodings they are symbols, or letters that the language does not have.
        Letters = "letters",
        /// Nothing fits; read as windows-1252, in which every byte is a character.
        Fallback = "fallback",
        /// The caller gave text, not bytes.
        Given = "given",
    }
}

/// Decoded text, and how it was decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded<'a> {
    /// The text, without a byte-order mark; borrowed if the bytes are UTF-8.
    pub text: Cow<'a, str>,
    /// The name of the [`TextEncoding`], for example `windows-1252`.
    pub encoding: &'static str,
    /// How the encoding was found.
    pub source: EncodingSource,
    /// How many byte sequences are invalid in that encoding and became U+FFFD, or controls if the encoding is a guess.
    pub replaced: usize,
    /// Whether the text fits the encoding.
    pub encoding_fits: bool,
}

impl<'a> Decoded<'a> {
    /// Wraps text that is already decoded.
    pub(crate) fn given(text: &'a str) -> Decoded<'a> {
        Decoded::utf8(Cow::Borrowed(text), EncodingSource::Given, 0)
    }

    fn utf8(text: Cow<'a, str>, source: EncodingSource, replaced: usize) -> Decoded<'a> {
        let encoding_fits = is_decodable(&text, replaced);
        Decoded { text, encoding: UTF_8.name(), source, replaced, encoding_fits }
    }
}

/// Decodes bytes. A byte-order mark takes precedence over `label`, `label` over what a web page declares, and that, if it
/// fits, over detection.
pub fn decode(bytes: &[u8], label: Option<TextEncoding>) -> Decoded<'_> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return decode_as(TextEncoding::web(encoding), EncodingSource::Bom, &bytes[length..]);
    }
    if let Some(encoding) = label {
        let decoded = decode_as(encoding, EncodingSource::Label, bytes);
        let encoding_fits = decoded.encoding_fits && !is_utf8_instead(encoding, bytes);
        return Decoded { encoding_fits, ..decoded };
    }
    if let Some(encoding) = declared_encoding(bytes) {
        let decoded = decode_as(encoding, EncodingSource::Declared, bytes);
        if decoded.replaced == 0 && !is_utf8_instead(encoding, bytes) {
            return decoded;
        }
    }
    let utf8 = simdutf8::basic::from_utf8(bytes).ok();
    // UTF-16 and ISO-2022-JP can be valid UTF-8 byte for byte, so they are checked first.
    if let Some(encoding) = utf16::find_order(bytes, utf8.is_some()) {
        return decode_as(TextEncoding::web(encoding), EncodingSource::Utf16Shape, bytes);
    }
    if let Some(text) = utf8 {
        let utf8 = Decoded::utf8(Cow::Borrowed(text), EncodingSource::Utf8, 0);
        return decode_iso_2022_jp(bytes).unwrap_or(utf8);
    }
    match mixed::judge(bytes) {
        NearUtf8::Damaged => decode_as(TextEncoding::web(UTF_8), EncodingSource::NearUtf8, bytes),
        NearUtf8::Mixed => {
            let (text, replaced) = mixed::decode_lines(bytes);
            Decoded::utf8(Cow::Owned(text), EncodingSource::MixedLines, replaced)
        }
        NearUtf8::Legacy => {
            let (encoding, source) = legacy::detect(bytes);
            let mut decoded = decode_as(encoding, source, bytes);
            // Controls are what unassigned bytes become. A guess that needs them is a wrong one, or the text is damaged.
            decoded.replaced += decoded.text.chars().filter(|c| matches!(c, '\u{80}'..='\u{9F}')).count();
            Decoded { encoding_fits: is_decodable(&decoded.text, decoded.replaced), ..decoded }
        }
    }
}

/// Decodes bytes from `encoding`; borrows them if they are valid text already.
fn decode_as(encoding: TextEncoding, source: EncodingSource, bytes: &[u8]) -> Decoded<'_> {
    let borrowed = if encoding == TextEncoding::web(UTF_8) { simdutf8::basic::from_utf8(bytes).ok() } else { None };
    let (text, replaced) = match borrowed {
        Some(text) => (Cow::Borrowed(text), 0),
        None => {
            let mut text = String::new();
            let replaced = encoding.append_decoded(&mut text, bytes);
            (Cow::Owned(text), replaced)
        }
    };
    let encoding_fits = is_decodable(&text, replaced);
    Decoded { text, encoding: encoding.name(), source, replaced, encoding_fits }
}

/// Whether at most one character in a hundred is undecodable: damage is rarer.
fn is_decodable(text: &str, replaced: usize) -> bool {
    replaced == 0 || replaced * 100 <= text.chars().count()
}

/// Whether the bytes are UTF-8 beyond ASCII, where another encoding was named.
fn is_utf8_instead(encoding: TextEncoding, bytes: &[u8]) -> bool {
    // Text in UTF-16 can be valid UTF-8, but then it has the shape of UTF-16.
    let excludes_utf8 = encoding.excludes_utf8() || encoding.is_utf16() && utf16::find_order(bytes, true).is_none();
    excludes_utf8 && !bytes.is_ascii() && simdutf8::basic::from_utf8(bytes).is_ok()
}

/// Decodes ISO-2022-JP, the one legacy encoding that is ASCII byte for byte; `None` if the bytes are not in it.
///
/// Only its own escape sequences count, and Japanese must follow: terminal colours use ESC too.
fn decode_iso_2022_jp(bytes: &[u8]) -> Option<Decoded<'_>> {
    let escaped = memchr::memchr_iter(0x1B, bytes)
        .any(|at| matches!(bytes.get(at + 1..at + 3), Some(b"$B" | b"$@" | b"(J" | b"(I")));
    if !escaped || !bytes.is_ascii() {
        return None;
    }
    let decoded = decode_as(TextEncoding::web(ISO_2022_JP), EncodingSource::Escapes, bytes);
    let foreign = decoded.text.chars().filter(|c| !c.is_ascii()).count() - decoded.replaced;
    // With one broken pair in twenty it is still Japanese; with more the escapes mean something else.
    (foreign > 0 && decoded.replaced * 20 <= foreign).then_some(decoded)
}
