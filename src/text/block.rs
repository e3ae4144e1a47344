//! A part of a line, as masks of its bytes: words, sentences and the like are counted by a few operations on them.

use super::byte_classes::ByteClasses;
use super::line_counts::{LineCounts, is_year};
use super::line_stats::LineStats;
use super::tokens::LONG_WORD;

/// Up to 64 bytes of a line.
pub(super) struct Block {
    pub(super) start: usize,
    /// A one for each of its bytes.
    pub(super) all: u64,
    pub(super) class: ByteClasses,
    pub(super) other: OtherMasks,
    /// Whether a space is before it.
    pub(super) after_space: bool,
}

/// What the characters beyond ASCII add to the masks of a block.
#[derive(Default)]
pub(super) struct OtherMasks {
    pub(super) space: u64,
    pub(super) alphanumeric: u64,
    pub(super) joiner: u64,
    /// All bytes of characters but the first.
    pub(super) continuation: u64,
    // The first bytes of characters of these kinds:
    pub(super) upper: u64,
    pub(super) lower: u64,
    pub(super) numeric: u64,
}

/// What the blocks of a line add up to.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) stats: LineStats,
    pub(super) counts: LineCounts,
    /// Whether the line has whitespace other than single blanks, or invisible characters.
    pub(super) odd: bool,
    /// Where the second character of whitespace is, counted from the first on.
    pub(super) gaps: u32,
    pub(super) second_gap: Option<usize>,
}

/// The words of a block: where they begin and end, and which of them are long.
pub(super) struct Words {
    /// The first bytes of the words.
    pub(super) begins: u64,
    /// The last bytes of the words.
    pub(super) ends: u64,
    /// The first bytes of the words of four letters and digits or more, and perhaps other bytes that begin no word.
    pub(super) long: u64,
}

impl Words {
    /// The runs of the bytes of letters and digits, of which `starts` are the first bytes.
    #[inline(always)]
    fn new(alphanumeric: u64, starts: u64) -> Words {
        let begins = alphanumeric & !(alphanumeric << 1);
        let ends = alphanumeric & !(alphanumeric >> 1);
        let long = match starts == alphanumeric {
            true => starts & starts >> 1 & starts >> 2 & starts >> 3,
            false => long_words(begins, ends, starts),
        };
        Words { begins, ends, long }
    }
}

impl Sums {
    /// Adds a block; `bytes` are those from its start on. Returns its words.
    #[inline(always)]
    pub(super) fn add(&mut self, block: &Block, bytes: &[u8]) -> Words {
        let Block { all, ref class, ref other, .. } = *block;
        let count = |mask: u64| (mask & all).count_ones();
        let ascii_space = (class.blank | class.other_space) & all;
        let space = ascii_space | other.space;
        let first_bytes = all & !other.continuation;
        let alphanumeric = (class.letter | class.digit) & all | other.alphanumeric;
        let starts = alphanumeric & first_bytes;
        let digit = class.digit & all | other.numeric;
        let lower = class.letter & !class.upper & all | other.lower;
        let joiner = class.joiner & all | other.joiner;

        let (stats, counts) = (&mut self.stats, &mut self.counts);
        stats.chars += (first_bytes & !space).count_ones() as usize;
        stats.letters += (starts & !digit).count_ones() as usize;
        // A word begins where neither a letter is before nor joiners after a letter.
        let words = starts & !(alphanumeric << 1 | after_run(alphanumeric << 1, joiner));
        stats.words += words.count_ones() as usize;
        stats.capitalized += (words & (class.upper | other.upper)).count_ones() as usize;

        if class.other & all != 0 {
            stats.symbols += count(class.other & !(class.control | class.joiner)) as usize;
            counts.sentences += count(class.blank & class.stop << 1);
            counts.commas += count(class.comma);
            counts.separators += count(class.separator);
            counts.quotes += count(class.quote);
            counts.brackets += count(class.bracket);
            counts.at_sign |= class.at_sign & all != 0;
            counts.exclaims |= class.exclaim & all != 0;
        }
        if class.address & all != 0 {
            let mut places = ones(class.address & all);
            counts.web_address |= places.any(|at| bytes[at..].starts_with(b"http") || bytes[at..].starts_with(b"www."));
        }
        if digit != 0 {
            stats.digits += digit.count_ones() as usize;
            let digits = class.digit & all;
            let four = digits & digits >> 1 & digits >> 2 & digits >> 3;
            let mut years = ones(four & !(digits << 1) & !(digits >> 4));
            counts.year |= years.any(|at| is_year(&bytes[at..]));
        }
        // The letters of a spaced word one after the other: at most three may be lowercase for it to be short.
        let between = !space & !starts & all;
        let next = |letter: u64| starts & (letter << 1 | after_run(letter << 1, between));
        let begin = !space & all & !(!space << 1);
        let first = starts & (begin | after_run(begin, between));
        let first_lower = first & lower;
        let second = next(first_lower);
        let third = next(second & lower);
        let fourth = next(third & lower);
        counts.spaced_words += first.count_ones();
        counts.lowercase += first_lower.count_ones();
        counts.short += first_lower.count_ones() - second.count_ones() + (second & lower).count_ones()
            - third.count_ones()
            + (third & lower).count_ones()
            - fourth.count_ones();

        let double = class.blank & (class.blank << 1 | u64::from(block.after_space));
        self.odd |= (class.other_space | double) & all | other.space != 0;
        if self.gaps < 2 {
            for at in ones(space & first_bytes).take(2 - self.gaps as usize) {
                self.gaps += 1;
                self.second_gap = (self.gaps == 2).then_some(block.start + at);
            }
        }
        Words::new(alphanumeric, starts)
    }
}

/// The places after those runs of ones in `run` that begin at a one of `starts`.
#[inline(always)]
fn after_run(starts: u64, run: u64) -> u64 {
    // The carry of the sum goes through the run.
    (starts & run).wrapping_add(run) & !run
}

/// Where words begin that have four letters and digits or more, by the first and last bytes of all words and the first
/// bytes of their characters.
fn long_words(begins: u64, ends: u64, starts: u64) -> u64 {
    let words = ones(begins).zip(ones(ends));
    words.fold(0, |long, (begin, end)| {
        let letters = (starts >> begin & u64::MAX >> (63 - (end - begin))).count_ones();
        long | u64::from(letters >= LONG_WORD) << begin
    })
}

/// The places of the ones of a mask.
#[inline(always)]
pub(crate) fn ones(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (mask != 0).then_some(mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(at)
    })
}
