//! Finds the headline: a line above the first kept paragraph that has the length of a title and does not end like a
//! sentence.

use super::thresholds::{
    CLEAN_PAGE, HEADLINE_LINES_BELOW, HEADLINE_MAX_ABOVE, HEADLINE_MAX_SCORE, HEADLINE_MAX_SCORE_CLEAN,
    HEADLINE_MAX_WORDS, HEADLINE_MIN_WORDS, HEADLINE_REACH,
};
use super::{Classifier, Scored};
use crate::line_class::LineClass;
use crate::verdict::{Heuristic, Reason};

impl Classifier<'_> {
    /// Marks the headline, and restores it if its score was low.
    pub(super) fn mark_headline(&mut self, scored: Option<&Scored<'_>>) {
        let first = (0..self.verdicts.len()).find(|&l| self.page.stats[l].is_prose() && self.verdicts[l].keep);
        let headline =
            first.and_then(|first| self.kept_headline(first, scored).or_else(|| self.low_scoring_headline(first)));
        if let Some(line) = headline {
            let verdict = &mut self.verdicts[line];
            verdict.class = LineClass::Headline;
            verdict.keep = self.keep.contains(&LineClass::Headline);
            verdict.reasons.push(Reason::Heuristic(Heuristic::Headline));
        }
    }

    /// The headline among the kept lines above the first paragraph. An article title is followed by paragraphs, not by
    /// another list.
    fn kept_headline(&self, first: usize, scored: Option<&Scored<'_>>) -> Option<usize> {
        let above: Vec<usize> = self.kept_lines(0..first).collect();
        let below: Vec<usize> = self.kept_lines(first..self.verdicts.len()).take(HEADLINE_LINES_BELOW).collect();
        let paragraphs = below.iter().filter(|&&line| self.page.stats[line].is_prose()).count();
        if above.len() > HEADLINE_MAX_ABOVE || paragraphs < 2 || paragraphs * 3 < below.len() * 2 {
            return None;
        }
        above.into_iter().find(|&line| self.reads_like_title(line) && !is_first_paragraph(line, scored))
    }

    /// The longest of the nearest lines with a low score: menus are above the headline, names and dates below it.
    fn low_scoring_headline(&self, first: usize) -> Option<usize> {
        let above = (0..first).rev().filter(|&line| !self.page.stats[line].blank).take(HEADLINE_REACH);
        let low = above.filter(|&l| *self.verdicts[l].reasons == [Reason::Heuristic(Heuristic::LowScore)]);
        low.filter(|&line| self.reads_like_title(line)).max_by_key(|&line| self.page.stats[line].words)
    }

    fn kept_lines(&self, lines: std::ops::Range<usize>) -> impl Iterator<Item = usize> {
        lines.filter(|&line| !self.page.stats[line].blank && self.verdicts[line].keep)
    }

    fn reads_like_title(&self, line: usize) -> bool {
        let stats = &self.page.stats[line];
        (!stats.ends_sentence || self.page.line(line).trim_end().ends_with(['?', '!', ':']))
            && !stats.bulleted
            && !self.pinned[line]
            && (HEADLINE_MIN_WORDS..=HEADLINE_MAX_WORDS).contains(&stats.words)
    }
}

/// Whether a short line scores high enough to be the first paragraph.
fn is_first_paragraph(line: usize, scored: Option<&Scored<'_>>) -> bool {
    let Some(Scored { features, scores, .. }) = scored else { return false };
    let clean = scores.boilerplate_ratio < CLEAN_PAGE;
    let max_score = if clean { HEADLINE_MAX_SCORE_CLEAN } else { HEADLINE_MAX_SCORE };
    let row = features.lines.binary_search(&line).ok();
    row.and_then(|row| scores.rows.get(row)).is_some_and(|score| *score > max_score)
}
