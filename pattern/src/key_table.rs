//! Hash tables that are looked up where they lie in the binary: which texts a line may have, by a few bytes of it.

use std::borrow::Cow;

use zerocopy::little_endian::{U16, U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::blob::{Reader, Writer};

/// A text that a line may have, and the pattern that may match it then.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct Entry {
    /// Its first eight bytes.
    pub(crate) head: U64,
    /// Where it begins in the texts.
    pub(crate) text: U32,
    /// The pattern.
    pub(crate) pattern: U32,
    /// Its length.
    pub(crate) length: U16,
    /// Where in it the key begins.
    pub(crate) offset: U16,
}

impl Entry {
    /// Not 0 if the text does not begin with the same bytes.
    #[inline]
    pub(crate) fn differs_from(&self, bytes: u64) -> u64 {
        let unused_bits = 8 * 8_usize.saturating_sub(usize::from(self.length.get()));
        (bytes ^ self.head.get()) << unused_bits
    }
}

/// Entries in order of the hash of their key, with a bit for each key that they may have in front.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeyTable {
    pub(crate) bits: Cow<'static, [U64]>,
    /// The hashes in equal parts, two for each key: where the entries of each part begin, and the end.
    pub(crate) begins: Cow<'static, [U32]>,
    pub(crate) entries: Cow<'static, [Entry]>,
}

/// What texts begin with, as 2^16 bits, so that most places of a line need no look-up.
#[derive(Debug, Clone, Default)]
pub(crate) struct StartSet<const BYTES: usize>(Cow<'static, [U64]>);

/// Pairs of bytes: a bit for each.
pub(crate) type PairSet = StartSet<2>;
/// Four bytes: a bit for their hash.
pub(crate) type QuadSet = StartSet<4>;

impl<const BYTES: usize> StartSet<BYTES> {
    /// What the texts begin with. A text that is one byte short may be followed by any.
    pub(crate) fn of<'t>(texts: impl Iterator<Item = &'t [u8]>) -> StartSet<BYTES> {
        let mut bits = vec![U64::new(0); START_WORDS];
        for text in texts {
            let lasts = text.get(BYTES - 1).map_or(0..=255, |&last| last..=last);
            for place in lasts.map(|last| start_place::<BYTES>(eight(&[&text[..BYTES - 1], &[last]].concat()))) {
                bits[place / 64] |= 1 << (place % 64);
            }
        }
        StartSet(bits.into())
    }

    /// The set, for looking up many places.
    #[inline]
    pub(crate) fn bits(&self) -> StartBits<'_, BYTES> {
        StartBits(self.0.first_chunk().unwrap_or(&NO_STARTS))
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.section(&self.0);
    }

    pub(crate) fn read(from: &mut Reader) -> StartSet<BYTES> {
        StartSet(from.section())
    }
}

/// A [`StartSet`] where it lies.
#[derive(Clone, Copy)]
pub(crate) struct StartBits<'s, const BYTES: usize>(&'s [U64; START_WORDS]);

static NO_STARTS: [U64; START_WORDS] = [U64::ZERO; START_WORDS];

const START_WORDS: usize = (1 << 16) / 64;

/// The place of the first of eight bytes in a set.
#[inline(always)]
fn start_place<const BYTES: usize>(bytes: u64) -> usize {
    match BYTES {
        2 => usize::from(bytes as u16),
        _ => ((bytes as u32).wrapping_mul(0x9E37_79B9) >> 16) as usize,
    }
}

impl<const BYTES: usize> StartBits<'_, BYTES> {
    /// Whether texts may begin with the first of eight bytes.
    #[inline(always)]
    pub(crate) fn has(self, bytes: u64) -> bool {
        let place = start_place::<BYTES>(bytes);
        self.0[place / 64].get() >> (place % 64) & 1 != 0
    }
}

/// Where the bytes of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// A hash of a whole line.
    Line = 0,
    /// One byte from a place on.
    One = 1,
    /// Two bytes from a place on.
    Two = 2,
    Three = 3,
    Four = 4,
    Six = 6,
    Eight = 8,
    /// Four bytes, three of them before an edge.
    Around = 9,
}

/// The keys of beginnings, longest first.
pub(crate) const BEGINNING_KEYS: [Key; 6] = [Key::Eight, Key::Six, Key::Four, Key::Three, Key::Two, Key::One];

impl Key {
    /// The hash of a key, of which the first of eight bytes count.
    #[inline]
    pub(crate) fn hash(self, bytes: u64) -> u64 {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let bytes = match self {
            Key::Line | Key::Eight => bytes,
            Key::Around => bytes & 0xFFFF_FFFF,
            _ => bytes & ((1 << (8 * self as u32)) - 1),
        };
        // The kinds of keys share a table.
        let hash = (bytes ^ (self as u64).wrapping_mul(ODD)).wrapping_mul(ODD);
        hash ^ hash >> 29
    }
}

impl KeyTable {
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The bits of its keys, for looking up many.
    #[inline]
    pub(crate) fn keys(&self) -> KeyBits<'_> {
        KeyBits(&self.bits)
    }

    /// The entries of a key, and others whose hashes are near: each is compared with the line anyway.
    pub(crate) fn of(&self, hash: u64) -> &[Entry] {
        let Some(parts) = self.begins.len().checked_sub(1) else { return &[] };
        let part = part_of(hash, parts);
        &self.entries[self.begins[part].get() as usize..self.begins[part + 1].get() as usize]
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.section(&self.bits);
        out.section(&self.begins);
        out.section(&self.entries);
    }

    pub(crate) fn read(from: &mut Reader) -> KeyTable {
        KeyTable { bits: from.section(), begins: from.section(), entries: from.section() }
    }
}

/// A bit for each key that a [`KeyTable`] may have.
#[derive(Clone, Copy)]
pub(crate) struct KeyBits<'t>(&'t [U64]);

impl KeyBits<'_> {
    /// Whether a key may have entries.
    #[inline(always)]
    pub(crate) fn may_have(self, hash: u64) -> bool {
        // The number of words is a power of two.
        let word = (hash as usize / 64) & (self.0.len() - 1);
        self.0[word].get() >> (hash % 64) & 1 != 0
    }
}

/// Which of some equal parts of all hashes a hash is in.
#[inline]
pub(crate) fn part_of(hash: u64, parts: usize) -> usize {
    (((hash >> 32) * parts as u64) >> 32) as usize
}

/// The hash of a text: equal on the machine that builds and the one that runs.
pub(crate) fn hash_text(text: &[u8]) -> u64 {
    let chunks = text.chunks_exact(8);
    let rest = eight(chunks.remainder());
    let mix = |hash: u64, next: u64| Key::Eight.hash(hash.rotate_left(5) ^ next);
    mix(chunks.map(eight).fold(text.len() as u64, mix), rest)
}

/// The first eight bytes of a text, with zeros where it is shorter.
pub(crate) fn eight(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(8);
    bytes[..length].copy_from_slice(&text[..length]);
    u64::from_le_bytes(bytes)
}
