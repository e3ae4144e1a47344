//! Inputs of the features of a line's layout: its indent, the blank lines around it, and how much of the page's prose
//! has the same layout.

use hashbrown::HashMap;

use super::context::Context;
use super::rows::Rows;
use crate::text::Row;

/// Blank lines above or below a line are counted up to this.
const MAX_BLANKS: usize = 4;
/// Indents below this, and the spacings with them, are counted in a plain list.
const SMALL_INDENTS: usize = 16;
/// The spacings with an indent.
const SPACINGS: usize = (MAX_BLANKS + 1) * (MAX_BLANKS + 1);

/// The spacing of a line. Extractors that indent by page structure give all paragraphs of an article the same spacing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spacing {
    /// Characters of whitespace before its text.
    pub indent: usize,
    /// Blank lines above it, at most 4.
    pub above: usize,
    /// Blank lines below it, at most 4.
    pub below: usize,
}

impl Spacing {
    pub(super) fn of(rows: &Rows<'_>, row: usize) -> Spacing {
        let Row { line, indent, .. } = rows.rows[row];
        let first_blank_above = row.checked_sub(1).map_or(0, |above| rows.rows[above].line + 1);
        let below = rows.rows.get(row + 1).map_or(rows.page.lines.len(), |below| below.line);
        Spacing { indent, above: (line - first_blank_above).min(MAX_BLANKS), below: (below - line - 1).min(MAX_BLANKS) }
    }

    /// A number that no other spacing has.
    fn key(self) -> usize {
        (self.indent * (MAX_BLANKS + 1) + self.above) * (MAX_BLANKS + 1) + self.below
    }
}

/// How much of the page is spaced like each row.
pub(super) struct SpacingShares {
    /// The indent of each row less the one that most prose of the main segment has.
    pub(super) indent_to_segment: Vec<f32>,
    /// The share of the page's prose with the same indent, and with the same spacing.
    pub(super) indent_share: Vec<f32>,
    pub(super) spacing_share: Vec<f32>,
}

impl SpacingShares {
    pub(super) fn new(rows: &Rows<'_>, spacings: &[Spacing], context: &Context) -> SpacingShares {
        let Context { prose, segment, .. } = context;
        let words = rows.stats().zip(prose).map(|(stats, &prose)| if prose { stats.words as u32 } else { 0 });
        let (mut of_indents, mut of_segment) = (Words::new(SMALL_INDENTS), Words::new(SMALL_INDENTS));
        let mut of_spacings = Words::new(SMALL_INDENTS * SPACINGS);
        let mut all = 0_u32;
        for (row, (spacing, words)) in spacings.iter().zip(words).enumerate() {
            all += words;
            of_indents.add(spacing.indent, words);
            of_spacings.add(spacing.key(), words);
            if segment.contains(&row) {
                of_segment.add(spacing.indent, words);
            }
        }
        // Of indents with equally much prose, the smallest.
        let indents = spacings[segment.clone()].iter().map(|spacing| spacing.indent);
        let usual = indents.max_by_key(|&indent| (of_segment.of(indent), usize::MAX - indent)).unwrap_or(0);
        let prose_words = all.max(1) as f32;
        let share = |words: u32| words as f32 / prose_words;
        SpacingShares {
            indent_to_segment: spacings.iter().map(|spacing| spacing.indent as i64 as f32 - usual as f32).collect(),
            indent_share: spacings.iter().map(|spacing| share(of_indents.of(spacing.indent))).collect(),
            spacing_share: spacings.iter().map(|spacing| share(of_spacings.of(spacing.key()))).collect(),
        }
    }
}

/// Words by key. Nearly all keys are small.
struct Words {
    small: Vec<u32>,
    large: HashMap<usize, u32>,
}

impl Words {
    fn new(small_keys: usize) -> Words {
        Words { small: vec![0; small_keys], large: HashMap::new() }
    }

    #[inline]
    fn add(&mut self, key: usize, words: u32) {
        match self.small.get_mut(key) {
            Some(sum) => *sum += words,
            None => *self.large.entry(key).or_default() += words,
        }
    }

    #[inline]
    fn of(&self, key: usize) -> u32 {
        self.small.get(key).or_else(|| self.large.get(&key)).copied().unwrap_or(0)
    }
}
