//! Decides the verdict of each line from the rules that fired, the layout of the page and the scores of the model.

mod among_kept;
mod contents;
mod frame;
mod guards;
mod headline;
mod marks;
mod standfirst;
mod thresholds;
mod title;

use std::ops::Range;

use hashbrown::HashMap;

use crate::blocks::{Block, BlockKind, is_item};
use crate::line_class::LineClass;
use crate::rules::{Action, Hit, Rule, RuleSet};
use crate::scoring::segments::max_sum_segment;
use crate::scoring::{FeatureMatrix, Scores, Threshold};
use crate::text::Page;
use crate::text::fold::is_space;
use crate::text::lexicon::Lexicon;
use crate::text::lines::Layout;
use crate::verdict::{Heuristic, Reason, Verdict};
pub(crate) use marks::decide_marks;
use thresholds::{
    BLOCK_BETWEEN_SCORE, BODY_SCORE, BOILERPLATE_LINES, BOILERPLATE_TO_BELIEVE, HINTS_REMOVE, LISTING_ENTRIES,
    MIN_BODY, NO_ARTICLE, NO_BOILERPLATE, SENTENCE_WORDS, TOPIC_SCORE,
};

pub(crate) struct Classifier<'c> {
    page: &'c Page<'c>,
    hits: &'c [Hit],
    rules: &'c [Rule],
    boilerplate_words: &'c Lexicon,
    /// Classes whose lines are kept whatever rules fire on them.
    keep: &'c [LineClass],
    verdicts: Vec<Verdict>,
    /// Lines that a rule protects; no later step removes them.
    pinned: Vec<bool>,
    /// Whether a frame was removed: then the headline is in it.
    framed: bool,
    /// The title of the page, if it is known.
    title: Option<&'c str>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Scored<'s> {
    /// Whether it is a web page: then the scores know the headings.
    pub(crate) of_page: bool,
    pub(crate) features: &'s FeatureMatrix,
    /// The scores of the rows of `features`.
    pub(crate) scores: &'s Scores,
    pub(crate) threshold: &'s Threshold,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Classified {
    pub(crate) verdicts: Vec<Verdict>,
    /// Whether all removals were rolled back because nearly nothing would have been left.
    pub(crate) rolled_back: bool,
}

