//! The classes of the bytes of a line, 64 at a time.

/// For each class a mask of 64 bytes: bit `n` says whether byte `n` belongs to it. Bytes beyond ASCII belong to `high`
/// alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ByteClasses {
    pub(crate) blank: u64,
    pub(crate) letter: u64,
    pub(crate) upper: u64,
    pub(crate) digit: u64,
    pub(crate) high: u64,
    /// All other bytes; most classes below are parts of it.
    pub(crate) other: u64,
    /// Whitespace that is not a blank.
    pub(crate) other_space: u64,
    pub(crate) control: u64,
    /// `'`, `-`, `.` and `,`, which do not end a word.
    pub(crate) joiner: u64,
    pub(crate) comma: u64,
    /// `.`, `!` and `?`.
    pub(crate) stop: u64,
    /// `!` and `?`.
    pub(crate) exclaim: u64,
    /// `|`, `>` and `/`.
    pub(crate) separator: u64,
    pub(crate) bracket: u64,
    pub(crate) quote: u64,
    pub(crate) at_sign: u64,
    /// Where `http` and `www.` may begin: the first byte and the fourth are like theirs.
    pub(crate) address: u64,
}

impl ByteClasses {
    /// The classes of the first `bytes` bytes of a block, which has at least one; those of the rest are undefined.
    pub(crate) fn of(block: &[u8; 64], bytes: usize) -> ByteClasses {
        let mut classes = ByteClasses::default();
        let mut fourth = 0;
        for (at, &byte) in block[..bytes].iter().enumerate() {
            let bit = 1 << at;
            let class = match byte {
                b'a'..=b'z' => &mut classes.letter,
                b'A'..=b'Z' => {
                    classes.letter |= bit;
                    &mut classes.upper
                }
                b' ' => &mut classes.blank,
                b'0'..=b'9' => &mut classes.digit,
                b'\t'..=b'\r' => {
                    classes.control |= bit;
                    &mut classes.other_space
                }
                b',' => {
                    classes.comma |= bit;
                    &mut classes.joiner
                }
                b'.' => {
                    classes.stop |= bit;
                    &mut classes.joiner
                }
                b'\'' | b'-' => &mut classes.joiner,
                b'!' | b'?' => {
                    classes.stop |= bit;
                    &mut classes.exclaim
                }
                b'|' | b'>' | b'/' => &mut classes.separator,
                b'(' | b')' => &mut classes.bracket,
                b'"' => &mut classes.quote,
                b'@' => &mut classes.at_sign,
                0x80.. => &mut classes.high,
                0..b' ' | 0x7f => &mut classes.control,
                _ => &mut classes.other,
            };
            *class |= bit;
            classes.address |= if matches!(byte, b'h' | b'w') { bit } else { 0 };
            fourth |= if matches!(byte, b'p' | b'.') { bit } else { 0 };
        }
        classes.address &= fourth >> 3;
        classes.other = u64::MAX >> (64 - bytes) & !(classes.blank | classes.letter | classes.digit | classes.high);
        classes
    }

    #[cfg(test)]
    pub(crate) fn masks(&self) -> [u64; 16] {
        let ByteClasses { blank, letter, upper, digit, high, other, other_space, control, .. } = *self;
        let ByteClasses { joiner, comma, stop, exclaim, separator, bracket, quote, at_sign, .. } = *self;
        let first = [blank, letter, upper, digit, high, other, other_space, control];
        let rest = [joiner, comma, stop, exclaim, separator, bracket, quote, at_sign];
        std::array::from_fn(|at| if at < 8 { first[at] } else { rest[at - 8] })
    }
}
