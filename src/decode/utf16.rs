//! Recognises UTF-16 without a byte-order mark. Text with a few NULs is not UTF-16, nor is binary data of more than a
//! dozen bytes. This precedes UTF-8, because English or Russian UTF-16 is valid UTF-8 byte for byte.

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

/// Bytes to sample: more would not change the ratios.
const SAMPLE: usize = 64 * 1024;

/// UTF-16 text of this length always has a byte below 0x20: the high byte of alphabetic letters, the NUL of spaces and
/// line ends, one in nine low bytes of ideographs. Clean 8-bit text needs no further check.
const PEEK: usize = 512;

/// The byte order in which `bytes` are UTF-16 text, if any. `utf8` says that they are valid UTF-8.
pub(super) fn find_order(bytes: &[u8], utf8: bool) -> Option<&'static Encoding> {
    if !bytes[..bytes.len().min(PEEK)].iter().copied().any(is_control) {
        return None;
    }
    let sample = &bytes[..bytes.len().min(SAMPLE) & !1];
    let odd = bytes.len() % 2 == 1;
    let little = UnitCounts::of(sample, u16::from_le_bytes);
    let big = UnitCounts::of(sample, u16::from_be_bytes);
    match (little.is_text(utf8, odd), big.is_text(utf8, odd)) {
        (true, false) => Some(UTF_16LE),
        (false, true) => Some(UTF_16BE),
        (true, true) if little.known() > big.known() => Some(UTF_16LE),
        (true, true) if little.known() < big.known() => Some(UTF_16BE),
        _ => None,
    }
}

/// A control character that text in an 8-bit encoding does not have.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Counts of the 16-bit units in one byte order.
#[derive(Default)]
struct UnitCounts {
    units: usize,
    /// Units that text does not have: lone surrogates, control characters, private use, noncharacters.
    bad: usize,
    /// ASCII: letters, digits, spaces and line ends.
    plain: usize,
    /// Letters of alphabets, by page (the high byte), up to U+1FFF.
    pages: [usize; 0x20],
    /// Typographic symbols, U+2000 to U+22FF.
    symbols: usize,
    han: usize,
    /// Japanese syllables, ideographic punctuation, full-width forms.
    kana: usize,
    hangul: usize,
    /// Units of surrogate pairs: emoji, rare ideographs.
    paired: usize,
    /// Control bytes, in either half.
    controls: usize,
    /// Units whose low byte is printable ASCII.
    printable: usize,
}

impl UnitCounts {
    fn of(sample: &[u8], join: impl Fn([u8; 2]) -> u16) -> UnitCounts {
        let mut counts = UnitCounts { units: sample.len() / 2, ..UnitCounts::default() };
        let mut high_surrogate = false;
        for pair in sample.chunks_exact(2) {
            let unit = join([pair[0], pair[1]]);
            let [high, low] = unit.to_be_bytes();
            counts.controls += usize::from(is_control(high)) + usize::from(is_control(low));
            counts.printable += usize::from(matches!(low, 0x20..=0x7E));
            let low_surrogate = matches!(unit, 0xDC00..=0xDFFF);
            counts.paired += if high_surrogate && low_surrogate { 2 } else { 0 };
            counts.bad += usize::from(high_surrogate != low_surrogate);
            high_surrogate = matches!(unit, 0xD800..=0xDBFF);
            match unit {
                0x20..=0x7E | 0x09 | 0x0A | 0x0D => counts.plain += 1,
                0x00..=0x9F | 0xE000..=0xF8FF | 0xFFF0..=0xFFFF => counts.bad += 1,
                0xA0..=0x1FFF => counts.pages[usize::from(high)] += 1,
                0x2000..=0x22FF => counts.symbols += 1,
                0x3000..=0x30FF | 0xFF00..=0xFFEF => counts.kana += 1,
                0x4E00..=0x9FFF => counts.han += 1,
                0xAC00..=0xD7A3 => counts.hangul += 1,
                _ => {}
            }
        }
        counts
    }

    fn is_text(&self, utf8: bool, odd: bool) -> bool {
        // Where the last unit is cut, a few whole ones are not enough.
        let least = if odd { 8 } else { 2 };
        // Two or three units must be ASCII: random bytes are letters of some alphabet too often.
        if self.units < 4 && self.plain < self.units {
            return false;
        }
        // Damaged files exist, but random pairs are bad one time in seven; one in fifty separates the two.
        self.units >= least && self.bad * 50 <= self.units && (self.is_alphabetic(utf8) || self.is_ideographic(utf8))
    }

