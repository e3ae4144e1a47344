//! What a line begins with, in a form in which a number is a single `0`: so "7 comments" and "1,200 comments" begin
//! alike, and one look at a table finds all that may match either.

/// The first bytes of a line in this form, up to eight. `first` are the eight bytes from its start on, which may be more
/// than it has.
pub(crate) fn beginning(first: u64, line: &[u8]) -> u64 {
    let first = if line.len() < 8 { first & ((1 << (8 * line.len())) - 1) } else { first };
    // Without an early exit the compiler looks at all bytes at once.
    if !first.to_le_bytes().iter().fold(false, |any, byte| any | byte.is_ascii_digit()) {
        return first;
    }
    let (mut beginning, mut length) = ([0; 8], 0);
    for &byte in line {
        if let Some(byte) = next(beginning[..length].last().copied(), byte) {
            beginning[length] = byte;
            length += 1;
            if length == beginning.len() {
                break;
            }
        }
    }
    u64::from_le_bytes(beginning)
}

/// Adds bytes to a text in this form.
pub(crate) fn extend_beginning(text: &mut Vec<u8>, bytes: &[u8]) {
    for &byte in bytes {
        text.extend(next(text.last().copied(), byte));
    }
}

/// What a byte becomes after another of this form; nothing if it belongs to the number before it.
fn next(last: Option<u8>, byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' | b'.' | b',' if last == Some(b'0') => None,
        b'0'..=b'9' => Some(b'0'),
        _ => Some(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_table::eight;

    #[test]
    fn numbers_are_one_sign() {
        for (line, expected) in
            [("1,200 comments", "0 commen"), ("a 12.", "a 0"), ("7", "0"), ("no 1 of 2", "no 0 of "), ("", "")]
        {
            let first = eight(format!("{line}1 2 3 4 5").as_bytes());
            assert_eq!(beginning(first, line.as_bytes()), eight(expected.as_bytes()), "{line}");
            let mut text = Vec::new();
            extend_beginning(&mut text, line.as_bytes());
            assert!(text.starts_with(expected.as_bytes()), "{line}");
        }
    }
}
