//! The single-byte encodings that UTF-8 is commonly decoded from by mistake, and the byte of each character in them.

use std::sync::LazyLock;

use encoding_rs::{
    Encoding, ISO_8859_2, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1257,
};
use oem_cp::code_table::DECODING_TABLE_CP437;

/// The number of encodings. Windows-1252 and ISO-8859-1 count as one: no character has different bytes in the two, so
/// text that mixes them can be repaired in one pass.
pub(super) const COUNT: usize = 9;

/// Windows-1252, by far the most common.
pub(super) const WESTERN: usize = 0;
/// ISO-8859-2, the twin of Windows-1250.
pub(super) const ISO_CENTRAL: usize = 6;
/// Macintosh. Its 0xA0 is a dagger, so a space in it is never a lost byte.
pub(super) const MAC: usize = 7;

/// The end of the table: the last character of the block of box drawings and block elements.
const TABLE_END: usize = 0x2600;

/// For each character, its byte in each encoding; 0 if it has none.
struct ByteTable {
    /// The row of each character below `TABLE_END`.
    row_of: Vec<u16>,
    rows: Vec<[u8; COUNT]>,
    /// The few characters beyond the table, and their rows.
    far: Vec<(char, u16)>,
}

static BYTES: LazyLock<ByteTable> = LazyLock::new(ByteTable::new);

/// The byte that decodes to `c` in `encoding`; 0 if there is none. ASCII maps to itself.
pub(super) fn byte_of(c: char, encoding: usize) -> u8 {
    if c.is_ascii() { c as u8 } else { bytes_of(c).map_or(0, |bytes| bytes[encoding]) }
}

/// The byte of a character beyond ASCII in each encoding; `None` if it has none in any.
fn bytes_of(c: char) -> Option<&'static [u8; COUNT]> {
    let row = match BYTES.row_of.get(c as usize) {
        Some(&row) => row,
        None => BYTES.far.iter().find(|(far, _)| *far == c).map_or(0, |(_, row)| *row),
    };
    (row > 0).then(|| &BYTES.rows[usize::from(row)])
}

/// Bit `e` says whether the byte of `c` in encoding `e` can begin a UTF-8 sequence.
pub(super) fn lead_mask(c: char) -> u32 {
    mask(c, |b| (0xC2..=0xF4).contains(&b))
}

/// Bit `e` says whether the byte of `c` in encoding `e` can continue a UTF-8 sequence.
pub(super) fn continuation_mask(c: char) -> u32 {
    mask(c, |b| (0x80..=0xBF).contains(&b))
}

fn mask(c: char, wanted: impl Fn(u8) -> bool) -> u32 {
    // Bytes of ASCII neither begin nor continue a sequence.
    let Some(bytes) = bytes_of(c).filter(|_| !c.is_ascii()) else { return 0 };
    bytes.iter().enumerate().fold(0, |mask, (e, &byte)| mask | u32::from(wanted(byte)) << e)
}

impl ByteTable {
    fn new() -> ByteTable {
        let mut table = ByteTable { row_of: vec![0; TABLE_END], rows: vec![[0; COUNT]], far: Vec::new() };
        for encoding in 0..COUNT {
            for byte in 0x80..=0xFF {
                // Lenient decoders turn an unassigned byte into the character of that number.
                table.set(decode(encoding, byte).unwrap_or(char::from(byte)), encoding, byte);
            }
        }
        // Decoders of ISO-8859-1 do so for all of 0x80 to 0x9F, and may have been involved in any text.
        for encoding in 0..COUNT {
            for byte in 0x80..=0x9F {
                table.set(char::from(byte), encoding, byte);
            }
        }
        table
    }

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
        None => DECODING_TABLE_CP437.get(usize::from(byte - 0x80)).copied(),
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
    }

    #[test]
    fn masks() {
        assert_ne!(lead_mask('Ã') & 1, 0);
        assert_ne!(continuation_mask('©') & 1, 0);
        assert_eq!(lead_mask('a'), 0);
        assert_eq!(continuation_mask(' '), 0);
    }
}
