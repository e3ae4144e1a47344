//! Puts back the standfirst: the summary directly below the headline, which scores like a teaser.

use super::headline::has_separator;
use super::thresholds::{
    DIGITS_OF_DATE, KICKER_MAX_WORDS, STANDFIRST_MAX_DIGITS, STANDFIRST_MAX_SHARED, STANDFIRST_MIN_SCORE,
    STANDFIRST_UNENDED_WORDS,
};
use super::{Classifier, Scored};
use crate::line_class::LineClass;
use crate::text::Row;

impl Classifier<'_> {
    /// Puts back the line directly below the headline if it went for its score alone and is a sentence, or as long and
    /// neither a date, a name or a path, nor the headline in other words. Below a kicker such a line is the headline.
    pub(super) fn restore_standfirst(&mut self, scored: &Scored<'_>) {
        let rows = self.page.rows();
        let is_headline = |row: &Row| self.verdicts[row.line].class == LineClass::Headline;
        let Some(headline) = rows.iter().rposition(is_headline) else { return };
        let below = |row: usize| (row < rows.len() && self.is_lost_standfirst(headline, row, scored)).then_some(row);
        let Some(mut standfirst) = below(headline + 1) else { return };
        let of_kicker = self.page.stats[rows[headline].line].words <= KICKER_MAX_WORDS;
        if of_kicker && !self.page.stats[rows[standfirst].line].is_prose() {
            let second = below(standfirst + 1);
            self.restore(rows[standfirst].line, LineClass::Headline);
            let Some(second) = second else { return };
            standfirst = second;
        }
        self.restore(rows[standfirst].line, LineClass::Standfirst);
    }

    fn is_lost_standfirst(&self, headline: usize, row: usize, scored: &Scored<'_>) -> bool {
        let Row { line, ref counts, .. } = self.page.rows()[row];
        let stats = &self.page.stats[line];
        self.went_for_its_score(line)
            && scored.score_of(line).is_some_and(|score| score >= STANDFIRST_MIN_SCORE)
            && !(counts.year && stats.digits >= DIGITS_OF_DATE)
            && (stats.is_prose() || self.is_unended_standfirst(headline, row))
    }

    fn is_unended_standfirst(&self, headline: usize, row: usize) -> bool {
        let (stats, text) = (&self.page.stats[self.page.rows()[row].line], self.page.row_text(&self.page.rows()[row]));
        let of_headline = self.page.tokens_of(headline);
        let (mut long, mut shared) = (0_usize, 0_usize);
        for token in self.page.tokens_of(row).iter().filter(|token| token.is_long()) {
            long += 1;
            shared += usize::from(of_headline.contains(token));
        }
        stats.words >= STANDFIRST_UNENDED_WORDS
            && !stats.bulleted
            && !stats.is_title_case()
            && stats.digits as f64 <= stats.chars as f64 * STANDFIRST_MAX_DIGITS
            && !text.ends_with(':')
            && !has_separator(text)
            && shared as f64 <= long as f64 * STANDFIRST_MAX_SHARED
    }
}