impl<'c> Classifier<'c> {
    pub(crate) fn new(
        page: &'c Page<'c>,
        hits: &'c [Hit],
        rules: &'c RuleSet,
        keep: &'c [LineClass],
    ) -> Classifier<'c> {
        let verdicts = Verdict::keep_all(page.lines.len());
        let pinned = vec![false; page.lines.len()];
        let boilerplate_words = rules.boilerplate_words();
        let rules = rules.rules();
        let mut classifier =
            Classifier { page, hits, rules, boilerplate_words, keep, verdicts, pinned, framed: false, title: None };
        for hits in hits.chunk_by(|a, b| a.line == b.line) {
            let line = hits[0].line;
            let verdict = classifier.decide(line, hits);
            classifier.pinned[line] = verdict.keep && hits.iter().any(|hit| classifier.pins(&rules[hit.rule]));
            classifier.verdicts[line] = verdict;
        }
        classifier
    }

    /// The title of the page, as evidence for the headline.
    pub(crate) fn with_title(self, title: Option<&'c str>) -> Classifier<'c> {
        Classifier { title, ..self }
    }

    /// Classifies by rules alone, as the projects that presets imitate do: neither the layout of the page nor the
    /// amount of text that would be left counts.
    pub(crate) fn by_rules_alone(mut self) -> Classified {
        self.cut_before_and_after(None);
        Classified { verdicts: self.verdicts, rolled_back: false }
    }

    /// Classifies by rules, page layout and line scores.
    pub(crate) fn by_rules_and_page(mut self, scored: Option<&Scored<'_>>, blocks: &[Block]) -> Classified {
        self.pin_code(blocks);
        self.remove_contents();
        self.restore_headings();
        if self.page.layout == Layout::HardWrapped {
            self.restore_wrapped_paragraphs();
        }
        self.cut_before_and_after(scored);
        let article = self.is_article();
        if !article {
            self.restore_listings();
        }
        if self.page.layout == Layout::Blocks {
            if let Some(scored) = scored {
                self.restore_thread(scored);
                self.restore_topics(scored);
                if self.belief_in_scores() < 1.0 {
                    self.remove_frame();
                }
                let factor = self.belief_in_scores() * if article { 1.0 } else { NO_ARTICLE };
                self.remove_low_scores(scored, factor, blocks);
            }
            self.mark_headline(scored);
            if let Some(scored) = scored {
                self.restore_standfirst(scored);
            }
        }
        if self.loses_nearly_everything() {
            return Classified { verdicts: Verdict::keep_all(self.verdicts.len()), rolled_back: true };
        }
        Classified { verdicts: self.verdicts, rolled_back: false }
    }

    /// Whether a rule protects its line from later steps: a `keep` rule, or a rule of a class that is kept.
    fn pins(&self, rule: &Rule) -> bool {
        rule.action == Action::Keep
            || rule.class != LineClass::Body && rule.action.removes() && self.keep.contains(&rule.class)
    }

    fn decide(&self, line: usize, hits: &[Hit]) -> Verdict {
        let mut verdict = Verdict::KEEP;
        let (mut weight, mut hinted) = (0.0, None);
        for hit in hits {
            let rule = &self.rules[hit.rule];
            if verdict.reasons.last() != Some(&Reason::Rule(hit.rule)) {
                verdict.reasons.push(Reason::Rule(hit.rule));
            }
            match rule.action {
                Action::Hint { weight: more } => {
                    weight += more;
                    hinted.get_or_insert(rule.class);
                }
                Action::Span if !self.keep.contains(&rule.class) => verdict.cuts.push(hit.span.clone()),
                Action::Span | Action::Keep => {}
                Action::Line | Action::Run { .. } | Action::CutAfter { .. } | Action::CutBefore { .. } => {
                    if verdict.keep && verdict.class == LineClass::Body {
                        verdict.class = rule.class;
                    }
                    if !self.keep.contains(&rule.class) {
                        verdict.keep = false;
                        verdict.class = rule.class;
                    }
                }
            }
        }
        if let Some(class) = hinted
            && weight >= HINTS_REMOVE
            && verdict.keep
        {
            verdict.class = class;
            verdict.keep = self.keep.contains(&class);
        }
        if hits.iter().any(|hit| self.rules[hit.rule].action == Action::Keep) {
            (verdict.keep, verdict.class) = (true, LineClass::Body);
            verdict.cuts.clear();
        }
        let cuts = std::mem::take(&mut verdict.cuts);
        if !verdict.keep && !cuts.is_empty() && self.leaves_a_sentence(line, verdict.class, hits, &cuts) {
            (verdict.keep, verdict.class) = (true, LineClass::Body);
        }
        if verdict.keep && !cuts.is_empty() {
            self.cut_spans(line, hits, cuts, &mut verdict);
        }
        verdict
    }

    /// Whether boilerplate is glued to a sentence: spans of the class that would remove the line leave enough of it. Rules
    /// of one's own, and those of presets, do as they say.
    fn leaves_a_sentence(&self, line: usize, class: LineClass, hits: &[Hit], cuts: &[Range<usize>]) -> bool {
        let mut rules = hits.iter().map(|hit| &self.rules[hit.rule]);
        let of_class = rules.all(|rule| rule.class == class && rule.built_in.is_some() && !rule.pattern.raw);
        let cut = merged(cuts.to_vec()).iter().map(|cut| self.page.text[cut.clone()].split_whitespace().count()).sum();
        of_class && self.page.line(line).split_whitespace().count().saturating_sub(cut) >= SENTENCE_WORDS
    }

    /// Cuts spans from a kept line, each with the space it would leave. A line left without letters and digits is
    /// removed. If only raw rules cut, exactly their spans are cut, and the line is removed if only whitespace is left.
    fn cut_spans(&self, line: usize, hits: &[Hit], cuts: Vec<Range<usize>>, verdict: &mut Verdict) {
        let (text, span) = (self.page.text, self.page.lines[line].span());
        let mut cuts = merged(cuts);
        let exact =
            hits.iter().map(|hit| &self.rules[hit.rule]).all(|rule| rule.pattern.raw || rule.action != Action::Span);
        if !exact {
            cuts.iter_mut().for_each(|cut| take_space_along(text, &span, cut));
        }
        let mut left = String::with_capacity(span.len());
        let mut at = span.start;
        for cut in &cuts {
            left.push_str(&text[at..cut.start.max(at)]);
            at = cut.end;
        }
        left.push_str(&text[at..span.end]);
        if left.contains(|c: char| if exact { !is_space(c) } else { c.is_alphanumeric() }) {
            verdict.cuts = cuts;
            return;
        }
        let cutter = hits.iter().map(|hit| &self.rules[hit.rule]).find(|rule| rule.action == Action::Span);
        verdict.keep = false;
        verdict.class = cutter.map_or(LineClass::Body, |rule| rule.class);
    }

    /// Removes the lines after a `cut-after` hit and before a `cut-before` hit, if enough prose is left. A line directly
    /// above a paragraph of the body is the heading of a section, not the end.
    fn cut_before_and_after(&mut self, scored: Option<&Scored<'_>>) {
        let (hits, rules, all) = (self.hits, self.rules, self.verdicts.len());
        let mut hit_counts: HashMap<usize, usize> = HashMap::new();
        for hit in hits
            .iter()
            .filter(|hit| matches!(rules[hit.rule].action, Action::CutAfter { .. } | Action::CutBefore { .. }))
        {
            *hit_counts.entry(hit.rule).or_default() += 1;
        }
        for hit in hits {
            let rule = &rules[hit.rule];
            let (cut, rest, heuristic) = match rule.action {
                Action::CutAfter { .. } => (hit.line + 1..all, 0..hit.line, Heuristic::AfterEnd),
                Action::CutBefore { .. } => (0..hit.line, hit.line + 1..all, Heuristic::BeforeStart),
                _ => continue,
            };
            // Check the number of hits first: it spares most hits the sums over all lines.
            let applies = !self.pinned[hit.line] && !self.keep.contains(&rule.class);
            if !applies || hit_counts[&hit.rule] >= LISTING_ENTRIES || !self.may_cut(hit.rule, cut.clone(), rest) {
                continue;
            }
            if heuristic == Heuristic::AfterEnd && !self.by_own_rule(hit.line) && self.heads_body(hit.line, scored) {
                self.restore_as_body(hit.line);
                self.pinned[hit.line] = true;
                continue;
            }
            for line in cut.filter(|&line| !self.pinned[line] && !self.page.stats[line].blank) {
                let verdict = &mut self.verdicts[line];
                if verdict.keep {
                    verdict.remove(rule.class);
                }
                verdict.reasons.push(Reason::Rule(hit.rule));
                verdict.reasons.push(Reason::Heuristic(heuristic));
            }
            if heuristic == Heuristic::AfterEnd {
                break;
            }
        }
    }

    /// Whether the next line is prose that scores like body.
    fn heads_body(&self, line: usize, scored: Option<&Scored<'_>>) -> bool {
        let paragraph = self.text_below(line).filter(|&below| self.is_kept_prose(below));
        let score = paragraph.zip(scored).and_then(|(below, scored)| scored.score_of(below));
        score.is_some_and(|score| score >= TOPIC_SCORE)
    }

    /// Whether a `cut-after` or `cut-before` rule may remove the lines of `cut` and leave those of `rest`.
    fn may_cut(&self, rule: usize, cut: Range<usize>, rest: Range<usize>) -> bool {
        let (Action::CutAfter { min_body, max_lost } | Action::CutBefore { min_body, max_lost }) =
            self.rules[rule].action
        else {
            return false;
        };
        let (lost, left) = (self.prose_kept(cut), self.prose_kept(rest));
        left >= min_body.unwrap_or(MIN_BODY)
            && (lost == 0 || self.removed_by_others(rule) >= BOILERPLATE_LINES)
            && max_lost.is_none_or(|share| lost as f64 <= left as f64 * share)
    }

    /// The words of prose in the kept lines of a range.
    fn prose_kept(&self, lines: Range<usize>) -> usize {
        let kept = lines.filter(|&line| self.verdicts[line].keep);
        kept.map(|line| &self.page.stats[line]).filter(|stats| stats.is_prose()).map(|stats| stats.words).sum()
    }

    /// How many lines are removed for a reason other than this rule.
    fn removed_by_others(&self, rule: usize) -> usize {
        let removed = self.verdicts.iter().filter(|verdict| !verdict.keep);
        removed.filter(|verdict| verdict.reasons.iter().any(|reason| *reason != Reason::Rule(rule))).count()
    }

    /// The fraction of the score threshold to apply on this page: if rules found no boilerplate, there is probably
    /// none, whatever the lines look like.
    fn belief_in_scores(&self) -> f32 {
        (NO_BOILERPLATE + self.removed_classes().count() as f32 / BOILERPLATE_TO_BELIEVE).min(1.0)
    }

    /// The classes of the removed lines, without blank lines.
    fn removed_classes(&self) -> impl Iterator<Item = LineClass> {
        let lines = self.verdicts.iter().zip(&self.page.stats);
        lines.filter(|(verdict, stats)| !verdict.keep && !stats.blank).map(|(verdict, _)| verdict.class)
    }

    /// Removes lines that score below `factor` times the threshold. A score does not say what a line is, so where it is
    /// says its class: above the high-scoring segment navigation, below it related, inside it boilerplate.
    fn remove_low_scores(&mut self, scored: &Scored<'_>, factor: f32, blocks: &[Block]) {
        let stats = &self.page.stats;
        let body = scored.body();
        let line_of = |row: usize| scored.features.lines.get(row).copied();
        let (body_start, body_end) = (line_of(body.start).unwrap_or(0), line_of(body.end).unwrap_or(stats.len()));
        let [threshold, of_prose] = [false, true].map(|prose| scored.threshold(prose) * factor);
        let (mut low, mut lost) = (vec![false; stats.len()], 0);
        for (line, score) in scored.lines().filter(|(line, _)| self.verdicts[*line].keep) {
            let prose = stats[line].is_prose();
            if score < if prose { of_prose } else { threshold } {
                low[line] = true;
                lost += if prose { stats[line].words } else { 0 };
            }
        }
        if self.prose_kept(0..stats.len()) - lost < MIN_BODY {
            return;
        }
        let lines: Vec<(usize, f32)> = scored.lines().collect();
        if !scored.of_page {
            self.keep_headings(&lines, &mut low);
        }
        self.judge_as_one(scored, blocks, &mut low);
        if !scored.of_page {
            self.keep_among_kept(&lines, blocks, &mut low);
            self.remove_alone(&lines, threshold, &mut low);
        }
        let removed: Vec<usize> = (0..stats.len()).filter(|&line| low[line] && !stats[line].blank).collect();
        for line in removed {
            let class = match line {
                _ if line < body_start => LineClass::Navigation,
                _ if line < body_end => LineClass::Boilerplate,
                _ => LineClass::Related,
            };
            self.remove(line, class, Heuristic::LowScore);
        }
    }

    /// Removes a kept line, unless it or its class is protected.
    fn remove(&mut self, line: usize, class: LineClass, heuristic: Heuristic) {
        let verdict = &mut self.verdicts[line];
        if verdict.keep && !self.pinned[line] && !self.keep.contains(&class) {
            verdict.remove(class);
            verdict.reasons.push(Reason::Heuristic(heuristic));
        }
    }
}

