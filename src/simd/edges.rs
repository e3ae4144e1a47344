//! Finds the [edges](bodytext_pattern::index::is_edge) of a line.

use bodytext_pattern::index::is_edge;

/// Replaces `edges` with the edges of a line: a bit for each of its bytes, 32 in a number.
pub(crate) fn find_edges(line: &[u8], edges: &mut Vec<u32>) {
    edges.clear();
    #[cfg(target_arch = "x86_64")]
    if super::has_avx2() {
        // SAFETY: the processor has these instructions.
        return unsafe { avx2::find_edges(line, edges) };
    }
    find_edges_plain(line, edges);
}

fn find_edges_plain(line: &[u8], edges: &mut Vec<u32>) {
    edges.resize(line.len().div_ceil(32), 0);
    let before = std::iter::once(None).chain(line.iter().copied().map(Some));
    for (at, (before, byte)) in before.zip(line).enumerate() {
        edges[at / 32] |= u32::from(is_edge(before, *byte)) << (at % 32);
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    /// The same, of 32 bytes at a time.
    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn find_edges(line: &[u8], edges: &mut Vec<u32>) {
        // Whether the last byte of the block before was a letter, and a digit.
        let (mut after_letter, mut after_digit) = (0, 0);
        let mut padded = [b' '; 32];
        for bytes in line.chunks(32) {
            let bytes: &[u8; 32] = match bytes.first_chunk() {
                Some(bytes) => bytes,
                None => {
                    padded[..bytes.len()].copy_from_slice(bytes);
                    &padded
                }
            };
            // SAFETY: 32 bytes are read from an array of as many.
            let bytes = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
            let lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
            let letters = between(lower, b'a', b'z');
            let digits = between(bytes, b'0', b'9');
            let never = between(bytes, 0x80, 0xBF) | between(bytes, b' ', b' ');
            let inside = letters & (letters << 1 | after_letter) | digits & (digits << 1 | after_digit);
            (after_letter, after_digit) = (letters >> 31, digits >> 31);
            edges.push(!(inside | never));
        }
    }

    /// A bit for each byte from the first to the last.
    #[target_feature(enable = "avx2")]
    fn between(bytes: __m256i, first: u8, last: u8) -> u32 {
        let from_first = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first as i8));
        let most = _mm256_set1_epi8((last - first) as i8);
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(from_first, most), from_first)) as u32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn both_forms_find_the_same(line in "[aZ09 é'東]{0,40}", padding in 0_usize..70) {
            let line = format!("{}{line}", "a ".repeat(padding / 2));
            let (mut edges, mut plain) = (Vec::new(), Vec::new());
            find_edges(line.as_bytes(), &mut edges);
            find_edges_plain(line.as_bytes(), &mut plain);
            prop_assert_eq!(edges, plain);
        }
    }
}
