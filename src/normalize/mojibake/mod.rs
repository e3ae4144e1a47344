//! Repairs mojibake: UTF-8 that was once decoded in a single-byte encoding, in one layer or several.
//! It leaves text alone whose characters are at home where they stand, even if they could be bytes.
//! A step of the second stage; works line by line, in time linear in the line.

mod encodings;
mod likelihood;
mod reading;
mod sequence;

pub(super) use encodings::{COUNT, WESTERN, continuation_mask, lead_mask};
use reading::Reading;

use super::{Counts, Steps};

/// Layers that are taken off a line in one go. Three have been seen in the wild; what is left after that is met again in
/// the next round over the line.
const LAYERS: usize = 8;

/// Repairs `line`, of which `encodings` says in which encodings it has a pair of characters that could be a lead and a
/// continuation byte. `None` when nothing is to be changed.
pub(super) fn repair(line: &str, encodings: u32, steps: Steps, counts: &mut Counts) -> Option<String> {
    let mut repaired: Option<String> = None;
    let mut mask = encodings;
    for _ in 0..LAYERS {
        let text = repaired.as_deref().unwrap_or(line);
        let Some(next) = peel(text, mask, steps, counts) else { break };
        mask = super::prescan::encodings(&next);
        repaired = Some(next);
        if mask == 0 {
            break;
        }
    }
    repaired
}

/// Takes one layer off the line.
fn peel(line: &str, mask: u32, steps: Steps, counts: &mut Counts) -> Option<String> {
    let mut best: Option<Reading<'_>> = None;
    for encoding in (0..COUNT).filter(|e| mask & 1 << e != 0) {
        let reading = Reading::new(line, encoding, steps);
        if reading.is_wanted() && best.as_ref().is_none_or(|best| reading.rank() > best.rank()) {
            // Nothing else reads all of a line that Windows-1252 does, and reads it better.
            let certain = encoding == WESTERN && reading.is_consistent();
            best = Some(reading);
            if certain {
                break;
            }
        }
    }
    let best = best?;
    let text = best.write(counts);
    (text != line).then_some(text)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{
        Encoding, ISO_8859_2, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254,
        WINDOWS_1257,
    };

    use super::super::Step;
    use super::*;

    const SENTENCES: [&str; 12] = [
        "Der Bäcker öffnet früh und grüßt die müden Gäste.",
        "Après l’été, la forêt a été fermée à cause d’un œuf tombé.",
        "El niño comió piñones mañana y pasado, ¿verdad?",
        "A avó não põe açúcar no café; prefere pão de maçã.",
        "Zażółć gęślą jaźń – tak pisze się wszystkie ogonki.",
        "Příliš žluťoučký kůň pěl ďábelské ódy.",
        "Çiğdem ağaçtan düşen kırmızı şapkayı gördü.",
        "Вечером мы гуляли по берегу реки и смотрели на огни.",
        "Το καλοκαίρι κολυμπάμε στη θάλασσα κάθε πρωί.",
        "בבוקר שתינו תה עם נענע בגינה.",
        "朝は公園を散歩して、夜は本を読みます。",
        "Buổi sáng tôi uống cà phê và đọc báo.",
    ];

    fn repaired(line: &str) -> String {
        let steps = Steps::DEFAULT;
        repair(line, super::super::prescan::encodings(line), steps, &mut Counts::default())
            .unwrap_or_else(|| line.into())
    }

    /// `text` misread, with bytes that mean nothing passed through.
    fn misread(text: &str, encoding: &'static Encoding) -> String {
        let byte = |b: u8| match encoding.decode_without_bom_handling_and_without_replacement(&[b]) {
            Some(c) => c.into_owned(),
            None => char::from(b).to_string(),
        };
        text.bytes().map(byte).collect()
    }

    #[test]
    fn sentences_in_many_languages_and_layers() {
        for encoding in [WINDOWS_1252, WINDOWS_1251, WINDOWS_1250, WINDOWS_1253, WINDOWS_1254, WINDOWS_1257, MACINTOSH]
        {
            for sentence in SENTENCES {
                assert_eq!(repaired(sentence), sentence);
                let once = misread(sentence, encoding);
                assert_eq!(repaired(&once), sentence, "{} {once}", encoding.name());
            }
        }
        for sentence in SENTENCES {
            let twice = misread(&misread(sentence, WINDOWS_1252), WINDOWS_1252);
            assert_eq!(repaired(&twice), sentence, "{twice}");
        }
        let czech = SENTENCES[5];
        assert_eq!(repaired(&misread(czech, ISO_8859_2)), czech);
    }

    #[test]
    fn one_character_among_good_ones() {
        for (misread, meant) in [
            ("CafÃ© „Zum Löwen“", "Café „Zum Löwen“"),
            ("Temperatur 20 Â°C – „kühl“", "Temperatur 20 °C – „kühl“"),
            ("Itâ€™s “fine”", "It’s “fine”"),
            ("Der Zug fÃ¤hrt, früh", "Der Zug fährt, früh"),
        ] {
            assert_eq!(repaired(misread), meant);
        }
    }

    #[test]
    fn lost_bytes() {
        assert_eq!(repaired("oÃ¹ Ã la mer"), "où à la mer");
        assert_eq!(repaired("Le dÃ©part est fixÃ© Ã midi"), "Le départ est fixé à midi");
        assert_eq!(repaired("â€œquotedâ€\u{fffd} text"), "“quoted\u{fffd} text");
        assert_eq!(repaired("Read on.Â More below."), "Read on.\u{a0}More below.");
        assert_eq!(repaired("smile \u{ed}\u{a0}\u{bd}\u{ed}\u{b8}\u{80}!"), "smile 😀!");
    }

    #[test]
    fn good_text_that_could_be_bytes() {
        for good in [
            "CITROËN® und NESCAFÉ®",
            "IN DER STRASSE „CAFÉ“ …",
            "VEM SÓ… E AGORA É…",
            "x × y ≈ √π ± ½",
            "SÅ® and PÅ™ are brands",
            "Größe: 5×£20 “Ê” Õ",
            "ДВОРІВ І СЕЛІВ",
            "Ô¬ô ( ¬‿¬ ) ¨ô¨",
            "São Tomé, Ångström – 10 Å…",
            "│├──┤ tree ░▒▓",
            "fl. Ý » Ă … « Ă »",
        ] {
            assert_eq!(repaired(good), good);
        }
    }

    #[test]
    fn a_refinement_switched_off() {
        let without = |line: &str, step| {
            let steps = Steps::DEFAULT.without(step);
            repair(line, super::super::prescan::encodings(line), steps, &mut Counts::default())
        };
        assert_eq!(without("CafÃ© „Löwen“", Step::Inconsistent), None);
        assert_eq!(without("Ã la mer", Step::LostSpaces), None);
        assert_eq!(without("â€\u{fffd} text", Step::Lossy), None);
    }
}
