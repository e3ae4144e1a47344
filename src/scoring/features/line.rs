//! How a line begins and how it ends, as features.

/// How a line ends, as a number; see the feature `ends-with`.
pub(super) fn ending(line: &str) -> f32 {
    match line.as_bytes() {
        // Most lines end so, and the last byte decides.
        [.., b'a'..=b'z' | b'A'..=b'Z'] => return 0.0,
        [.., b'0'..=b'9'] => return 7.0,
        [.., before, b'.'] if *before != b'.' => return 1.0,
        _ => {}
    }
    let core = line.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」', '』', '“', ' ']);
    if core.ends_with("...") {
        return 5.0;
    }
    match core.chars().next_back() {
        Some('…') => 5.0,
        Some('.' | '。' | '．' | '।' | '۔' | '։' | '።') => 1.0,
        Some('?' | '？' | '؟') => 2.0,
        Some('!' | '！') => 3.0,
        Some(':' | '：') => 4.0,
        Some(',' | ';' | '-' | '–' | '—') => 6.0,
        Some(c) if c.is_numeric() => 7.0,
        _ if core.len() < line.len() => 8.0,
        _ => 0.0,
    }
}

/// How a line begins, as a number; see the feature `starts-with`.
pub(super) fn beginning(line: &str) -> f32 {
    match line.as_bytes() {
        [b'A'..=b'Z', ..] => return 1.0,
        [b'a'..=b'z', ..] => return 2.0,
        [0xe2, 0x80, 0xa2, ..] => return 7.0, // •
        _ => {}
    }
    match line.chars().next() {
        Some(c) if c.is_uppercase() => 1.0,
        Some(c) if c.is_lowercase() => 2.0,
        Some(c) if c.is_numeric() => 3.0,
        Some('"' | '“' | '„' | '«' | '‘' | '\'' | '「' | '—' | '–') => 4.0,
        Some('[' | '(') => 5.0,
        Some(c) if c.is_alphabetic() => 6.0,
        Some('-' | '*' | '•' | '·' | '»' | '>' | '+') => 7.0,
        _ => 0.0,
    }
}
