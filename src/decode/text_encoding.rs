//! The encodings that a text can be in: those of the web, and the code pages of DOS, which the web does not know.

use std::fmt::{self, Display};
use std::str::FromStr;

use encoding_rs::{DecoderResult, Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE};
use oem_cp::code_table::DECODING_TABLE_CP_MAP;
use oem_cp::code_table_type::TableType;

use crate::named_enum::UnknownName;

/// The encoding of a text. `FromStr` parses its label: those of the WHATWG Encoding Standard (`utf-8`, `windows-1252`,
/// `latin2`, `shift_jis`), `mac-roman`, and the code pages of DOS (`cp850`, `ibm850`, `850`; `dos` is `cp850`).
/// `Display` writes its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextEncoding(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Web(&'static Encoding),
    /// The number of a code page.
    Dos(u16),
}

/// The code pages that the web does not have. Their names are like that of `IBM866`, which it has.
const CODE_PAGES: [(u16, &str); 16] = [
    (437, "IBM437"),
    (720, "IBM720"),
    (737, "IBM737"),
    (775, "IBM775"),
    (850, "IBM850"),
    (852, "IBM852"),
    (855, "IBM855"),
    (857, "IBM857"),
    (858, "IBM858"),
    (860, "IBM860"),
    (861, "IBM861"),
    (862, "IBM862"),
    (863, "IBM863"),
    (864, "IBM864"),
    (865, "IBM865"),
    (869, "IBM869"),
];

/// Labels of the other encodings, to suggest one: the names in the WHATWG Encoding Standard, and a few more.
const LABELS: &str = "utf-8 utf-16le utf-16be windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 \
    windows-1255 windows-1256 windows-1257 windows-1258 windows-874 latin1 iso-8859-1 iso-8859-2 iso-8859-3 iso-8859-4 \
    iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-9 iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16 \
    koi8-r koi8-u ibm866 mac-roman macintosh x-mac-cyrillic gbk gb18030 big5 euc-jp iso-2022-jp shift_jis euc-kr";

impl TextEncoding {
    /// DOS in western Europe.
    pub(super) const IBM850: TextEncoding = TextEncoding(Kind::Dos(850));
    /// DOS in central Europe.
    pub(super) const IBM852: TextEncoding = TextEncoding(Kind::Dos(852));

    pub(super) const fn web(encoding: &'static Encoding) -> TextEncoding {
        TextEncoding(Kind::Web(encoding))
    }

    /// Its name: that of the WHATWG Encoding Standard, or such as `IBM850` for a code page of DOS.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Web(encoding) => encoding.name(),
            Kind::Dos(page) => CODE_PAGES.iter().find(|(number, _)| *number == page).map_or("", |(_, name)| name),
        }
    }

    /// Appends decoded bytes to `text`, and returns how many malformed sequences became U+FFFD. A U+FFFD of the input is
    /// text and not counted.
    pub(super) fn append_decoded(self, text: &mut String, bytes: &[u8]) -> usize {
        // Most texts grow a little when they become UTF-8. Room for the worst case (three times) would waste memory.
        text.reserve(bytes.len() + bytes.len() / 8);
        match self.0 {
            Kind::Web(encoding) if encoding == UTF_8 => append_utf8(text, bytes),
            Kind::Web(encoding) => append_web(text, bytes, encoding),
            Kind::Dos(page) => append_dos(text, bytes, page),
        }
    }

    /// Whether text in this encoding is hardly ever valid UTF-8 beyond ASCII.
    pub(super) fn excludes_utf8(self) -> bool {
        match self.0 {
            Kind::Web(encoding) => encoding != UTF_8 && encoding.is_ascii_compatible(),
            Kind::Dos(_) => true,
        }
    }

    pub(crate) fn is_utf16(self) -> bool {
        matches!(self.0, Kind::Web(encoding) if encoding == UTF_16LE || encoding == UTF_16BE)
    }

    fn of_label(label: &str) -> Option<TextEncoding> {
        let plain = label.to_ascii_lowercase().replace(['-', '_', ' '], "");
        let number = ["cp", "ibm", "oem", "msdos", "dos", "codepage", "windows", "win"];
        let number = number.iter().find_map(|prefix| plain.strip_prefix(prefix)).unwrap_or(&plain);
        let page = match number.parse() {
            Ok(page) => Some(page),
            _ if plain == "dos" || plain == "oem" => Some(850),
            _ => None,
        };
        if let Some(&(page, _)) = CODE_PAGES.iter().find(|(number, _)| Some(*number) == page) {
            return Some(TextEncoding(Kind::Dos(page)));
        }
        if plain == "macroman" {
            return Some(TextEncoding::web(MACINTOSH));
        }
        let spellings =
            [label.to_owned(), label.replace('_', "-"), plain.clone(), number.to_owned(), format!("windows-{number}")];
        let found = spellings.iter().find_map(|spelling| Encoding::for_label_no_replacement(spelling.as_bytes()));
        found.map(TextEncoding::web)
    }
}

