//! The step `mojibake`: repairs UTF-8 that was decoded from a single-byte encoding, once or several times. Text whose
//! characters fit their context is left alone, even if they could be bytes. It works line by line, in linear time.

mod anomaly;
mod hypothesis;
mod sequence;

use hypothesis::Hypothesis;

use super::encodings::{COUNT, WESTERN};
use super::prescan;
use super::steps::{StepCounts, Steps};

/// The most layers of mojibake removed at once. Three have been seen in practice; the rest is repaired in the next
/// round over the line.
const MAX_LAYERS: usize = 8;

/// Repairs a line; `None` if nothing changes.
pub(super) fn repair(line: &str, steps: Steps, counts: &mut StepCounts) -> Option<String> {
    let mut repaired: Option<String> = None;
    for _ in 0..MAX_LAYERS {
        match repair_layer(repaired.as_deref().unwrap_or(line), steps, counts) {
            Some(next) => repaired = Some(next),
            None => break,
        }
    }
    repaired
}

fn repair_layer(line: &str, steps: Steps, counts: &mut StepCounts) -> Option<String> {
    let possible = prescan::scan(line).encodings();
    let mut best: Option<Hypothesis<'_>> = None;
    for encoding in (0..COUNT).filter(|encoding| possible & 1 << encoding != 0) {
        let hypothesis = Hypothesis::new(line, encoding, steps);
        if hypothesis.explains_enough() && best.as_ref().is_none_or(|best| hypothesis.rank() > best.rank()) {
            // No other encoding explains a line better that Windows-1252 explains as a whole.
            let certain = encoding == WESTERN && hypothesis.is_consistent();
            best = Some(hypothesis);
            if certain {
                break;
            }
        }
    }
    best.map(|best| best.repaired(counts)).filter(|text| text != line)
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
        repair(line, Steps::DEFAULT, &mut StepCounts::default()).unwrap_or_else(|| line.into())
    }

    /// `text` decoded wrongly, with unassigned bytes as the characters of their numbers.
    fn garbled(text: &str, encoding: &'static Encoding) -> String {
        text.bytes()
            .map(|b| match encoding.decode_without_bom_handling_and_without_replacement(&[b]) {
                Some(c) => c.into_owned(),
                None => char::from(b).to_string(),
            })
            .collect()
    }

    #[test]
    fn sentences_in_many_languages_are_repaired_from_one_or_two_layers() {
        for encoding in [WINDOWS_1252, WINDOWS_1251, WINDOWS_1250, WINDOWS_1253, WINDOWS_1254, WINDOWS_1257, MACINTOSH]
        {
            for sentence in SENTENCES {
                assert_eq!(repaired(sentence), sentence);
                let once = garbled(sentence, encoding);
                assert_eq!(repaired(&once), sentence, "{} {once}", encoding.name());
            }
        }
        for sentence in SENTENCES {
            let twice = garbled(&garbled(sentence, WINDOWS_1252), WINDOWS_1252);
            assert_eq!(repaired(&twice), sentence, "{twice}");
        }
        let czech = SENTENCES[5];
        assert_eq!(repaired(&garbled(czech, ISO_8859_2)), czech);
    }

    #[test]
    fn single_sequences_among_good_characters_are_repaired() {
        for (garbled, meant) in [
            ("CafÃ© „Zum Löwen“", "Café „Zum Löwen“"),
            ("Temperatur 20 Â°C – „kühl“", "Temperatur 20 °C – „kühl“"),
            ("Itâ€™s “fine”", "It’s “fine”"),
            ("Der Zug fÃ¤hrt, früh", "Der Zug fährt, früh"),
        ] {
            assert_eq!(repaired(garbled), meant);
        }
    }

    #[test]
    fn sequences_with_lost_bytes_are_repaired() {
        assert_eq!(repaired("oÃ¹ Ã la mer"), "où à la mer");
        assert_eq!(repaired("Le dÃ©part est fixÃ© Ã midi"), "Le départ est fixé à midi");
        assert_eq!(repaired("â€œquotedâ€\u{fffd} text"), "“quoted\u{fffd} text");
        assert_eq!(repaired("Read on.Â More below."), "Read on.\u{a0}More below.");
        assert_eq!(repaired("smile \u{ed}\u{a0}\u{bd}\u{ed}\u{b8}\u{80}!"), "smile 😀!");
    }

    #[test]
    fn a_character_cut_off_at_the_end_stays_and_the_rest_is_repaired() {
        for (sentence, whole) in
            [("昨天晚上城里下了一场大雨", "昨天晚上城里下了一场大"), ("朝は公園を散歩して", "朝は公園を散歩し")]
        {
            let garbled = garbled(sentence, WINDOWS_1252);
            for lost in [1, 2] {
                let kept = garbled.char_indices().rev().nth(lost - 1).unwrap().0;
                let cut = &garbled[..kept];
                let rest: String = cut.chars().skip(whole.len()).collect();
                assert_eq!(repaired(cut), format!("{whole}{rest}"));
                assert_eq!(repaired(&format!("{cut}...")), format!("{whole}{rest}..."));
            }
        }
        assert_eq!(repaired("VEM SÓ… E AGORA É"), "VEM SÓ… E AGORA É");
        assert_eq!(repaired("SÓ…Ê"), "SÓ…Ê");
    }

    #[test]
    fn good_text_that_could_be_bytes_stays() {
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
    fn refinements_can_be_switched_off() {
        for (line, step) in
            [("CafÃ© „Löwen“", Step::Inconsistent), ("Ã la mer", Step::LostSpaces), ("â€\u{fffd} text", Step::Lossy)]
        {
            assert_ne!(repaired(line), line);
            assert_eq!(repair(line, Steps::DEFAULT.without(step), &mut StepCounts::default()), None);
        }
    }
}
