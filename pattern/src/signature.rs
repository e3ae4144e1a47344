//! What a line may have of the literals that regexes require: a bit for what follows each edge of the line. So most
//! regexes whose beginning is common are not run, as the line lacks another word that they need.

use zerocopy::little_endian::U64;

use crate::edges::each_edge;
use crate::expected_frequency;
use crate::filter::Literal;
use crate::index::FoldedLine;
use crate::key_table::eight;

/// Numbers of 64 bits in a set: those of the keys, in which a line sets about one of thirty bits, then those of single
/// bytes.
const WORDS: usize = KEY_WORDS + 4;
const KEY_WORDS: usize = 8;
/// The bytes from an edge on that make a key.
const KEY_BYTES: usize = 3;

/// The bits of literals of which a line must have one.
pub(crate) type LiteralBits = [U64; WORDS];

/// The bits of a line.
#[derive(Debug, Clone, Copy)]
pub struct LineSignature([u64; WORDS]);

impl LineSignature {
    /// The bits of a line. `edges` has a bit for each byte of it, as for [`LineIndex::find`](crate::index::LineIndex::find).
    pub fn of(line: FoldedLine<'_>, edges: &[u32]) -> LineSignature {
        let mut bits = [0; WORDS];
        each_edge(edges, |edge| {
            let next = line.eight_at(edge);
            add(&mut bits, bit_of_key(next));
            add(&mut bits, bit_of_byte(next as u8));
        });
        LineSignature(bits)
    }

    /// Whether the line may have any of the literals with these bits.
    #[inline]
    pub fn may_have_any(&self, literals: &[U64; WORDS]) -> bool {
        self.0.iter().zip(literals).fold(0, |all, (line, literals)| all | line & literals.get()) != 0
    }
}

/// The bits of literals; `None` if one of them has no edge.
pub(crate) fn literal_bits(literals: &[Literal]) -> Option<LiteralBits> {
    let mut bits = [0_u64; WORDS];
    for literal in literals {
        let text = literal.text.as_bytes();
        let keys = literal.edges().filter_map(|edge| text.get(edge..edge + KEY_BYTES));
        // The rarest of its keys, or the first byte of a shorter literal.
        let frequency = |key: &[u8]| expected_frequency(&[String::from_utf8_lossy(key).into_owned()]);
        let key = keys.min_by(|a, b| frequency(a).total_cmp(&frequency(b))).map(|key| bit_of_key(eight(key)));
        add(&mut bits, key.or_else(|| Some(bit_of_byte(text[literal.edges().next()?])))?);
    }
    Some(bits.map(U64::new))
}

#[inline(always)]
fn add(bits: &mut [u64; WORDS], bit: usize) {
    bits[bit / 64 % WORDS] |= 1 << (bit % 64);
}

/// The bit of the first of eight bytes.
#[inline(always)]
fn bit_of_key(bytes: u64) -> usize {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let key = bytes & ((1 << (8 * KEY_BYTES)) - 1);
    (key.wrapping_mul(ODD) >> 55) as usize
}

/// The bit of the byte at an edge.
#[inline(always)]
fn bit_of_byte(byte: u8) -> usize {
    KEY_WORDS * 64 + usize::from(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_bits_of_its_literals() {
        let literal = |text: &str| Literal { text: text.to_owned(), begins_at_edge: true };
        let line = "by our staff writer        ";
        let signature = LineSignature::of(FoldedLine::new(line, 19), &[1 | 1 << 3 | 1 << 7 | 1 << 13]);
        let has = |texts: &[&str]| {
            let literals: Vec<Literal> = texts.iter().map(|text| literal(text)).collect();
            literal_bits(&literals).map(|bits| signature.may_have_any(&bits))
        };
        assert_eq!(has(&["writer"]), Some(true));
        assert_eq!(has(&["editor", "our staff"]), Some(true));
        assert_eq!(has(&["editor", "agency"]), Some(false));
        assert_eq!(has(&["editor", "ap"]), Some(false));
        assert_eq!(has(&["editor", "os"]), Some(true));
        let line = "photo: our staff        ";
        let signature = LineSignature::of(FoldedLine::new(line, 16), &[1 | 1 << 5 | 1 << 7 | 1 << 11]);
        assert_eq!(literal_bits(&[literal("/"), literal(":")]).map(|bits| signature.may_have_any(&bits)), Some(true));
    }
}