impl Display for TextEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for TextEncoding {
    type Err = UnknownName;

    fn from_str(label: &str) -> Result<TextEncoding, UnknownName> {
        TextEncoding::of_label(label.trim()).ok_or_else(|| {
            // The most similar three: a wrong digit leaves many that are equally near.
            let labels = LABELS.split(' ').chain(CODE_PAGES.iter().map(|(_, name)| *name));
            let label = label.trim().to_ascii_lowercase();
            let mut near: Vec<(f64, &str)> = labels.map(|known| (strsim::jaro_winkler(&label, known), known)).collect();
            near.sort_by(|a, b| b.0.total_cmp(&a.0));
            near.truncate(3);
            UnknownName::similar(&label, &near.iter().map(|(_, known)| *known).collect::<Vec<_>>())
        })
    }
}

fn append_utf8(text: &mut String, bytes: &[u8]) -> usize {
    let mut replaced = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            replaced += 1;
        }
    }
    replaced
}

fn append_web(text: &mut String, bytes: &[u8], encoding: &'static Encoding) -> usize {
    let mut replaced = 0;
    // The decoder clears the spare capacity of its target on each call and returns at each malformed sequence: decoding
    // directly into `text` would take quadratic time.
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

fn append_dos(text: &mut String, bytes: &[u8], page: u16) -> usize {
    let upper_half = DECODING_TABLE_CP_MAP.get(&page);
    let mut replaced = 0;
    for &byte in bytes {
        let place = usize::from(byte & 0x7F);
        let c = match upper_half {
            _ if byte.is_ascii() => Some(char::from(byte)),
            Some(TableType::Complete(table)) => Some(table[place]),
            Some(TableType::Incomplete(table)) => table[place],
            None => None,
        };
        replaced += usize::from(c.is_none());
        text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_many_spellings_are_known() {
        for (labels, name) in [
            ("cp850 CP850 ibm850 IBM-850 850 dos dos-850 oem oem850 cp_850", "IBM850"),
            ("cp437 ibm437 437 dos437", "IBM437"),
            ("cp858", "IBM858"),
            ("cp866 ibm866 866 dos866", "IBM866"),
            ("mac macintosh macroman mac-roman Mac_Roman x-mac-roman", "macintosh"),
            ("latin1 latin-1 iso-8859-1 iso8859_1 cp1252 windows1252 win-1252 1252 us-ascii", "windows-1252"),
            ("utf8 UTF-8 utf_8", "UTF-8"),
            ("shift_jis shift-jis sjis windows-31j", "Shift_JIS"),
            ("cp874", "windows-874"),
        ] {
            for label in labels.split(' ') {
                assert_eq!(label.parse::<TextEncoding>().map(TextEncoding::name), Ok(name), "{label}");
            }
        }
    }

    #[test]
    fn an_unknown_label_has_near_ones() {
        for (label, near) in
            [("windows-12522", "windows-1252"), ("cp8500", "IBM850"), ("utf-9", "utf-8"), ("", "utf-8")]
        {
            let error = label.parse::<TextEncoding>().unwrap_err().to_string();
            assert!(error.contains(near), "{error}");
        }
        // Browsers refuse these: they would replace the whole text.
        assert!("hz-gb-2312".parse::<TextEncoding>().is_err() && "replacement".parse::<TextEncoding>().is_err());
    }

    #[test]
    fn names_are_labels() {
        for label in LABELS.split(' ').chain(CODE_PAGES.iter().map(|(_, name)| *name)) {
            let encoding: TextEncoding = label.parse().unwrap();
            assert_eq!(encoding.to_string().parse(), Ok(encoding), "{label}");
        }
    }

    #[test]
    fn every_code_page_has_a_table() {
        for (page, name) in CODE_PAGES {
            let mut text = String::new();
            assert_eq!(append_dos(&mut text, b"a\x80", page), 0, "{name}");
        }
        let mut text = String::new();
        assert_eq!(TextEncoding(Kind::Dos(857)).append_decoded(&mut text, b"k\x8dl\x8d\xd5"), 1);
        assert_eq!(text, "kılı\u{fffd}");
    }
}
