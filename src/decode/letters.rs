//! Finds encodings that the statistical detector does not know or mistakes for others, by the letters that they give:
//! the code pages of DOS, Mac OS Roman, and Hungarian in windows-1250 or ISO-8859-2.

use std::collections::BTreeMap;

use encoding_rs::{
    Encoding, ISO_8859_4, ISO_8859_13, MACINTOSH, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257, WINDOWS_1258,
};

use super::TextEncoding;

/// The encodings for which the detector may take Hungarian: they have most of its letters.
const MISTAKEN: [&Encoding; 6] = [WINDOWS_1252, WINDOWS_1254, WINDOWS_1257, WINDOWS_1258, ISO_8859_4, ISO_8859_13];

/// The encodings that the detector does not know. Of two that fit equally, the first is taken: the letters of Germany
/// are the same in both code pages.
const UNDETECTED: [TextEncoding; 3] = [TextEncoding::IBM850, TextEncoding::web(MACINTOSH), TextEncoding::IBM852];

/// The letters beyond ASCII of languages that were written in these encodings. One byte is a letter in several of them;
/// the letters of a text belong to one language.
const ALPHABETS: [&str; 14] = [
    "äöüß",
    "éèàêçùâîôûëïüœ",
    "áéíóúñü",
    "áàâãçéêíóôõú",
    "àèéìòù",
    "åäöé",
    "æøåé",
    "éëïèóöü",
    "áéíóúýöþðæ",
    "àéèíïóòúüç",
    "ąćęłńóśźż",
    "áčďéěíňóřšťúůýžäľĺŕô",
    "áéíóöőúüű",
    "čćđšž",
];

/// The encoding of the pieces of a text, if its letters show that it is not the one that the detector `found`.
pub(super) fn find(pieces: &[&[u8]], found: &'static Encoding) -> Option<TextEncoding> {
    if MISTAKEN.contains(&found) && is_hungarian(pieces) {
        return Some(TextEncoding::web(WINDOWS_1250));
    }
    let detected = Reading::of(pieces, TextEncoding::web(found));
    if detected.odd < 2 {
        return None;
    }
    let mut best: Option<(usize, TextEncoding)> = None;
    for encoding in UNDETECTED {
        let reading = Reading::of(pieces, encoding);
        // Of two letters, both must be odd as they were detected.
        let enough = if reading.fits() > 2 { detected.odd * 4 >= reading.total } else { detected.odd >= reading.total };
        if reading.is_text() && enough && best.is_none_or(|(fits, _)| reading.fits() > fits) {
            best = Some((reading.fits(), encoding));
        }
    }
    best.map(|(_, encoding)| encoding)
}

/// How well the characters beyond ASCII of a text fit between their neighbours in one encoding.
#[derive(Debug, Default)]
struct Reading {
    /// The letters inside words of Latin letters, in lowercase.
    letters: BTreeMap<char, usize>,
    /// Apostrophes inside words, and quotes around them.
    quotes: usize,
    /// Controls, symbols inside words, capitals after lowercase letters, other scripts next to Latin letters.
    odd: usize,
    /// All characters beyond ASCII.
    total: usize,
}

impl Reading {
    fn of(pieces: &[&[u8]], encoding: TextEncoding) -> Reading {
        let mut reading = Reading::default();
        let mut text = String::new();
        for piece in pieces {
            text.clear();
            encoding.append_decoded(&mut text, piece);
            let mut before = ' ';
            let mut chars = text.chars().peekable();
            while let Some(c) = chars.next() {
                if !c.is_ascii() {
                    match fit(before, c, chars.peek().copied().unwrap_or(' ')) {
                        Fit::Letter => *reading.letters.entry(c.to_lowercase().next().unwrap_or(c)).or_default() += 1,
                        Fit::Quote => reading.quotes += 1,
                        Fit::Neutral => {}
                        Fit::Odd => reading.odd += 1,
                    }
                    reading.total += 1;
                }
                before = c;
            }
        }
        reading
    }

    /// How many characters fit, if the text is in the one language that explains most of them.
    fn fits(&self) -> usize {
        let explained = ALPHABETS
            .iter()
            .map(|alphabet| alphabet.chars().filter_map(|letter| self.letters.get(&letter)).sum::<usize>());
        explained.max().unwrap_or_default() + self.quotes
    }