/// Blocks.
impl Classifier<'_> {
    /// Protects the lines of code, unless a rule says that some are the page's own scripts.
    fn pin_code(&mut self, blocks: &[Block]) {
        for Block { lines, .. } in blocks.iter().filter(|block| block.kind == BlockKind::Code) {
            let stays = |line: usize| {
                let verdict = &self.verdicts[line];
                verdict.keep || verdict.class != LineClass::Technical && !self.by_own_rule(line)
            };
            if lines.clone().all(stays) {
                self.pinned[lines.clone()].fill(true);
                lines.clone().for_each(|line| self.restore_as_body(line));
            }
        }
    }

    /// Decides about all lines of a table or list at once: where most words score low, all go but paragraphs of the body
    /// below the last item, otherwise all stay. Between two paragraphs of the body, or with sentences about the items, less
    /// is enough. Lines that a rule removed count for nothing.
    fn judge_as_one(&self, scored: &Scored<'_>, blocks: &[Block], low: &mut [bool]) {
        let low_before = low.to_vec();
        let is_body = |line: usize| {
            self.is_kept_prose(line)
                && !low_before[line]
                && scored.score_of(line).is_some_and(|score| score > BODY_SCORE)
        };
        for Block { kind, lines } in blocks.iter().filter(|block| block.kind != BlockKind::Code) {
            let words = |line: usize| self.page.stats[line].words.max(1);
            let kept = self.kept_lines(lines.clone());
            let all: usize = kept.clone().map(words).sum();
            let of_low: usize = kept.clone().filter(|&line| low[line]).map(words).sum();
            let above = self.text_above(lines.start);
            let between = above.is_some_and(is_body) && self.text_below(lines.end - 1).is_some_and(is_body);
            let score: f32 = kept.filter_map(|line| Some(scored.score_of(line)? * words(line) as f32)).sum();
            let less_is_enough = || between || *kind == BlockKind::List && self.tells_of_items(lines);
            let goes = of_low * 2 > all && !(score >= BLOCK_BETWEEN_SCORE * all as f32 && less_is_enough());
            self.judge_block(lines, goes, low);
            let below_last_item =
                lines.clone().rev().take_while(|&line| *kind == BlockKind::List && !self.is_item(line));
            below_last_item.filter(|&line| is_body(line)).for_each(|line| low[line] = false);
        }
    }

    /// Removes all lines of a table or list, or keeps them and the line above that announces them. What a line that stays
    /// announces stays.
    pub(super) fn judge_block(&self, lines: &Range<usize>, goes: bool, low: &mut [bool]) {
        let announces =
            |above: &usize| self.verdicts[*above].keep && self.page.line(*above).trim_end().ends_with([':', '：']);
        let announced_by = self.text_above(lines.start).filter(announces);
        let goes = goes && announced_by.is_none_or(|above| low[above]);
        low[lines.clone()].fill(goes);
        if let Some(above) = announced_by.filter(|_| !goes && self.kept_lines(lines.clone()).next().is_some()) {
            low[above] = false;
        }
    }

    /// Whether at least every second line of a list is a sentence below an item. Menus have names alone.
    fn tells_of_items(&self, lines: &Range<usize>) -> bool {
        let kept = self.kept_lines(lines.clone());
        let sentences = kept.clone().filter(|&line| self.page.stats[line].is_prose() && !self.is_item(line)).count();
        sentences > 0 && sentences * 2 >= kept.count()
    }

    fn is_item(&self, line: usize) -> bool {
        is_item(&self.page.stats[line], self.page.line(line).trim_start())
    }
}

