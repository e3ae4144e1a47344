//! Detects the legacy encoding of bytes that are not UTF-8 from a sample. This is the last decoding step because the
//! statistical detector is by far the slowest.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    DecoderResult, Encoding, ISO_8859_2, ISO_8859_4, ISO_8859_13, SHIFT_JIS, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254,
    WINDOWS_1257, WINDOWS_1258,
};

use super::mixed::reads_well;
use super::{EncodingSource, TextEncoding, letters};

/// Bytes for the detector from the first non-ASCII byte on. It reads a few MB/s, and its results do not change after
/// some tens of kilobytes.
const HEAD: usize = 64 * 1024;

/// Number and length of further pieces from the rest of the document: a long head in another script must not decide
/// alone.
const PROBES: usize = 8;
const PROBE: usize = 4 * 1024;

/// Bytes that are voted on: about forty chunks, so that a few wrong votes do not matter.
const BALLOT: usize = 16 * 1024;

/// The shortest and the longest chunk in bytes. The detector needs about a hundred bytes to be mostly right; in longer
/// chunks a bad byte spoils more text. In between, a document is cut into eight.
const CHUNK: [usize; 2] = [96, 400];

/// Votes (high bytes) after which the vote ends if four in five agree: the rest would not change the result.
const SETTLED: usize = 1000;

/// The fewest bytes to vote on: three chunks.
const LEAST: usize = 300;

pub(super) fn detect(bytes: &[u8]) -> (TextEncoding, EncodingSource) {
    if is_binary(bytes) {
        return (TextEncoding::web(WINDOWS_1252), EncodingSource::Fallback);
    }
    let pieces = sample(bytes);
    let (encoding, source) = detect_web(&pieces);
    match letters::find(&pieces, encoding) {
        Some(encoding) => (encoding, EncodingSource::Letters),
        None => (TextEncoding::web(encoding), source),
    }
}

/// Detects an encoding of the web.
fn detect_web(pieces: &[&[u8]]) -> (&'static Encoding, EncodingSource) {
    let total: usize = pieces.iter().map(|piece| piece.len()).sum();
    let found = prefer_western(pieces, guess(pieces));
    let damage = count_malformed(pieces, found);
    // Latin text has at most one high byte in six; with more than one in four it is another script.
    let dense = count_high(pieces) * 4 > total;
    if total >= LEAST
        && (dense || damage > 0 || pieces.iter().any(|piece| has_unassigned(piece)))
        && let Some(voted) = vote(pieces, dense).map(|voted| prefer_western(pieces, voted))
        && voted != found
        && count_malformed(pieces, voted) * 50 <= count_high(pieces)
    {
        return (voted, EncodingSource::Vote);
    }
    // With one malformed sequence in twenty high bytes it is not text in that encoding; windows-1252 at least loses nothing.
    if damage * 20 > count_high(pieces) {
        (WINDOWS_1252, EncodingSource::Fallback)
    } else {
        (found, EncodingSource::Detector)
    }
}

/// Whether more than one byte in twenty is a control character, of which text has none.
fn is_binary(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(HEAD)];
    let controls = head.iter().filter(|byte| matches!(byte, 0x00..=0x08 | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F)).count();
    controls * 20 > head.len()
}

/// The parts of the document that the detector sees.
fn sample(bytes: &[u8]) -> Vec<&[u8]> {
    let foreign = Encoding::ascii_valid_up_to(bytes);
    // Include some ASCII before it, because the detector uses the context of a letter.
    let start = memchr::memrchr(b'\n', &bytes[..foreign]).map_or(0, |at| at + 1).max(foreign.saturating_sub(PROBE));
    let end = bytes.len().min(start + HEAD);
    if end == bytes.len() {
        return vec![&bytes[start..]];
    }
    let mut pieces = vec![trim_tail(&bytes[start..end])];
    let rest = &bytes[end..];
    if rest.len() > PROBES * PROBE {
        for index in 0..PROBES {
            let piece = &rest[rest.len() / PROBES * index..][..PROBE];
            // Start at a byte that cannot be inside a character; without one the piece is useless.
            if let Some(skip) = piece.iter().position(|byte| is_safe(*byte)) {
                pieces.push(trim_tail(&piece[skip..]));
            }
        }
    }
    pieces
}

/// The piece without a possibly incomplete character at its end.
fn trim_tail(piece: &[u8]) -> &[u8] {
    let end = piece.iter().rposition(|byte| is_safe(*byte)).map_or(piece.len(), |at| at + 1);
    &piece[..end]
}

/// Whether a byte cannot be the second half of a character, so that text can be split on either side of it. (In GB18030
/// digits are part of four-byte characters, but those are rare.)
fn is_safe(byte: u8) -> bool {
    byte < 0x40
}