    /// Whether it is a text in a Latin alphabet: several letters, and hardly anything is odd (one in twenty may be damage).
    fn is_text(&self) -> bool {
        self.fits() >= 2 && self.fits() * 2 >= self.total && self.odd * 20 <= self.total
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// A letter inside a word.
    Letter,
    /// An apostrophe inside a word, or a quote beside one.
    Quote,
    /// It may stand anywhere, or stands alone.
    Neutral,
    Odd,
}

/// How a character beyond ASCII fits between its neighbours.
fn fit(before: char, c: char, after: char) -> Fit {
    let inside = is_latin(before) && is_latin(after);
    match c {
        _ if is_latin(c) => {
            let wrong_case =
                if c.is_uppercase() { before.is_lowercase() } else { after.is_uppercase() && is_latin(after) };
            // Bytes of other scripts stand in rows, so one neighbour must be a plain letter.
            let in_word = before.is_ascii_alphabetic() || after.is_ascii_alphabetic();
            if wrong_case {
                Fit::Odd
            } else if in_word {
                Fit::Letter
            } else {
                Fit::Neutral
            }
        }
        '’' if inside => Fit::Quote,
        '’' | '–' | '—' | '…' | '·' | '\u{a0}' | '\u{ad}' => Fit::Neutral,
        _ if inside => Fit::Odd,
        // These open a quotation.
        '„' | '‚' if is_latin(before) => Fit::Odd,
        '‘' | '“' | '”' | '„' | '‚' | '«' | '»' | '‹' | '›' => Fit::Quote,
        '\u{a1}'..='\u{bf}' | '×' | '÷' | '€' | '™' | '•' | '†' | '‡' | '‰' => Fit::Neutral,
        '\u{80}'..='\u{9f}' | '\u{fffd}' | '\u{2500}'..='\u{259f}' => Fit::Odd,
        _ if is_latin(before) || is_latin(after) => Fit::Odd,
        _ => Fit::Neutral,
    }
}

/// Whether bytes that could be damaged UTF-8 are Mac OS Roman, in which the byte of the apostrophe, as of other
/// punctuation, begins a character of UTF-8.
pub(super) fn is_mac_roman(bytes: &[u8]) -> bool {
    let pieces = [bytes];
    Reading::of(&pieces, TextEncoding::web(MACINTOSH)).is_text()
        && Reading::of(&pieces, TextEncoding::web(WINDOWS_1252)).odd >= 2
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' if c != '×' && c != '÷')
}

/// Whether the text is Hungarian: it has ő or ű and hardly a letter that Hungarian does not have. The bytes of its other
/// letters are the same in all Latin encodings of Windows. Against a damaged byte in another language, it must have both á
/// and ö, or more than one ő or ű (one in ten accents), or more accents than Spanish (one byte in 25).
///
/// In windows-1252 the bytes of ő and ű are õ and û. Portuguese has õ before e, and ã; Estonian has ä, and no acute
/// accents; French has û after o, and è, à, ê, ç.
fn is_hungarian(pieces: &[&[u8]]) -> bool {
    let (mut own, mut double_acute, mut other) = (0_usize, 0_usize, 0_usize);
    let total: usize = pieces.iter().map(|piece| piece.len()).sum();
    // Whether á occurs, and which of í, ó, ö, ú and ü.
    let mut vowels = [false; 256];
    for piece in pieces {
        for (at, &byte) in piece.iter().enumerate().filter(|(_, byte)| **byte >= 0xC0) {
            let before = at.checked_sub(1).map_or(b' ', |at| piece[at]);
            let after = piece.get(at + 1).copied().unwrap_or(b' ');
            match byte | 0x20 {
                0xF5 if after | 0x20 == b'e' => {
                    let next = piece.get(at + 2).copied().unwrap_or(b' ') | 0x20;
                    // Portuguese words end in õe, õem and ões.
                    other += usize::from(matches!(next, b'm' | b's') || !next.is_ascii_alphabetic());
                }
                0xFB if matches!(before | 0x20, b'a' | b'o') => other += 1,
                0xF5 | 0xFB if before.is_ascii_alphabetic() || after.is_ascii_alphabetic() => double_acute += 1,
                0xF5 | 0xFB | 0xE9 => own += 1,
                vowel @ (0xE1 | 0xED | 0xF3 | 0xF6 | 0xFA | 0xFC) => {
                    own += 1;
                    vowels[usize::from(vowel)] = true;
                }
                _ => other += 1,
            }
        }
    }
    let kinds = vowels.iter().filter(|seen| **seen).count();
    let [has_a, has_o] = [0xE1, 0xF6].map(|vowel| vowels[vowel]);
    let sure = (has_a && has_o) || own * 25 >= total || (double_acute > 1 && double_acute * 30 >= own);
    double_acute > 0 && sure && other * 10 <= own + double_acute && own >= double_acute && (has_a || kinds > 1)
}

#[cfg(test)]
mod tests {
    use encoding_rs::ISO_8859_2;

