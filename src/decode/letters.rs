//! Finds encodings that the statistical detector does not know or mistakes for others, by the letters that they give:
//! the code pages of DOS, Mac OS Roman, and Hungarian in windows-1250 or ISO-8859-2.

use encoding_rs::{
    Encoding, ISO_8859_2, ISO_8859_4, ISO_8859_13, MACINTOSH, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257,
    WINDOWS_1258,
};

use super::TextEncoding;

/// The encodings of Latin letters among which the detector may err.
pub(super) const LATIN: [&Encoding; 7] =
    [ISO_8859_2, ISO_8859_4, ISO_8859_13, WINDOWS_1250, WINDOWS_1254, WINDOWS_1257, WINDOWS_1258];

/// The encodings that the detector does not know. Of two that fit equally, the first is taken: the letters of Germany
/// are the same in both code pages.
const UNDETECTED: [TextEncoding; 3] = [TextEncoding::IBM850, TextEncoding::web(MACINTOSH), TextEncoding::IBM852];

/// The encoding of the pieces of a text, if its letters show that it is not the one that the detector `found`.
pub(super) fn find(pieces: &[&[u8]], found: &'static Encoding) -> Option<TextEncoding> {
    if (found == WINDOWS_1252 || LATIN.contains(&found) && found != ISO_8859_2 && found != WINDOWS_1250)
        && is_hungarian(pieces)
    {
        return Some(TextEncoding::web(WINDOWS_1250));
    }
    let detected = Reading::of(pieces, TextEncoding::web(found));
    let mut best: Option<(usize, TextEncoding)> = None;
    for encoding in UNDETECTED {
        let reading = Reading::of(pieces, encoding);
        let sure = reading.is_text() && detected.odd >= 2 && detected.odd * 4 >= reading.total;
        if sure && best.is_none_or(|(fits, _)| reading.fits > fits) {
            best = Some((reading.fits, encoding));
        }
    }
    best.map(|(_, encoding)| encoding)
}

/// How well the characters beyond ASCII of a text fit between their neighbours in one encoding.
#[derive(Debug, Default)]
struct Reading {
    /// Letters inside words of Latin letters, apostrophes, quotes around words.
    fits: usize,
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
                    let fit = fit(before, c, chars.peek().copied().unwrap_or(' '));
                    reading.fits += usize::from(fit == Fit::Good);
                    reading.odd += usize::from(fit == Fit::Odd);
                    reading.total += 1;
                }
                before = c;
            }
        }
        reading
    }

    /// Whether it is a text in a Latin alphabet: hardly anything is odd (one in twenty may be damage).
    fn is_text(&self) -> bool {
        self.fits >= 2 && self.fits * 2 >= self.total && self.odd * 20 <= self.total
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Good,
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
                Fit::Good
            } else {
                Fit::Neutral
            }
        }
        '’' if inside => Fit::Good,
        '’' | '–' | '—' | '…' | '·' | '\u{a0}' | '\u{ad}' => Fit::Neutral,
        _ if inside => Fit::Odd,
        '‘' | '“' | '”' | '„' | '‚' | '«' | '»' | '‹' | '›' => Fit::Good,
        '\u{a1}'..='\u{bf}' | '×' | '÷' | '€' | '™' | '•' | '†' | '‡' | '‰' => Fit::Neutral,
        '\u{80}'..='\u{9f}' | '\u{fffd}' | '\u{2500}'..='\u{259f}' => Fit::Odd,
        _ if is_latin(before) || is_latin(after) => Fit::Odd,
        _ => Fit::Neutral,
    }
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}' if c != '×' && c != '÷')
}

/// Whether the text is Hungarian: it has ő or ű, and otherwise hardly a letter that Hungarian does not have. The bytes of
/// the others are the same in all Latin encodings of Windows.
///
/// In windows-1252 the bytes of ő and ű are õ and û. Portuguese has õ before e, and ã; Estonian has ä, and no acute
/// accents; French has û after o, and è, à, ê, ç.
fn is_hungarian(pieces: &[&[u8]]) -> bool {
    let (mut own, mut double_acute, mut other) = (0_usize, 0_usize, 0_usize);
    // Whether á occurs, and which of í, ó, ö, ú and ü.
    let mut vowels = [false; 256];
    for piece in pieces {
        for (at, &byte) in piece.iter().enumerate().filter(|(_, byte)| **byte >= 0xC0) {
            let before = at.checked_sub(1).map_or(b' ', |at| piece[at]);
            let after = piece.get(at + 1).copied().unwrap_or(b' ');
            match byte | 0x20 {
                0xF5 if after | 0x20 == b'e' => other += 1,
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
    double_acute > 0 && other * 10 <= own + double_acute && own >= double_acute && (vowels[0xE1] || kinds > 1)
}

#[cfg(test)]
mod tests {
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
}
