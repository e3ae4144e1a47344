//! The pass over the lines of a page.

use crate::text::Scanner;
use crate::text::byte_classes::ByteClasses;

/// Reads all lines of a page.
pub(crate) fn scan(scanner: &mut Scanner<'_>) {
    #[cfg(target_arch = "x86_64")]
    if super::has_avx2() {
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { avx2::scan(scanner) };
    }
    scanner.lines(ByteClasses::of);
}

/// Calls `found` with the place of each newline, in order.
pub(crate) fn each_newline(bytes: &[u8], mut found: impl FnMut(usize)) {
    #[cfg(target_arch = "x86_64")]
    if super::has_avx2() {
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { avx2::each_newline(bytes, found) };
    }
    memchr::memchr_iter(b'\n', bytes).for_each(&mut found);
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::{ByteClasses, Scanner};

    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    pub(super) fn scan(scanner: &mut Scanner<'_>) {
        scanner.lines(|block, bytes| if bytes > 32 { classes::<2>(block, bytes) } else { classes::<1>(block, bytes) });
    }

    #[target_feature(enable = "avx2,bmi1,bmi2")]
    pub(super) fn each_newline(bytes: &[u8], mut found: impl FnMut(usize)) {
        let (blocks, rest) = bytes.as_chunks::<64>();
        for (block, start) in blocks.iter().zip((0..).step_by(64)) {
            let (halves, _) = block.as_chunks::<32>();
            let newlines = |half| top_bits(_mm256_cmpeq_epi8(load(half), splat(b'\n')));
            let mut newlines = newlines(&halves[0]) | newlines(&halves[1]) << 32;
            while newlines != 0 {
                found(start + newlines.trailing_zeros() as usize);
                newlines &= newlines - 1;
            }
        }
        let start = bytes.len() - rest.len();
        rest.iter().zip(start..).filter(|(byte, _)| **byte == b'\n').for_each(|(_, at)| found(at));
    }

    /// The same as [`ByteClasses::of`], for blocks of which only the first half, or both, are needed.
    ///
    /// A byte of ASCII has its class from its two halves: each class is the bytes with some low halves and some high
    /// halves, so a bit that both tables have for a byte says that it belongs to it.
    ///
    /// Not inlined: where the compiler sees how the masks are used, it takes them apart bit by bit.
    #[inline(never)]
    #[target_feature(enable = "avx2")]
    pub(super) fn classes<const HALVES: usize>(block: &[u8; 64], bytes: usize) -> ByteClasses {
        const OTHER_SPACE: u8 = 1;
        const JOINER: u8 = 1 << 1;
        const COMMA: u8 = 1 << 2;
        const STOP_OR_EXCLAMATION: u8 = 1 << 3;
        const QUESTION: u8 = 1 << 4;
        const BRACKET: u8 = 1 << 5;
        const QUOTE: u8 = 1 << 6;
        const LOW: [u8; 16] = {
            let mut table = [0; 16];
            table[0x1] = STOP_OR_EXCLAMATION;
            table[0x2] = QUOTE;
            table[0x7] = JOINER;
            table[0x8] = BRACKET;
            table[0x9] = BRACKET | OTHER_SPACE;
            table[0xA] = OTHER_SPACE;
            table[0xB] = OTHER_SPACE;
            table[0xC] = OTHER_SPACE | JOINER | COMMA;
            table[0xD] = OTHER_SPACE | JOINER;
            table[0xE] = JOINER | STOP_OR_EXCLAMATION;
            table[0xF] = QUESTION;
            table
        };
        const HIGH: [u8; 16] = {
            let mut table = [0; 16];
            table[0x0] = OTHER_SPACE;
            table[0x2] = JOINER | COMMA | STOP_OR_EXCLAMATION | BRACKET | QUOTE;
            table[0x3] = QUESTION;
            table
        };
        /// The mask of an expression on the bytes, which come in two registers of 32.
        macro_rules! mask {
            ($bytes:expr, |$byte:ident| $value:expr) => {{
                let halves = $bytes;
                let first = {
                    let $byte = halves[0];
                    top_bits($value)
                };
                if HALVES == 1 {
                    first
                } else {
                    let $byte = halves[1];
                    first | top_bits($value) << 32
                }
            }};
        }
        let (low, high) = (_mm256_broadcastsi128_si256(load_half(&LOW)), _mm256_broadcastsi128_si256(load_half(&HIGH)));
        let class = |bytes: __m256i| {
            let upper_half = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), splat(0x0f));
            _mm256_and_si256(_mm256_shuffle_epi8(low, bytes), _mm256_shuffle_epi8(high, upper_half))
        };
        let within = |byte: __m256i, last: u8| _mm256_cmpeq_epi8(_mm256_min_epu8(byte, splat(last)), byte);
        let either = |bytes: __m256i, one: u8, other: u8| {
            _mm256_or_si256(_mm256_cmpeq_epi8(bytes, splat(one)), _mm256_cmpeq_epi8(bytes, splat(other)))
        };

        let (halves, _) = block.as_chunks::<32>();
        let all = u64::MAX >> (64 - bytes);
        let bytes = [load(&halves[0]), load(&halves[1])];
        let letter = mask!(bytes, |byte| within(_mm256_sub_epi8(_mm256_or_si256(byte, splat(0x20)), splat(b'a')), 25));
        let upper = letter & !mask!(bytes, |byte| _mm256_slli_epi16(byte, 2));
        let digit = mask!(bytes, |byte| within(_mm256_sub_epi8(byte, splat(b'0')), 9));
        let blank = mask!(bytes, |byte| _mm256_cmpeq_epi8(byte, splat(b' ')));
        let high = mask!(bytes, |byte| byte);
        let other = all & !(blank | letter | digit | high);
        // `http`; `www.` has another character.
        let h = mask!(bytes, |byte| _mm256_cmpeq_epi8(byte, splat(b'h')));
        let p = mask!(bytes, |byte| _mm256_cmpeq_epi8(byte, splat(b'p')));
        let words =
            ByteClasses { letter, upper, digit, blank, high, other, address: h & p >> 3, ..ByteClasses::default() };
        if other == 0 {
            return words;
        }
        let classes = [class(bytes[0]), class(bytes[1])];
        // Shifts the bit of a class to the top of each byte.
        let has = |bit: u8| {
            let shift = _mm_cvtsi32_si128(bit.leading_zeros() as i32);
            mask!(classes, |class| _mm256_sll_epi16(class, shift))
        };
        let question = has(QUESTION);
        let fourth = mask!(bytes, |byte| either(byte, b'p', b'.'));
        ByteClasses {
            other_space: has(OTHER_SPACE),
            control: mask!(bytes, |byte| _mm256_or_si256(within(byte, 0x1f), _mm256_cmpeq_epi8(byte, splat(0x7f)))),
            joiner: has(JOINER),
            comma: has(COMMA),
            stop: has(STOP_OR_EXCLAMATION) | question,
            exclaim: mask!(bytes, |byte| _mm256_cmpeq_epi8(byte, splat(b'!'))) | question,
            separator: mask!(bytes, |byte| {
                _mm256_or_si256(either(byte, b'|', b'>'), _mm256_cmpeq_epi8(byte, splat(b'/')))
            }),
            bracket: has(BRACKET),
            quote: has(QUOTE),
            at_sign: mask!(bytes, |byte| _mm256_cmpeq_epi8(byte, splat(b'@'))),
            address: mask!(bytes, |byte| either(byte, b'h', b'w')) & fourth >> 3,
            ..words
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn splat(byte: u8) -> __m256i {
        _mm256_set1_epi8(byte as i8)
    }

    /// The highest bit of each byte.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn top_bits(bytes: __m256i) -> u64 {
        u64::from(_mm256_movemask_epi8(bytes) as u32)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: the 32 bytes can be read.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load_half(bytes: &[u8; 16]) -> __m128i {
        // SAFETY: the 16 bytes can be read.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn newlines_are_found_where_they_are() {
            let text = "\na\n\nsome words that are long\nb".repeat(9);
            for end in 0..text.len() {
                let (bytes, mut found) = (&text.as_bytes()[..end], Vec::new());
                crate::simd::each_newline(bytes, |at| found.push(at));
                assert_eq!(found, memchr::memchr_iter(b'\n', bytes).collect::<Vec<_>>());
            }
        }

        #[test]
        fn classes_are_those_of_each_byte() {
            if !crate::simd::has_avx2() {
                return;
            }
            let mut block = [0_u8; 64];
            for round in 0..2000_u32 {
                for (at, byte) in block.iter_mut().enumerate() {
                    // Every byte at every place, and many neighbours.
                    let number = (round * 64 + at as u32).wrapping_mul(0x9e37_79b9);
                    *byte = if round < 256 { (round as usize + at) as u8 } else { (number >> 24) as u8 };
                }
                let bytes = 1 + round as usize % 64;
                // Letters and blanks alone, in some.
                block[..bytes]
                    .iter_mut()
                    .filter(|_| round % 5 == 0)
                    .for_each(|byte| *byte = b"aZ hp"[*byte as usize % 5]);
                // SAFETY: the processor has AVX2.
                let classes =
                    unsafe { if bytes > 32 { classes::<2>(&block, bytes) } else { classes::<1>(&block, bytes) } };
                let expected = ByteClasses::of(&block, bytes);
                let all = u64::MAX >> (64 - bytes);
                assert_eq!(
                    classes.masks().map(|mask| mask & all),
                    expected.masks().map(|mask| mask & all),
                    "{block:?}"
                );
            }
        }
    }
}
