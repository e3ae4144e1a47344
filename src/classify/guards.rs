//! Guards against over-removal: restore lines that rules removed although the page suggests that they are content, and
//! the whole page if almost nothing would be left.

use std::cell::LazyCell;
use std::ops::Range;

use hashbrown::HashMap;

use super::thresholds::{
    ARTICLE_PARAGRAPHS, ARTICLE_WORDS, BARE_LISTING_ENTRIES, BODY_CLASSES, BODY_SCORE, CLASSES_OF_ANY_PAGE,
    CLASSES_OF_THREADS, CLEAN_PAGE, HEADING_WORDS, HEADINGS, HEADINGS_OF_CLEAN_PAGES, LISTING_CLASSES, LISTING_ENTRIES,
    MAX_LOST, MOSTLY_CLEAN_PAGE, PROSE_TO_GUARD, QUESTION_WORDS, SECTION_SCORE, SECTIONS, STATEMENT_SENTENCES,
    STATEMENT_SHARE, STATEMENT_WORDS, THREAD_PLACES, THREAD_SCORE, TOPIC_LINES, TOPIC_LONG, TOPIC_OF_BEST,
    TOPIC_PARAGRAPHS, TOPIC_SCORE, TOPIC_SCORE_LONG, TOPIC_SCORE_SHORT,
};
use super::{Classifier, Scored};
use crate::line_class::LineClass;
use crate::rules::Hit;
use crate::text::tokens::Token;
use crate::verdict::{Heuristic, Reason, Verdict};

