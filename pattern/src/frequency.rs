//! Expected frequencies of literals in text: rare ones are selective, common ones are not.

/// The expected occurrences of any of these literals per character of text.
pub fn expected_frequency(literals: &[String]) -> f64 {
    literals.iter().map(|literal| literal_frequency(literal)).sum()
}

/// Treats letters as independent, each as frequent as in English; common words count as one in 1,000 or more.
fn literal_frequency(literal: &str) -> f64 {
    const COMMON: [&str; 48] = [
        "the", "of", "and", "to", "in", "is", "you", "that", "it", "for", "on", "are", "as", "with", "at", "be",
        "this", "have", "from", "or", "by", "but", "not", "what", "all", "were", "we", "when", "your", "can", "there",
        "an", "which", "their", "if", "will", "up", "about", "out", "them", "some", "our", "like", "has", "more",
        "how", "new", "one",
    ];
    const OF_COMMON: f64 = 0.001;
    let by_letters = literal.bytes().map(byte_frequency).product();
    if COMMON.contains(&literal.trim()) { OF_COMMON.max(by_letters) } else { by_letters }
}

/// The expected frequency of a byte in text. For letters and the space: their share in English, rounded.
pub fn byte_frequency(byte: u8) -> f64 {
    const LETTERS: [f64; 26] = [
        0.065, 0.012, 0.022, 0.034, 0.102, 0.018, 0.016, 0.049, 0.056, 0.002, 0.006, 0.032, 0.019, 0.055, 0.06, 0.015,
        0.001, 0.048, 0.051, 0.073, 0.022, 0.008, 0.019, 0.002, 0.016, 0.001,
    ];
    match byte {
        b' ' => 0.17,
        b'a'..=b'z' => LETTERS[usize::from(byte - b'a')],
        b'0'..=b'9' | b'.' | b',' => 0.01,
        // Other punctuation; and the bytes of other scripts, of which a text in one has many.
        0..0x80 => 0.002,
        0x80.. => 0.05,
    }
}