    use super::*;

    const HUNGARIAN: [&str; 4] = [
        "A kőműves reggel hétkor már az erdő szélén várta a többieket, és nézte a felkelő napot.",
        "Az öreg szőlő fürtjei között egy sárgarigó fészkelt, a gyerekek messziről figyelték.",
        "Egyszerű étel volt: főtt krumpli, tűzön sült hús és savanyú káposzta.",
        "ŐSZI VÁSÁR A FŐTÉREN: MÉZ, SAJT ÉS KÉZMŰVES KENYÉR",
    ];

    const WESTERN: [&str; 8] = [
        "As eleições põem à prova as opiniões de milhões, e os leões dormem.",
        "Os balões e os cordões do avô são de cores; o corrimão é azul, mas há três pavões.",
        "Õhtul sõitsime jõe äärde, kus põder sõi rohtu ja lõoke laulis.",
        "Le goûter est prêt; août a été brûlant, et les mûres sont déjà mûres.",
        "En août, l'abbé a goûté le moût.",
        "El camión pasó por la mañana y recogió los últimos cajones de limón.",
        "Das Öl für die Türen steht über der Tür, nicht auf dem Tisch.",
        "Þórður sá ís á ánni og sagði frá því.",
    ];

    fn found(text: &[u8]) -> Option<&'static str> {
        find(&[text], WINDOWS_1252).map(TextEncoding::name)
    }

    #[test]
    fn hungarian_is_found_and_other_languages_are_not() {
        for text in HUNGARIAN {
            for encoding in [WINDOWS_1250, ISO_8859_2] {
                assert_eq!(found(&encoding.encode(text).0), Some("windows-1250"), "{text}");
            }
        }
        for text in WESTERN {
            assert_eq!(found(&WINDOWS_1252.encode(text).0), None, "{text}");
        }
    }

    #[test]
    fn dos_and_mac_are_found_in_their_languages() {
        let texts = [
            ("IBM850", "Für die Brücke über den Fluß müßten täglich größere Träger geliefert werden."),
            ("IBM850", "L'été dernier, la forêt a brûlé près du château, là où l'élève rêvait."),
            ("IBM850", "A televisão não mostrou as lições do avô; só o irmão pôde assistir à sessão."),
            ("IBM852", "Příliš mnoho koní běželo přes louku, a pes na ně štěkal až do večera."),
            ("IBM852", "Zażółcone kartki książki leżały na półce, między gałęźmi świątecznej choinki."),
            ("macintosh", "L’été dernier, la forêt a brûlé près du château, là où l’élève rêvait."),
            ("macintosh", "“I don’t know,” she said, “but it’s not the dog’s fault, and they’re sure.”"),
            ("macintosh", "Når båden når øen, går børnene på land og løber op til gården."),
        ];
        for (name, text) in texts {
            let encoding: TextEncoding = name.parse().unwrap();
            let bytes: Vec<u8> = text.chars().map(|c| byte_of(c, encoding)).collect();
            assert_eq!(found(&bytes), Some(name), "{text}");
        }
    }

    fn decoded(bytes: &[u8], encoding: TextEncoding) -> String {
        let mut text = String::new();
        encoding.append_decoded(&mut text, bytes);
        text
    }

    fn byte_of(c: char, encoding: TextEncoding) -> u8 {
        (0..=255).find(|byte| decoded(&[*byte], encoding).starts_with(c)).unwrap()
    }

    #[test]
    fn windows_texts_with_symbols_are_not_dos_or_mac() {
        for text in [
            "“Wait…what?” – she said…and left; it’s 5 °C – no, 6…or 7.",
            "A † marks the dead, ‡ the missing; see p. 7†, note 3‡ and Table 2†.",
            "„Das ist es“, sagte er – und: „nein…doch“.",
            "MÜLLER & SÖHNE, GRÖSSE 12½, ÄRMEL £5…£6",
        ] {
            assert_eq!(found(&WINDOWS_1252.encode(text).0), None, "{text}");
        }
        // One odd byte is damage, not a code page.
        assert_eq!(found(b"ein sch\x94nes Haus, caf\xe9"), None);
    }
}