/// Runs the detector without marking the ends of pieces: a piece that ends inside a character is not an error.
fn guess(pieces: &[&[u8]]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    for piece in pieces {
        detector.feed(piece, false);
    }
    let found = detector.guess(None, Utf8Detection::Deny);
    if found.is_single_byte() && is_kana(pieces) { SHIFT_JIS } else { found }
}

/// Whether at least every eighth high byte is a lead byte of Shift_JIS kana: in such text the detector mistakes the
/// trail bytes for Cyrillic letters. In single-byte encodings both leads are symbols (or, in IBM866, capitals).
fn is_kana(pieces: &[&[u8]]) -> bool {
    let pairs = pieces.iter().flat_map(|piece| piece.windows(2));
    let syllables = pairs.filter(|pair| matches!(pair, [0x82, 0x9F..=0xF1] | [0x83, 0x40..=0x96])).count();
    syllables > 0 && syllables * 8 >= count_high(pieces) && count_malformed(pieces, SHIFT_JIS) == 0
}

/// Returns windows-1252 instead of another Latin encoding that hardly any byte supports.
///
/// The detector takes a lone fraction, a quote or the diaeresis of one word for a letter with caron. Text that is in
/// another Latin encoding differs from windows-1252 in several letters, or in one letter often.
fn prefer_western(pieces: &[&[u8]], found: &'static Encoding) -> &'static Encoding {
    // One letter in three hundred bytes: Turkish, for one, has its dotless i ten times as often.
    const OFTEN: usize = 300;
    let latin = [ISO_8859_2, ISO_8859_4, ISO_8859_13, WINDOWS_1250, WINDOWS_1254, WINDOWS_1257, WINDOWS_1258];
    if !latin.contains(&found) {
        return found;
    }
    let differs: Vec<bool> = (0x80..=0xFF)
        .map(|byte| {
            // Bytes that windows-1252 does not assign say nothing: in its text they are damage as well.
            let unassigned = matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D);
            let [other, western] = [found, WINDOWS_1252].map(|e| e.decode_without_bom_handling(&[byte]).0.into_owned());
            !unassigned && other != western
        })
        .collect();
    let mut letter = None;
    let mut letters = 0;
    for piece in pieces {
        for (at, byte) in piece.iter().copied().enumerate() {
            if byte.is_ascii() || !differs[usize::from(byte - 0x80)] {
                continue;
            }
            let other_letter = byte >= 0xC0 && letter.is_some_and(|seen| seen != byte);
            if other_letter || !reads_well(piece, at) {
                return found;
            }
            if byte >= 0xC0 {
                letter = Some(byte);
                letters += 1;
            }
        }
    }
    let total: usize = pieces.iter().map(|piece| piece.len()).sum();
    if letters * OFTEN <= total { WINDOWS_1252 } else { found }
}

/// Whether a piece has a byte that some Windows encoding does not assign: such a byte rules that encoding out, and the
/// guess is only the best of the others.
fn has_unassigned(piece: &[u8]) -> bool {
    piece.iter().any(|byte| matches!(byte, 0x81 | 0x83 | 0x88 | 0x8D | 0x8F | 0x90 | 0x98 | 0x9D))
}

/// The encoding that the detector finds in most chunks, if there is a clear majority. In `dense` text, votes for
/// windows-1252 do not count: the detector returns it for chunks that fit nothing.
fn vote(pieces: &[&[u8]], dense: bool) -> Option<&'static Encoding> {
    let mut votes: Vec<(&'static Encoding, usize)> = Vec::new();
    let mut cast = 0;
    let mut left = BALLOT;
    'ballot: for piece in pieces {
        let mut rest = &piece[..piece.len().min(left)];
        left -= rest.len();
        let length = (rest.len() / 8).clamp(CHUNK[0], CHUNK[1]);
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(find_cut(rest, length));
            rest = after;
            let weight = count_high(&[chunk]);
            if weight == 0 {
                continue;
            }
            let named = guess(&[chunk]);
            if dense && named == WINDOWS_1252 {
                continue;
            }
            let slot = votes.iter().position(|(encoding, _)| *encoding == named).unwrap_or(votes.len());
            if slot == votes.len() {
                votes.push((named, 0));
            }
            votes[slot].1 += weight;
            cast += weight;
            if votes[slot].1 >= SETTLED && votes[slot].1 * 5 >= cast * 4 {
                break 'ballot;
            }
        }
    }
    let (winner, sum) = votes.into_iter().max_by_key(|(_, sum)| *sum)?;
    // Three in five: the spoilt chunks vote at random, and a bare majority of a random vote means nothing.
    (sum * 5 >= cast * 3).then_some(winner)
}

