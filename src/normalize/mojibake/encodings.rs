//! The single-byte encodings through which UTF-8 is commonly misread, and the way back: which byte a character came from.
//! It judges nothing; that a character could come from a byte does not mean that it did.
//! Under the mojibake step of the second stage.

use std::sync::LazyLock;

use encoding_rs::{
    Encoding, ISO_8859_2, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1257,
};

/// How many encodings there are. Windows-1252 and ISO-8859-1 are one: no character has different bytes in the two, so
/// text that mixes them is read in one go.
pub(crate) const COUNT: usize = 9;

/// The encoding tried first, and by far the commonest culprit.
pub(crate) const WESTERN: usize = 0;
/// ISO-8859-2, the twin of Windows-1250.
pub(crate) const ISO_CENTRAL: usize = 6;
/// Its 0xCA is a no-break space and its 0xD0 a dash, so a space in it is never a lost byte.
pub(crate) const MAC: usize = 7;

/// Code page 437 is not in the web's list of encodings, so its upper half stands here, 0x80 to 0xFF.
const CODE_PAGE_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Where the tables end: the last character of the block of box drawings and block elements.
const TABLE_END: usize = 0x2600;

/// For each character below `TABLE_END`, a row number; for each row, the byte in each encoding (0: none).
struct Bytes {
    row_of: Vec<u16>,
    rows: Vec<[u8; COUNT]>,
    /// The few beyond the table.
    far: Vec<(char, u16)>,
}

static BYTES: LazyLock<Bytes> = LazyLock::new(build);

/// The byte from which `c` came if the text was read as `encoding`; 0 when no byte gives it. ASCII is itself.
pub(crate) fn byte_of(c: char, encoding: usize) -> u8 {
    if c.is_ascii() {
        return c as u8;
    }
    let row = match BYTES.row_of.get(c as usize) {
        Some(&row) => row,
        None => BYTES.far.iter().find(|(far, _)| *far == c).map_or(0, |(_, row)| *row),
    };
    BYTES.rows[usize::from(row)][encoding]
}

/// Bit `e` is set when `c` can be the first byte of a UTF-8 sequence in encoding `e`.
pub(crate) fn lead_mask(c: char) -> u32 {
    mask(c, |b| (0xC2..=0xF4).contains(&b))
}

/// Bit `e` is set when `c` can be a later byte of a UTF-8 sequence in encoding `e`.
pub(crate) fn continuation_mask(c: char) -> u32 {
    mask(c, |b| (0x80..=0xBF).contains(&b))
}

fn mask(c: char, wanted: impl Fn(u8) -> bool) -> u32 {
    (0..COUNT).filter(|&e| wanted(byte_of(c, e))).fold(0, |mask, e| mask | 1 << e)
}

fn build() -> Bytes {
    let mut bytes = Bytes { row_of: vec![0; TABLE_END], rows: vec![[0; COUNT]], far: Vec::new() };
    for encoding in 0..COUNT {
        for byte in 0x80..=0xFF {
            // A byte without meaning passes through sloppy readers as the character of that number.
            bytes.set(decode(encoding, byte).unwrap_or(char::from(byte)), encoding, byte);
        }
    }
    // Readers of ISO-8859-1 pass all of 0x80 to 0x9F through, and text that they had a part in may have been any of these.
    for encoding in 0..COUNT {
        for byte in 0x80..=0x9F {
            bytes.set(char::from(byte), encoding, byte);
        }
    }
    bytes
}

impl Bytes {
    fn set(&mut self, c: char, encoding: usize, byte: u8) {
        let next = self.rows.len() as u16;
        let row = match self.row_of.get_mut(c as usize) {
            Some(row) => row,
            None => {
                let at = self.far.iter().position(|(far, _)| *far == c).unwrap_or_else(|| {
                    self.far.push((c, 0));
                    self.far.len() - 1
                });
                &mut self.far[at].1
            }
        };
        if *row == 0 {
            *row = next;
            self.rows.push([0; COUNT]);
        }
        let cell = &mut self.rows[usize::from(*row)][encoding];
        if *cell == 0 {
            *cell = byte;
        }
    }
}

fn decode(encoding: usize, byte: u8) -> Option<char> {
    const TABLES: [&Encoding; COUNT - 1] =
        [WINDOWS_1252, WINDOWS_1251, WINDOWS_1250, WINDOWS_1253, WINDOWS_1254, WINDOWS_1257, ISO_8859_2, MACINTOSH];
    match TABLES.get(encoding) {
        Some(table) => table.decode_without_bom_handling_and_without_replacement(&[byte])?.chars().next(),
        None => CODE_PAGE_437.chars().nth(usize::from(byte - 0x80)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_known_characters() {
        assert_eq!(byte_of('é', WESTERN), 0xE9);
        assert_eq!(byte_of('€', WESTERN), 0x80);
        assert_eq!(byte_of('\u{80}', WESTERN), 0x80);
        assert_eq!(byte_of('\u{9d}', WESTERN), 0x9D);
        assert_eq!(byte_of('Р', 1), 0xD0);
        assert_eq!(byte_of('√', MAC), 0xC3);
        assert_eq!(byte_of('┼', COUNT - 1), 0xC5);
        assert_eq!(byte_of('漢', WESTERN), 0);
        assert_eq!(CODE_PAGE_437.chars().count(), 128);
    }

    #[test]
    fn masks() {
        assert_ne!(lead_mask('Ã') & 1, 0);
        assert_ne!(continuation_mask('©') & 1, 0);
        assert_eq!(lead_mask('a'), 0);
        assert_eq!(continuation_mask(' '), 0);
    }
}
