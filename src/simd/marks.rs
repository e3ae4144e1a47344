//! Finds the bytes of a text that may need repair: all but printable ASCII, tabs and line feeds, and `&`, which begins
//! entities. Of a character beyond ASCII only the first byte counts.

/// The places found: bit `n` of word `w` is byte `64 * w + n`.
pub(crate) struct Marks(Vec<u64>);

const BLOCK: usize = 64;

/// Finds the marked bytes of `text`.
pub(crate) fn find(text: &str) -> Marks {
    let (blocks, rest) = text.as_bytes().as_chunks::<BLOCK>();
    let mut marks = Vec::with_capacity(blocks.len() + 1);
    #[cfg(target_arch = "x86_64")]
    if super::has_avx2() {
        // SAFETY: the processor has AVX2.
        unsafe { avx2::append(blocks, &mut marks) };
    }
    if marks.is_empty() {
        marks.extend(blocks.iter().map(|block| plain(block)));
    }
    marks.extend((!rest.is_empty()).then(|| plain(rest)));
    Marks(marks)
}

impl Marks {
    /// The places from `from` on, in order.
    pub(crate) fn iter_from(&self, from: usize) -> impl Iterator<Item = usize> {
        let first = from / BLOCK;
        let mut skipped = (1 << (from % BLOCK)) - 1;
        self.0.iter().enumerate().skip(first).flat_map(move |(word, &bits)| {
            let mut bits = bits & !std::mem::take(&mut skipped);
            std::iter::from_fn(move || {
                let at = (bits != 0).then(|| word * BLOCK + bits.trailing_zeros() as usize);
                bits &= bits.wrapping_sub(1);
                at
            })
        })
    }
}

fn plain(block: &[u8]) -> u64 {
    block.iter().enumerate().fold(0, |bits, (n, &byte)| bits | u64::from(is_marked(byte)) << n)
}

fn is_marked(byte: u8) -> bool {
    match byte {
        b'\t' | b'\n' | 0x80..=0xBF => false,
        b'&' | ..b' ' | 0x7F.. => true,
        _ => false,
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::BLOCK;

    #[target_feature(enable = "avx2")]
    pub(super) fn append(blocks: &[[u8; BLOCK]], marks: &mut Vec<u64>) {
        marks.extend(blocks.iter().map(|block| {
            let (low, high) = block.split_at(BLOCK / 2);
            u64::from(half(low)) | u64::from(half(high)) << 32
        }));
    }

    #[target_feature(enable = "avx2")]
    fn half(bytes: &[u8]) -> u32 {
        // SAFETY: the load needs no alignment, and stays inside the slice, which the caller cuts to 32 bytes.
        let bytes = unsafe { _mm256_loadu_si256(bytes[..32].as_ptr().cast()) };
        let is = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8));
        // Compared with their sign, bytes beyond ASCII are below all others, and those that continue a character lowest.
        let below = |byte: u8| _mm256_cmpgt_epi8(_mm256_set1_epi8(byte as i8), bytes);
        let marked = _mm256_or_si256(below(b' '), _mm256_or_si256(is(b'&'), is(0x7F)));
        let unmarked = _mm256_or_si256(below(0xC0), _mm256_or_si256(is(b'\t'), is(b'\n')));
        _mm256_movemask_epi8(_mm256_andnot_si256(unmarked, marked)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_for_avx2_gives_the_same_as_the_plain_one() {
        // Every ASCII byte and every first byte of a character at many places of a block.
        let text: String = (0..0x900).chain((0x900..0x1_1000).step_by(0xFF)).filter_map(char::from_u32).collect();
        for start in (0..200).filter(|&start| text.is_char_boundary(start)) {
            let text = &text[start..];
            let expected: Vec<usize> = (0..text.len()).filter(|&at| is_marked(text.as_bytes()[at])).collect();
            let marks = find(text);
            assert_eq!(marks.iter_from(0).collect::<Vec<_>>(), expected);
            let later = &expected[expected.partition_point(|&at| at < 100)..];
            assert_eq!(marks.iter_from(100).collect::<Vec<_>>(), later);
        }
        assert_eq!(find("").iter_from(0).count(), 0);
    }
}