impl Scored<'_> {
    fn lines(&self) -> impl Iterator<Item = (usize, f32)> {
        self.features.lines.iter().copied().zip(self.scores.rows.iter().copied())
    }

    /// The rows of the high-scoring segment.
    fn body(&self) -> Range<usize> {
        let rows = self.scores.rows.iter().zip(&self.features.words);
        max_sum_segment(rows.map(|(score, &words)| ((score - 0.5) * 1000.0) as i64 * words as i64))
    }

    fn score_of(&self, line: usize) -> Option<f32> {
        let row = self.features.lines.binary_search(&line).ok()?;
        self.scores.rows.get(row).copied()
    }

    fn threshold(&self, prose: bool) -> f32 {
        self.threshold.at(self.scores.boilerplate_ratio, prose)
    }
}

/// Sorts the ranges and merges those that overlap.
fn merged(mut cuts: Vec<Range<usize>>) -> Vec<Range<usize>> {
    cuts.sort_by_key(|cut| (cut.start, cut.end));
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(cuts.len());
    for cut in cuts {
        match merged.last_mut() {
            Some(last) if cut.start <= last.end => last.end = last.end.max(cut.end),
            _ => merged.push(cut),
        }
    }
    merged
}

/// Widens a cut by the space before it if a space, a closing mark or the end of the line follows; at the start of the
/// line, by the space after it.
fn take_space_along(text: &str, line: &Range<usize>, cut: &mut Range<usize>) {
    let before = &text[line.start..cut.start];
    let after = &text[cut.end..line.end];
    if after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || ",.;:!?)".contains(c)) {
        cut.start = line.start + before.trim_end().len();
    }
    if text[line.start..cut.start].trim().is_empty() {
        cut.end = line.end - after.trim_start().len();
    }
}
