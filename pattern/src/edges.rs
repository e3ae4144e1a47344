//! The edges of a line: the places where the kind of byte changes. A word, a number and a sign each begin at one.

/// The kind of a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EdgeKind {
    /// An ASCII letter.
    Letter,
    /// An ASCII digit.
    Digit,
    /// A space, or a byte inside a character: never an edge.
    Never,
    /// Any other byte, among them the first of every character beyond ASCII: always an edge.
    Always,
}

impl EdgeKind {
    /// The kind of a byte.
    pub(crate) const fn of(byte: u8) -> EdgeKind {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => EdgeKind::Letter,
            b'0'..=b'9' => EdgeKind::Digit,
            b' ' | 0x80..0xC0 => EdgeKind::Never,
            _ => EdgeKind::Always,
        }
    }
}

/// Whether an edge is at a byte, after another.
pub fn is_edge(before: Option<u8>, byte: u8) -> bool {
    match EdgeKind::of(byte) {
        EdgeKind::Never => false,
        EdgeKind::Always => true,
        kind => before.is_none_or(|before| EdgeKind::of(before) != kind),
    }
}

/// Calls `found` with the place of each edge of a line, in order. `edges` has a bit for each byte of the line, 32 in a
/// number.
#[inline(always)]
pub(crate) fn each_edge(edges: &[u32], mut found: impl FnMut(usize)) {
    for (block, &edges) in edges.iter().enumerate() {
        let mut left = edges;
        while left != 0 {
            found(block * 32 + left.trailing_zeros() as usize);
            left &= left - 1;
        }
    }
}

/// What may be before a place of a regex's match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Before {
    pub(crate) letter: bool,
    pub(crate) digit: bool,
}

impl Before {
    /// Anything.
    pub(crate) const UNKNOWN: Before = Before { letter: true, digit: true };
    /// Neither a letter nor a digit.
    pub(crate) const NO_WORD: Before = Before { letter: false, digit: false };

    pub(crate) fn or(self, other: Before) -> Before {
        Before { letter: self.letter || other.letter, digit: self.digit || other.digit }
    }

    /// Whether a byte is at an edge here for sure.
    pub(crate) fn makes_edge(self, byte: u8) -> bool {
        match EdgeKind::of(byte) {
            EdgeKind::Letter => !self.letter,
            EdgeKind::Digit => !self.digit,
            EdgeKind::Always => true,
            EdgeKind::Never => false,
        }
    }
}