    /// Latin, Cyrillic, Arabic, Thai and the like: the high byte of nearly every unit is a control byte.
    fn is_alphabetic(&self, utf8: bool) -> bool {
        let letters: usize = self.pages.iter().sum();
        let narrow = self.plain + letters;
        // Text mixes ASCII and accented Latin (pages 0 and 1) with one script of its own, which may fill two pages (Greek
        // and Vietnamese have an extension on pages 0x1E and 0x1F). Control bytes of binary data spread over all pages.
        let own = self.pages[2..].iter().max().copied().unwrap_or(0);
        let extension = self.pages[0x1E] + self.pages[0x1F];
        let coherent = self.plain + self.pages[0] + self.pages[1] + own.max(extension) + extension.min(own);
        // Where the bytes are valid UTF-8 too, a few NULs must not be enough: ordinary text does not have them in three
        // quarters of the even or the odd places. In a few units each must be a letter, since chance makes most of them one.
        let enough = match utf8 {
            true if self.units < 16 => narrow + self.symbols == self.units,
            true => narrow * 4 >= self.units * 3,
            false => narrow * 2 >= self.units,
        };
        let known = narrow + self.symbols + self.kana + self.han + self.hangul + self.paired;
        enough && coherent * 10 >= narrow * 9 && known * 10 >= self.units * 9
    }

    /// Chinese, Japanese, Korean: few NULs, but control bytes in the low half that no 8-bit text has.
    fn is_ideographic(&self, utf8: bool) -> bool {
        // Eight random units all fall into one of these scripts one time in ten thousand.
        if utf8 || self.units < 8 {
            return false;
        }
        let script = (self.han + self.kana).max(self.hangul + self.kana);
        let known = script + self.plain + self.symbols + self.paired;
        // ASCII taken two by two looks Chinese as well; but then both bytes are printable, and of the low bytes of
        // ideographs three in eight are. Only Japanese syllables come near, and they share one page.
        let pairs_of_ascii = self.printable * 10 >= self.units * 8 && self.kana * 3 < self.units;
        // One control byte in fifty units is far less than these scripts have (one in nine low bytes) and far more than
        // stray bytes make in 8-bit text.
        let controls = self.controls > 0 && self.controls * 50 >= self.units;
        controls && !pairs_of_ascii && script * 2 >= self.units && known * 20 >= self.units * 19
    }

    /// Units that are common characters in this byte order, to choose between two that both look like text.
    fn known(&self) -> usize {
        self.plain * 2 + self.han + self.kana + self.hangul + self.pages.iter().sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, join: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(join).collect()
    }

    fn find(bytes: &[u8]) -> Option<&'static Encoding> {
        find_order(bytes, std::str::from_utf8(bytes).is_ok())
    }

    #[test]
    fn both_byte_orders_are_found_in_many_scripts() {
        let texts = [
            "Hi",
            "Good morning, everybody.\n",
            "Žluťoučký kůň úpěl ďábelské ódy.",
            "Доброе утро",
            "Καλημέρα σε όλους, τι κάνετε;",
            "בוקר טוב לכולם",
            "صباح الخير",
            "สวัสดีตอนเช้า",
            "Chúc mừng năm mới, mọi người ơi!",
            "今天天气很好,我们去公园散步。你们呢?\n一起来吧。",
            "おはようございます。今日はいい天気ですね。\nさんぽにいきましょう、ゆっくりと。",
            "안녕하세요 여러분, 오늘은 날씨가 참 좋습니다.",
            "Emoji 😀 and 🎉 too",
        ];
        for text in texts {
            assert_eq!(find(&wide(text, u16::to_le_bytes)), Some(UTF_16LE), "{text}");
            assert_eq!(find(&wide(text, u16::to_be_bytes)), Some(UTF_16BE), "{text}");
        }
    }

    #[test]
    fn other_bytes_are_not_utf16() {
        let others: [&[u8]; 15] = [
            b"",
            "\u{1E}\u{FEFF}\n\n\n\n".as_bytes(),
            b"a",
            b"\0",
            b"\0\0\0\0",
            b"a\0",
            b"ab\0c",
            b"name\0value\0other\0",
            b"a text\0 with NULs\0\0 here and\0 there",
            b"Bush hid the facts",
            b"red \x1b[31mred\x1b[0m",
            b"caf\xe9 \x01 au lait, s'il vous pla\xeet, et deux croissants",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0\x90\x91h6",
            b"\x01\0\x02\0\x03\0\x04\0\x05\0",
            "日本語\0の\0文章\0です。".as_bytes(),
        ];
        for bytes in others {
            assert_eq!(find(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_text_cut_inside_a_unit_is_found() {
        let mut bytes = wide("Good morning, everybody.", u16::to_le_bytes);
        bytes.pop();
        assert_eq!(find(&bytes), Some(UTF_16LE));
    }
}
