//! Bytes become text: the encoding that is found, and what is replaced.

use std::borrow::Cow;

use bodytext::unstable::decode;
use bodytext::{EncodingSource, TextEncoding};
use encoding_rs::{
    EUC_JP, Encoding, ISO_2022_JP, KOI8_R, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252,
};

fn check(bytes: &[u8], text: &str, encoding: &'static Encoding, source: EncodingSource, replaced: usize) {
    let decoded = decode(bytes, None);
    assert_eq!(decoded.text, text);
    assert_eq!((decoded.encoding, decoded.source, decoded.replaced), (encoding.name(), source, replaced), "{text}");
}

fn label(label: &str) -> Option<TextEncoding> {
    Some(label.parse().unwrap())
}

#[test]
fn borrows_valid_utf8() {
    for text in ["", "a", "plain ASCII\r\n", "Größe – naïve", "Доброе утро", "早上好", "😀", "a\0b and \0", "\u{fffd}"]
    {
        let decoded = decode(text.as_bytes(), None);
        assert!(matches!(decoded.text, Cow::Borrowed(_)), "{text:?}");
        check(text.as_bytes(), text, UTF_8, EncodingSource::Utf8, 0);
        assert!(matches!(decode(text.as_bytes(), label("utf-8")).text, Cow::Borrowed(_)));
    }
}

#[test]
fn strips_a_byte_order_mark_and_believes_it_before_the_label() {
    let decoded = decode(b"\xef\xbb\xbfna\xc3\xafve", label("windows-1252"));
    assert_eq!((&*decoded.text, decoded.encoding, decoded.source), ("naïve", "UTF-8", EncodingSource::Bom));
    assert!(matches!(decoded.text, Cow::Borrowed(_)));
    check(b"\xff\xfeH\0i\0", "Hi", UTF_16LE, EncodingSource::Bom, 0);
    check(b"\xfe\xff\0H\0i", "Hi", UTF_16BE, EncodingSource::Bom, 0);
    check(b"\xfe\xff\xd8\x00\0i", "\u{fffd}i", UTF_16BE, EncodingSource::Bom, 1);
    check(b"\xef\xbb\xbf", "", UTF_8, EncodingSource::Bom, 0);
}

#[test]
fn a_label_wins_over_the_bytes() {
    let decoded = decode("é".as_bytes(), label("windows-1252"));
    assert_eq!((&*decoded.text, decoded.encoding, decoded.source), ("Ã©", "windows-1252", EncodingSource::Label));
    let decoded = decode(b"\x83\x65\x83", label("shift_jis"));
    assert_eq!((&*decoded.text, decoded.replaced), ("テ\u{fffd}", 1));
    let decoded = decode(b"Br\x81cke", label("cp850"));
    assert_eq!((&*decoded.text, decoded.encoding, decoded.source), ("Brücke", "IBM850", EncodingSource::Label));
    assert_eq!(decode(b"\xd2\x8et\x8e\xd3", label("mac-roman")).text, "“été”");
}

fn encoding_fits(bytes: &[u8], name: &str) -> bool {
    decode(bytes, label(name)).encoding_fits
}

#[test]
fn a_label_that_does_not_fit_is_reported() {
    let text = "Größe und Länge des Käfers";
    assert!(
        encoding_fits(text.as_bytes(), "utf-8")
            && encoding_fits(b"plain", "cp850")
            && decode(b"\xff", None).encoding_fits
    );
    assert!(!encoding_fits(text.as_bytes(), "windows-1252") && !encoding_fits(text.as_bytes(), "cp850"));
    // Three characters of 26 are undecodable.
    let western = WINDOWS_1252.encode(text).0;
    assert!(encoding_fits(&western, "windows-1252") && !encoding_fits(&western, "utf-8"));
    // Damage of less than one character in a hundred.
    assert!(encoding_fits(&[&text.repeat(10).into_bytes()[..], b"\xff"].concat(), "utf-8"));
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
fn a_single_wrong_byte_in_utf8_is_damage() {
    let text = "Die Flüsse führten Wasser.\nNur ein Weg blieb offen.\nMüde Träger grüßten.\n";
    // In a short text ä and ü could be letters: it has them elsewhere.
    for (wrong, repeat) in [(0xFF, 1), (0xE9, 1), (0x92, 1), (0x81, 1), (0xE4, 30), (0xFC, 30)] {
        let text = text.repeat(repeat);
        let at = text.find("blieb").unwrap() + 3;
        let mut bytes = text.as_bytes().to_vec();
        bytes.insert(at, wrong);
        let damaged = text.replacen("blieb", "bli\u{fffd}eb", 1);
        check(&bytes, &damaged, UTF_8, EncodingSource::NearUtf8, 1);
    }
    // Of a character of three bytes the middle one changed.
    let bytes = b"\xe2\x80\x9cStay\xe2\x80\x9d, he said.\nWe\xe2\x41\x99re here.\n";
    check(bytes, "“Stay”, he said.\nWe\u{fffd}A\u{fffd}re here.\n", UTF_8, EncodingSource::NearUtf8, 2);
}

#[test]
fn a_single_letter_of_windows_1252_in_utf8_is_read() {
    // Few valid characters: the letter is as likely as damage.
    let bytes = b"Sch\xc3\xb6ne Gr\xc3\xbc\xc3\x9fe\nan alle G\xe4ste\n";
    check(bytes, "Schöne Grüße\nan alle Gäste\n", UTF_8, EncodingSource::MixedLines, 0);
    // Many, but the same letter occurs in UTF-8 too; in a long text between the same neighbours.
    for repeat in [1, 30] {
        let text = "Die Flüsse führten größere Mengen Wasser, sagte die Behörde.\nAlle Gäste blieben.\n".repeat(repeat);
        let bytes = [text.as_bytes(), b"Auch die G\xe4ste der Nachbarn.\n"].concat();
        check(&bytes, &format!("{text}Auch die Gäste der Nachbarn.\n"), UTF_8, EncodingSource::MixedLines, 0);
    }
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
    check(b"caf\xe9 \x81", "café \u{81}", WINDOWS_1252, EncodingSource::Detector, 1);
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
    assert_eq!(decode(&b"\x81\n".repeat(1 << 20), label("shift_jis")).replaced, 1 << 20);
}