impl Classifier<'_> {
    /// Restores headings that were mistaken for menu entries because they are next to boilerplate: a heading has its
    /// paragraph directly below it.
    pub(super) fn restore_headings(&mut self) {
        for hits in self.hits.chunk_by(|a, b| a.line == b.line) {
            let line = hits[0].line;
            let unsure = hits.iter().all(|hit| self.is_unsure(hit));
            if self.verdicts[line].keep || !unsure || self.page.stats[line].bulleted {
                continue;
            }
            if self.text_below(line).is_some_and(|below| self.is_kept_prose(below)) {
                self.restore_as_body(line);
            }
        }
    }

    fn is_unsure(&self, hit: &Hit) -> bool {
        let rule = &self.rules[hit.rule];
        rule.conditions.near.is_some() && rule.class == LineClass::Navigation
    }

    /// Restores lines of hard-wrapped paragraphs: a line is removed only if every line of its block is.
    pub(super) fn restore_wrapped_paragraphs(&mut self) {
        let mut start = 0;
        for block in self.page.stats.split(|stats| stats.blank) {
            let lines = start..start + block.len();
            if self.verdicts[lines.clone()].iter().any(|verdict| verdict.keep) {
                lines.for_each(|line| self.restore_as_body(line));
            }
            start += block.len() + 1;
        }
    }

    /// Restores what has the words of boilerplate because the article is about it: sentences and lines with its topic that
    /// rules removed inside it, sentences that score like body, and the headings of
    /// sections, which stand between two paragraphs of body on a page with little boilerplate.
    pub(super) fn restore_topics(&mut self, scored: &Scored<'_>) {
        self.restore_lines_of_topic(scored);
        self.restore_statement(scored);
        let rows = &scored.features.lines;
        let is_body = |row: usize| self.is_kept_prose(rows[row]) && scored.scores.rows[row] >= TOPIC_SCORE;
        // The rules that fired on the labels have lowered the scores of the paragraphs around them.
        let is_paragraph = |row: usize| self.is_kept_prose(rows[row]) && scored.scores.rows[row] >= SECTION_SCORE;
        // On most pages no line is between two paragraphs, so nobody asks how often a reason removed lines.
        let found = LazyCell::new(|| {
            let mut found: HashMap<Reason, usize> = HashMap::new();
            for verdict in self.verdicts.iter().filter(|verdict| !verdict.keep) {
                *found.entry(verdict.reasons[0]).or_default() += 1;
            }
            found
        });
        let is_label = |row: usize| {
            let (stats, verdict) = (&self.page.stats[rows[row]], &self.verdicts[rows[row]]);
            stats.words <= HEADING_WORDS
                && !stats.ends_sentence
                && !stats.bulleted
                && row > 0
                && row + 1 < rows.len()
                && is_paragraph(row - 1)
                && is_paragraph(row + 1)
                && found.get(&verdict.reasons[0]) == Some(&1)
        };
        let removed = || (0..rows.len()).filter(|&row| !self.verdicts[rows[row]].keep);
        // Different labels, each between two paragraphs, and nothing else: no page leaves its boilerplate so.
        let all_labels = LazyCell::new(|| removed().all(is_label) && removed().count() >= SECTIONS);
        let mut restored = Vec::new();
        // Below the last paragraph a sentence on which a rule fired is what pages say at their end.
        let last = (0..rows.len()).rev().find(|&row| is_body(row)).unwrap_or(0);
        for (row, (&line, &score)) in rows.iter().zip(&scored.scores.rows).enumerate() {
            let (stats, verdict) = (&self.page.stats[line], &self.verdicts[line]);
            if !self.is_removed_by_built_in_rules(line) {
                continue;
            }
            let asks = self.page.line(line).trim_end().ends_with('?') && stats.words >= QUESTION_WORDS;
            let is_topic = if stats.is_prose() || asks {
                let is_inside = row < last && verdict.class != LineClass::Advert;
                score
                    >= match stats.words {
                        _ if is_inside => TOPIC_SCORE,
                        TOPIC_LONG.. => TOPIC_SCORE_LONG,
                        _ => TOPIC_SCORE_SHORT,
                    }
            } else {
                let ratio = scored.scores.boilerplate_ratio;
                let is_heading = ratio < MOSTLY_CLEAN_PAGE && HEADINGS.contains(&verdict.class)
                    || ratio < CLEAN_PAGE && HEADINGS_OF_CLEAN_PAGES.contains(&verdict.class);
                is_label(row) && (is_heading || *all_labels)
            };
            restored.extend(is_topic.then_some((row, line)));
        }
        // A sentence below a label that the same rule removed is no sentence of the article.
        let is_labelled = |row: usize, line: usize| {
            row > 0 && !restored.contains(&(row - 1, rows[row - 1])) && self.is_label_of(rows[row - 1], line)
        };
        let labelled: Vec<usize> =
            restored.iter().filter(|&&(row, line)| is_labelled(row, line)).map(|&(_, line)| line).collect();
        for line in restored.into_iter().map(|(_, line)| line).filter(|line| !labelled.contains(line)) {
            self.restore_as_body(line);
            self.pinned[line] = true;
        }
    }

    /// Restores the sentences that rules removed inside an article whose lead and paragraphs have words of boilerplate, and
    /// the lines with these words.
    fn restore_lines_of_topic(&mut self, scored: &Scored<'_>) {
        let rows = &scored.features.lines;
        // Where rules fired on most of an article, nothing of it scores like body: the best paragraph is the measure.
        let paragraphs = || (0..rows.len()).filter(|&row| self.is_kept_prose(rows[row]));
        let best = paragraphs().map(|row| scored.scores.rows[row]).fold(0.0, f32::max);
        let least = BODY_SCORE.min(best * TOPIC_OF_BEST);
        let mut body: Vec<usize> = paragraphs().filter(|&row| scored.scores.rows[row] >= least).collect();
        let (Some(&first), Some(&last)) = (body.first(), body.last()) else { return };
        let removed: Vec<usize> = (first..last).filter(|&row| self.is_removed_by_built_in_rules(rows[row])).collect();
        if removed.len() < TOPIC_LINES {
            return;
        }
        // The line above the first paragraph may be the headline.
        let lead = first.saturating_sub(1)..=first;
        if first > 0 {
            body.push(first - 1);
        }
        let has = |row: usize, word: &Token| self.page.tokens_of(row).contains(word);
        let count = |rows: &[usize], word: &Token| rows.iter().filter(|&&row| has(row, word)).count();
        let mut words: Vec<&Token> = lead.flat_map(|row| self.page.tokens_of(row)).collect();
        words.retain(|word| {
            word.is_long()
                && self.boilerplate_words.contains(word.hash)
                && count(&body, word) >= TOPIC_PARAGRAPHS
                && count(&removed, word) >= TOPIC_LINES
        });
        let is_of_topic = |row: usize| words.iter().any(|word| has(row, word));
        if !removed.iter().any(|&row| is_of_topic(row)) {
            return;
        }
        // Sentences between them are about it too; buttons and labels without its words are not.
        let belongs = |row: usize| self.page.stats[rows[row]].is_prose() || is_of_topic(row);
        let restored: Vec<usize> = removed.iter().filter(|&&row| belongs(row)).map(|&row| rows[row]).collect();
        for line in restored {
            self.restore_as_body(line);
            self.pinned[line] = true;
        }
    }

    /// Whether a short line was removed by the rule that removed the line below it.
    fn is_label_of(&self, label: usize, line: usize) -> bool {
        let (above, verdict) = (&self.verdicts[label], &self.verdicts[line]);
        !above.keep && !self.page.stats[label].is_prose() && above.reasons.iter().any(|r| verdict.reasons.contains(r))
    }

    /// Restores what rules removed of a page that is a notice itself, such as a privacy statement: its headline has a word
    /// of boilerplate, and much of it are sentences of one class. With them the labels above paragraphs stay.
    fn restore_statement(&mut self, scored: &Scored<'_>) {
        let rows = &scored.features.lines;
        let Some(first) = (0..rows.len()).find(|&row| self.is_kept_prose(rows[row])) else { return };
        let Some(headline) = (0..first).rev().find(|&row| self.verdicts[rows[row]].keep) else { return };
        let is_named =
            self.page.tokens_of(headline).iter().any(|w| w.is_long() && self.boilerplate_words.contains(w.hash));
        if !is_named || self.page.stats[rows[headline]].words > STATEMENT_WORDS {
            return;
        }
        let below = first..rows.len();
        let sentences = below.clone().filter(|&row| self.page.stats[rows[row]].is_prose()).count();
        let removed: Vec<usize> = below.filter(|&row| self.is_removed_by_built_in_rules(rows[row])).collect();
        let of_class = |class: LineClass| {
            let of_class = removed.iter().filter(|&&row| self.verdicts[rows[row]].class == class);
            of_class.filter(|&&row| self.page.stats[rows[row]].is_prose()).count()
        };
        let enough = STATEMENT_SENTENCES.max((sentences as f64 * STATEMENT_SHARE).ceil() as usize);
        let Some(class) = [LineClass::Consent, LineClass::Legal].into_iter().find(|&class| of_class(class) >= enough)
        else {
            return;
        };
        for row in removed.into_iter().rev() {
            let (line, stats) = (rows[row], &self.page.stats[rows[row]]);
            let heads = !stats.is_prose() && rows.get(row + 1).is_some_and(|&below| self.is_kept_prose(below));
            if self.verdicts[line].class == class && (stats.is_prose() || stats.ends_sentence) || heads {
                self.restore_as_body(line);
                self.pinned[line] = true;
            }
        }
    }

    fn is_removed_by_built_in_rules(&self, line: usize) -> bool {
        let verdict = &self.verdicts[line];
        !verdict.keep
            && !verdict.reasons.is_empty()
            && verdict.reasons.iter().all(|reason| matches!(reason, Reason::Rule(_)))
            && !self.by_own_rule(line)
            && !BODY_CLASSES.contains(&verdict.class)
            && verdict.class != LineClass::Technical
    }

    /// The lines that are kept so far, without blank ones.
    pub(super) fn kept_lines(&self, lines: Range<usize>) -> impl Iterator<Item = usize> + Clone {
        lines.filter(|&line| !self.page.stats[line].blank && self.verdicts[line].keep)
    }

    /// The last line before that is not blank.
    pub(super) fn text_above(&self, line: usize) -> Option<usize> {
        (0..line).rev().find(|&above| !self.page.stats[above].blank)
    }

    /// The next line that is not blank.
    pub(super) fn text_below(&self, line: usize) -> Option<usize> {
        (line + 1..self.verdicts.len()).find(|&below| !self.page.stats[below].blank)
    }

    pub(super) fn is_kept_prose(&self, line: usize) -> bool {
        self.verdicts[line].keep && self.page.stats[line].is_prose()
    }

    /// Whether only its score removed a line.
    pub(super) fn went_for_its_score(&self, line: usize) -> bool {
        self.verdicts[line].reasons.iter().eq(&[Reason::Heuristic(Heuristic::LowScore)])
    }

    /// Whether a rule that is not built in fired on a line: whoever wrote it knows the page.
    pub(super) fn by_own_rule(&self, line: usize) -> bool {
        let own = |reason: &Reason| matches!(reason, Reason::Rule(rule) if self.rules[*rule].built_in.is_none());
        self.verdicts[line].reasons.iter().any(own)
    }

    pub(super) fn restore_as_body(&mut self, line: usize) {
        let verdict = &mut self.verdicts[line];
        if !verdict.keep {
            (verdict.keep, verdict.class) = (true, LineClass::Body);
        }
    }

    /// Whether the kept lines read like an article: enough prose in enough paragraphs to tell short content lines from
    /// boilerplate.
    pub(super) fn is_article(&self) -> bool {
        let lines = self.page.stats.iter().zip(&self.verdicts);
        let (mut paragraphs, mut words) = (0, 0);
        for (stats, _) in lines.filter(|(stats, verdict)| verdict.keep && stats.is_prose()) {
            (paragraphs, words) = (paragraphs + 1, words + stats.words);
        }
        paragraphs >= ARTICLE_PARAGRAPHS && words >= ARTICLE_WORDS
    }

    /// Restores the lines that make up a listing: boilerplate of an article is content there. On a page without article
    /// boilerplate it also restores buttons that one rule matches repeatedly.
    pub(super) fn restore_listings(&mut self) {
        let removed: Vec<LineClass> = self.removed_classes().collect();
        let bare = removed.iter().all(|class| LISTING_CLASSES.contains(class) || CLASSES_OF_ANY_PAGE.contains(class));
        let entries = if bare { BARE_LISTING_ENTRIES } else { LISTING_ENTRIES };
        for class in LISTING_CLASSES {
            if removed.iter().filter(|&&removed| removed == class).count() >= entries {
                self.verdicts.iter_mut().filter(|v| v.class == class).for_each(|verdict| verdict.keep = true);
            }
        }
        if bare {
            self.restore_buttons();
        }
    }

    /// Restores authors, dates, topics and counts of a page of which rules removed nothing else, if they stand in several
    /// places with paragraphs between them, as in a thread or a diary. Above and below an article they are boilerplate.
    /// There they score low too.
    pub(super) fn restore_thread(&mut self, scored: &Scored<'_>) {
        if !self.removed_classes().all(|class| CLASSES_OF_THREADS.contains(&class)) {
            return;
        }
        for class in CLASSES_OF_THREADS {
            let (mut places, mut elsewhere) = (0, true);
            for (verdict, stats) in self.verdicts.iter().zip(&self.page.stats) {
                if !verdict.keep && verdict.class == class {
                    places += usize::from(elsewhere);
                    elsewhere = false;
                }
                elsewhere |= verdict.keep && stats.is_prose();
            }
            if places < THREAD_PLACES {
                continue;
            }
            let of_class = |line: &usize| {
                let verdict = &self.verdicts[*line];
                !verdict.keep && verdict.class == class && !self.by_own_rule(*line)
            };
            let found: Vec<usize> = (0..self.verdicts.len()).filter(of_class).collect();
            let score: f32 = found.iter().filter_map(|&line| scored.score_of(line)).sum();
            if score >= THREAD_SCORE * found.len() as f32 {
                found.into_iter().for_each(|line| self.verdicts[line].keep = true);
            }
        }
    }

    fn restore_buttons(&mut self) {
        let mut found: HashMap<Reason, usize> = HashMap::new();
        for verdict in self.verdicts.iter().filter(|verdict| is_button(verdict)) {
            *found.entry(verdict.reasons[0]).or_default() += 1;
        }
        for verdict in self.verdicts.iter_mut().filter(|verdict| is_button(verdict)) {
            verdict.keep = found[&verdict.reasons[0]] >= LISTING_ENTRIES;
        }
    }

    /// Whether so little prose would be left that a rule must have misread the page. Scripts and data identified by a
    /// rule do not count as lost, however large their share of the page.
    pub(super) fn loses_nearly_everything(&self) -> bool {
        let after = self.prose_kept(0..self.verdicts.len());
        let lines = self.verdicts.iter().zip(&self.page.stats);
        let lost: usize = lines
            .filter(|(verdict, stats)| !verdict.keep && stats.is_prose() && !is_named_data(verdict))
            .map(|(_, stats)| stats.words)
            .sum();
        let before = after + lost;
        before >= PROSE_TO_GUARD && (after as f64) < before as f64 * (1.0 - MAX_LOST)
    }
}

/// Whether a single rule removed the line, as a menu entry or a link.
fn is_button(verdict: &Verdict) -> bool {
    let class_of_buttons = matches!(verdict.class, LineClass::Navigation | LineClass::Related);
    !verdict.keep && verdict.reasons.len() == 1 && class_of_buttons
}

fn is_named_data(verdict: &Verdict) -> bool {
    verdict.class == LineClass::Technical && verdict.reasons.iter().any(|reason| matches!(reason, Reason::Rule(_)))
}