/// Where the chunk at the start of `rest` ends: at a line end or another safe byte after `length`. In a long run
/// without either, after an even number of bytes, since the characters of such runs have two.
fn find_cut(rest: &[u8], length: usize) -> usize {
    let mut safe = 0;
    for (at, byte) in rest.iter().enumerate().take(length * 2) {
        if is_safe(*byte) {
            safe = at + 1;
            if at >= length || (at >= CHUNK[0] && *byte == b'\n') {
                return safe;
            }
        }
    }
    if rest.len() <= length * 2 { rest.len() } else { safe + (length * 2 - safe) / 2 * 2 }
}

fn count_high(pieces: &[&[u8]]) -> usize {
    pieces.iter().map(|piece| piece.iter().filter(|byte| !byte.is_ascii()).count()).sum()
}

/// How many malformed sequences the pieces have in `encoding`.
fn count_malformed(pieces: &[&[u8]], encoding: &'static Encoding) -> usize {
    let mut buffer = [0; 4096];
    let mut malformed = 0;
    for piece in pieces {
        let mut decoder = encoding.new_decoder_without_bom_handling();
        let mut rest = *piece;
        loop {
            // The piece may end inside a character, so the end is not signalled to the decoder.
            let (result, used, _) = decoder.decode_to_utf8_without_replacement(rest, &mut buffer, false);
            rest = &rest[used..];
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::Malformed(..) => malformed += 1,
                DecoderResult::OutputFull => {}
            }
        }
    }
    malformed
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, EUC_KR, GBK, KOI8_U, WINDOWS_1251};

    use super::*;

    const RUSSIAN: &str = "Вчера вечером в городе прошёл сильный дождь, и на улицах появились большие лужи.\n";
    const JAPANESE: &str = "昨日の夜、町では強い雨が降り、通りには大きな水たまりができた。\n";
    const KOREAN: &str = "어젯밤 도시에 큰비가 내려 거리 곳곳에 커다란 물웅덩이가 생겼습니다.\n";
    const CHINESE: &str = "昨天晚上城里下了一场大雨，街道上出现了许多大水坑。孩子们非常高兴。\n";

    #[test]
    fn common_encodings_are_detected() {
        let cases =
            [(RUSSIAN, WINDOWS_1251), (RUSSIAN, KOI8_U), (JAPANESE, SHIFT_JIS), (KOREAN, EUC_KR), (CHINESE, GBK)];
        for (text, encoding) in cases {
            assert_eq!(detect(&encoding.encode(text).0), (TextEncoding::web(encoding), EncodingSource::Detector));
        }
    }

    #[test]
    fn one_bad_byte_does_not_change_the_result() {
        let cases = [
            (RUSSIAN, WINDOWS_1251, 0x98),
            (JAPANESE, SHIFT_JIS, 0xFF),
            (JAPANESE, EUC_JP, 0xFF),
            (KOREAN, EUC_KR, 0xFF),
            (CHINESE, GBK, 0xFF),
        ];
        for (text, encoding, bad) in cases {
            let mut bytes = encoding.encode(&text.repeat(12)).0.into_owned();
            let middle = bytes.len() / 2;
            bytes[middle] = bad;
            assert_eq!(detect(&bytes).0, TextEncoding::web(encoding));
        }
    }

    #[test]
    fn text_behind_a_long_ascii_head_is_found() {
        let mut bytes = b"<meta name=\"generator\">\n".repeat(20_000);
        bytes.extend_from_slice(&SHIFT_JIS.encode(JAPANESE).0);
        assert_eq!(detect(&bytes), (TextEncoding::web(SHIFT_JIS), EncodingSource::Detector));
    }

    #[test]
    fn samples_do_not_cut_characters() {
        let bytes = SHIFT_JIS.encode(&format!("東京タワー{JAPANESE}").repeat(8000)).0.into_owned();
        assert_eq!(detect(&bytes), (TextEncoding::web(SHIFT_JIS), EncodingSource::Detector));
    }

    #[test]
    fn a_fraction_is_not_a_letter_with_caron() {
        let bytes = WINDOWS_1252.encode("Nobody buys a drill for its own sake: people want a ½ inch hole in a wall.").0;
        assert_eq!(detect(&bytes).0, TextEncoding::web(WINDOWS_1252));
        // But where the letters are many, another Latin encoding stays.
        let turkish =
            WINDOWS_1254.encode("Dün akşam şehirde şiddetli yağmur yağdı, sokaklarda büyük birikintiler oluştu.").0;
        assert_eq!(detect(&turkish).0, TextEncoding::web(WINDOWS_1254));
    }

    #[test]
    fn binary_data_is_read_as_windows_1252() {
        let junk: Vec<u8> = (0..4000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert_eq!(detect(&junk), (TextEncoding::web(WINDOWS_1252), EncodingSource::Fallback));
    }
}
