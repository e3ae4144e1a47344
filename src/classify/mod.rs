//! Turns hits and stats into one verdict a line: the only place where numbers become a model.
//! It matches no rules and writes no text.
//! Sixth stage of the line.
//!
//! Its numbers were chosen on labelled pages (news in English, news of 26 countries, guides and blogs, pages of other
//! kinds), four fifths of them; what each gives up is said beside it. The measure was shingle F1 of every kind of input,
//! under the condition that clean bodies keep 0.99 of their words, pages of other kinds included.

use std::collections::HashMap;

use crate::line_class::{ClassSet, LineClass};
use crate::rules::Hit;
use crate::rules::{Action, Rule};
use crate::scoring::segments::max_sum_segment;
use crate::scoring::{FeatureMatrix, Scores, Threshold};
use crate::text::Page;
use crate::text::fold::is_space;
use crate::text::lines::Layout;
use crate::verdict::{Reason, Verdict};

/// Hints drop a line when their weights add up to this. The unit of weights is this threshold's third: three weak
/// hints, or one that is nearly sure.
const HINTS_DROP: f64 = 3.0;
/// Words of prose that must stay, where an `end` or `start` rule does not say; and where scores would leave less, they
/// remove nothing.
const MIN_BODY: usize = 40;
/// A document of at least this many words of prose that would lose more than [`LOST_TOO_MUCH`] of them is returned
/// whole: a rule must have misread it.
const PROSE_TO_GUARD: usize = 50;
/// See [`PROSE_TO_GUARD`].
const LOST_TOO_MUCH: f64 = 0.95;

/// What the weights say of a document.
#[derive(Debug, Clone, Copy)]
pub struct Weighed<'w> {
    /// What was weighed.
    pub features: &'w FeatureMatrix,
    /// The score of each of its rows.
    pub scores: &'w Scores,
    /// What they must reach.
    pub threshold: &'w Threshold,
}

impl Weighed<'_> {
    /// The score of a line that is not blank.
    fn score_of(&self, line: usize) -> Option<f32> {
        self.features.lines.binary_search(&line).ok().and_then(|row| self.scores.rows.get(row)).copied()
    }
}

/// The verdicts of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Classified {
    /// One for each line.
    pub verdicts: Vec<Verdict>,
    /// Whether the model was taken back because nearly nothing would have been left.
    pub rolled_back: bool,
}

/// Decides each line. Lines of the classes in `keep` stay whatever fired on them.
pub fn classify(
    document: &Page<'_>,
    layout: Layout,
    hits: &[Hit],
    rules: &[Rule],
    keep: ClassSet,
    weighed: Option<&Weighed<'_>>,
) -> Classified {
    let (mut verdicts, pinned) = decide_lines(document, hits, rules, keep);
    restore_headings(document, hits, rules, &mut verdicts);
    if layout == Layout::HardWrapped {
        restore_wrapped_paragraphs(document, &mut verdicts);
    }
    cut_ends(document, hits, rules, keep, &pinned, &mut verdicts);
    let article = is_article(document, &verdicts);
    if !article {
        restore_listings(document, &mut verdicts);
    }
    if layout == Layout::Blocks {
        if let Some(weighed) = weighed {
            let factor = boilerplate(document, &verdicts) * if article { 1.0 } else { NO_ARTICLE };
            drop_low_scores(document, weighed, factor, &pinned, keep, &mut verdicts);
        }
        mark_headline(document, keep, &pinned, weighed, &mut verdicts);
    }
    let prose = |kept: &dyn Fn(usize) -> bool| -> usize {
        document.stats.iter().enumerate().filter(|(i, f)| f.is_prose() && kept(*i)).map(|(_, f)| f.words).sum()
    };
    // Scripts and data that a rule has named are no loss, however much of the page they are; what only stands below is.
    let named = |v: &Verdict| v.class == LineClass::Technical && v.reasons.iter().any(|r| matches!(r, Reason::Rule(_)));
    let before = prose(&|i| verdicts[i].keep || !named(&verdicts[i]));
    let after = prose(&|i| verdicts[i].keep);
    if before >= PROSE_TO_GUARD && (after as f64) < before as f64 * (1.0 - LOST_TOO_MUCH) {
        return Classified { verdicts: vec![Verdict::KEEP; document.lines.len()], rolled_back: true };
    }
    Classified { verdicts, rolled_back: false }
}

/// Decides each line by the rules that fired on it and nothing else, as presets do: neither the shape of the page nor
/// how much would be left counts.
pub fn classify_by_rules(document: &Page<'_>, hits: &[Hit], rules: &[Rule], keep: ClassSet) -> Classified {
    let (mut verdicts, pinned) = decide_lines(document, hits, rules, keep);
    cut_ends(document, hits, rules, keep, &pinned, &mut verdicts);
    Classified { verdicts, rolled_back: false }
}

/// The verdict on each line from its own rules, and whether that protects it from all that follows.
fn decide_lines(document: &Page<'_>, hits: &[Hit], rules: &[Rule], keep: ClassSet) -> (Vec<Verdict>, Vec<bool>) {
    let mut verdicts = vec![Verdict::KEEP; document.lines.len()];
    let mut pinned = vec![false; document.lines.len()];
    for of_line in hits.chunk_by(|a, b| a.line == b.line) {
        let line = of_line[0].line;
        verdicts[line] = decide(of_line, rules, keep);
        cut_spans(document, line, of_line, rules, &mut verdicts[line]);
        let spared = |rule: &Rule| rule.class != LineClass::Body && rule.action.removes() && keep.contains(rule.class);
        pinned[line] = verdicts[line].keep
            && of_line.iter().any(|s| rules[s.rule].action == Action::Keep || spared(&rules[s.rule]));
    }
    (verdicts, pinned)
}

/// The verdict on one line from the rules that fired on it.
fn decide(hits: &[Hit], rules: &[Rule], keep: ClassSet) -> Verdict {
    let mut verdict = Verdict::KEEP;
    let mut score = 0.0;
    let mut hinted = None;
    for hit in hits {
        let rule = &rules[hit.rule];
        if verdict.reasons.last() != Some(&Reason::Rule(hit.rule)) {
            verdict.reasons.push(Reason::Rule(hit.rule));
        }
        match rule.action {
            Action::Hint { weight } => {
                score += weight;
                hinted.get_or_insert(rule.class);
            }
            Action::Span if !keep.contains(rule.class) => verdict.cuts.push(hit.span.clone()),
            Action::Span | Action::Keep => {}
            Action::Line | Action::Run { .. } | Action::CutAfter { .. } | Action::CutBefore { .. } => {
                if verdict.keep && verdict.class == LineClass::Body {
                    verdict.class = rule.class;
                }
                if !keep.contains(rule.class) {
                    verdict.keep = false;
                    verdict.class = rule.class;
                }
            }
        }
    }
    if let Some(class) = hinted
        && score >= HINTS_DROP
        && verdict.keep
    {
        verdict.class = class;
        verdict.keep = keep.contains(class);
    }
    if hits.iter().any(|s| rules[s.rule].action == Action::Keep) {
        verdict.keep = true;
        verdict.class = LineClass::Body;
        verdict.cuts.clear();
    }
    verdict
}

/// Puts the cuts of a line that stays in order: without overlap, each with the space it leaves behind. A line of which
/// no letter and no digit stays goes as a whole. Where raw rules alone cut, exactly that is cut, and a line goes when
/// nothing but whitespace stays.
fn cut_spans(document: &Page<'_>, line: usize, hits: &[Hit], rules: &[Rule], verdict: &mut Verdict) {
    if verdict.cuts.is_empty() {
        return;
    }
    if !verdict.keep {
        verdict.cuts.clear();
        return;
    }
    let span = document.lines[line].span();
    verdict.cuts.sort_by_key(|c| (c.start, c.end));
    let mut cuts: Vec<std::ops::Range<usize>> = Vec::with_capacity(verdict.cuts.len());
    for cut in verdict.cuts.drain(..) {
        match cuts.last_mut() {
            Some(last) if cut.start <= last.end => last.end = last.end.max(cut.end),
            _ => cuts.push(cut),
        }
    }
    let exact = hits.iter().map(|s| &rules[s.rule]).all(|r| r.pattern.raw || r.action != Action::Span);
    for cut in cuts.iter_mut().filter(|_| !exact) {
        let before = &document.text[span.start..cut.start];
        let after = &document.text[cut.end..span.end];
        if after.is_empty() || after.starts_with(|c: char| c.is_whitespace() || ",.;:!?)".contains(c)) {
            cut.start = span.start + before.trim_end().len();
        }
        if document.text[span.start..cut.start].trim().is_empty() {
            cut.end = span.end - after.trim_start().len();
        }
    }
    let mut at = span.start;
    let mut stays = false;
    let counts = |c: char| if exact { !is_space(c) } else { c.is_alphanumeric() };
    for cut in &cuts {
        stays |= document.text[at..cut.start.max(at)].contains(counts);
        at = cut.end;
    }
    if stays || document.text[at..span.end].contains(counts) {
        verdict.cuts = cuts;
    } else {
        verdict.keep = false;
        verdict.class =
            hits.iter().map(|s| &rules[s.rule]).find(|r| r.action == Action::Span).map_or(LineClass::Body, |r| r.class);
    }
}

/// Lets everything after an `end` hit go, and everything before a `start` hit, where enough prose stays.
fn cut_ends(
    document: &Page<'_>,
    hits: &[Hit],
    rules: &[Rule],
    keep: ClassSet,
    pinned: &[bool],
    verdicts: &mut [Verdict],
) {
    let prose = |verdicts: &[Verdict], range: std::ops::Range<usize>| -> usize {
        range.filter(|&i| verdicts[i].keep && document.stats[i].is_prose()).map(|i| document.stats[i].words).sum()
    };
    let all = document.lines.len();
    // Rules that fire often are no ends, see below; so few hits come as far as the sums over all lines.
    let mut hit_counts: HashMap<usize, usize> = HashMap::new();
    for hit in
        hits.iter().filter(|s| matches!(rules[s.rule].action, Action::CutAfter { .. } | Action::CutBefore { .. }))
    {
        *hit_counts.entry(hit.rule).or_default() += 1;
    }
    for hit in hits {
        let rule = &rules[hit.rule];
        let (goes, stays, min_body, max_lost) = match rule.action {
            Action::CutAfter { min_body, max_lost } => (hit.line + 1..all, 0..hit.line, min_body, max_lost),
            Action::CutBefore { min_body, max_lost } => (0..hit.line, hit.line + 1..all, min_body, max_lost),
            _ => continue,
        };
        if pinned[hit.line] || keep.contains(rule.class) {
            continue;
        }
        if hit_counts[&hit.rule] >= LISTING_ENTRIES {
            continue;
        }
        let (lost, left) = (prose(verdicts, goes.clone()), prose(verdicts, stays));
        let others = |v: &Verdict| v.reasons.iter().any(|r| *r != Reason::Rule(hit.rule));
        let lonely = || verdicts.iter().filter(|v| !v.keep && others(v)).count() < BOILERPLATE_LINES;
        let is_end = matches!(rule.action, Action::CutAfter { .. });
        if left < min_body.unwrap_or(MIN_BODY)
            || lost > 0 && lonely()
            || max_lost.is_some_and(|most| lost as f64 > left as f64 * most)
        {
            continue;
        }
        let reason = Reason::Heuristic(if is_end { "after-end" } else { "before-start" });
        for line in goes.filter(|&l| !pinned[l] && !document.stats[l].blank) {
            let verdict = &mut verdicts[line];
            if verdict.keep {
                verdict.keep = false;
                verdict.class = rule.class;
                verdict.cuts.clear();
            }
            verdict.reasons.push(Reason::Rule(hit.rule));
            verdict.reasons.push(reason);
        }
        if is_end {
            break;
        }
    }
}

/// So many lines must have fallen to other rules before prose goes after an end.
const BOILERPLATE_LINES: usize = 3;

/// Classes that products, manuals and landing pages show too: they do not tell a whole page with an article.
const CLASSES_OF_ANY_PAGE: [LineClass; 5] =
    [LineClass::Headline, LineClass::Navigation, LineClass::Related, LineClass::Advert, LineClass::Technical];

/// Without so much prose short lines may be the content. A page whose paragraphs hold fewer words is a list, a table, a product, a thread of one-liners ...
const ARTICLE_WORDS: usize = 150;
/// ... and so is one with fewer paragraphs: there short lines are the content, and only rules remove them.
const ARTICLE_PARAGRAPHS: usize = 3;

/// Whether what stays reads like an article: enough prose in enough paragraphs, so that short lines at its edges and
/// among boilerplate can be told from it.
fn is_article(document: &Page<'_>, verdicts: &[Verdict]) -> bool {
    let prose = || document.stats.iter().zip(verdicts).filter(|(f, v)| f.is_prose() && v.keep).map(|(f, _)| f.words);
    prose().count() >= ARTICLE_PARAGRAPHS && prose().sum::<usize>() >= ARTICLE_WORDS
}

/// So many names of writers, dates, topics or sources on a page without an article are the entries of a listing or a
/// thread, and so many ends are no end.
const LISTING_ENTRIES: usize = 4;
/// So many are where the page has no other boilerplate.
const BARE_LISTING_ENTRIES: usize = 2;

/// Gives back the lines by which a listing tells its entries: what is boilerplate of one article is content there. So are
/// buttons that one rule finds again and again, where nothing else tells of an article.
fn restore_listings(document: &Page<'_>, verdicts: &mut [Verdict]) {
    let fell: Vec<LineClass> =
        verdicts.iter().zip(document.stats).filter(|(v, f)| !v.keep && !f.blank).map(|(v, _)| v.class).collect();
    let bare = !fell.iter().any(|c| !LISTING_CLASSES.contains(c) && !CLASSES_OF_ANY_PAGE.contains(c));
    let enough = if bare { BARE_LISTING_ENTRIES } else { LISTING_ENTRIES };
    for class in LISTING_CLASSES {
        if fell.iter().filter(|&&c| c == class).count() >= enough {
            for verdict in verdicts.iter_mut().filter(|v| !v.keep && v.class == class) {
                verdict.keep = true;
            }
        }
    }
    if !bare {
        return;
    }
    let button =
        |v: &Verdict| !v.keep && v.reasons.len() == 1 && matches!(v.class, LineClass::Navigation | LineClass::Related);
    let mut found: HashMap<Reason, usize> = HashMap::new();
    for verdict in verdicts.iter().filter(|v| button(v)) {
        *found.entry(verdict.reasons[0]).or_default() += 1;
    }
    for verdict in verdicts.iter_mut().filter(|v| button(v)) {
        if found[&verdict.reasons[0]] >= LISTING_ENTRIES {
            verdict.keep = true;
        }
    }
}

/// What entries of listings are told by.
const LISTING_CLASSES: [LineClass; 4] = [LineClass::Byline, LineClass::Dateline, LineClass::Tags, LineClass::Credit];

/// Gives back what only looked like the entry of a menu, because boilerplate stands near: a heading has its paragraph
/// right below it.
fn restore_headings(document: &Page<'_>, hits: &[Hit], rules: &[Rule], verdicts: &mut [Verdict]) {
    for of_line in hits.chunk_by(|a, b| a.line == b.line) {
        let line = of_line[0].line;
        let unsure = |s: &Hit| rules[s.rule].conditions.near.is_some() && rules[s.rule].class == LineClass::Navigation;
        if verdicts[line].keep || !of_line.iter().all(unsure) || document.stats[line].bulleted {
            continue;
        }
        let below = (line + 1..verdicts.len()).find(|&i| !document.stats[i].blank);
        if below.is_some_and(|i| verdicts[i].keep && document.stats[i].is_prose()) {
            verdicts[line].keep = true;
            verdicts[line].class = LineClass::Body;
        }
    }
}

/// In hard-wrapped text a line is a piece of a paragraph: it goes only where every line of its block goes.
fn restore_wrapped_paragraphs(document: &Page<'_>, verdicts: &mut [Verdict]) {
    let mut start = 0;
    while start < verdicts.len() {
        let end = (start..verdicts.len()).find(|&i| document.stats[i].blank).unwrap_or(verdicts.len());
        if verdicts[start..end].iter().any(|v| v.keep) {
            for verdict in verdicts[start..end].iter_mut().filter(|v| !v.keep) {
                verdict.keep = true;
                verdict.class = LineClass::Body;
            }
        }
        start = end + 1;
    }
}

/// Lets the lines go that score too low, see [`model`](crate::scoring). Above the max_sum_segment segment of what scores high they are
/// navigation, elsewhere they are related.
fn drop_low_scores(
    document: &Page<'_>,
    weighed: &Weighed<'_>,
    factor: f32,
    pinned: &[bool],
    keep: ClassSet,
    verdicts: &mut [Verdict],
) {
    let (lines, scores) = (&weighed.features.lines, &weighed.scores);
    let words = |row: usize| document.stats[lines[row]].words as i64;
    let weights: Vec<i64> =
        (0..lines.len()).map(|row| ((scores.rows[row] - 0.5) * 1000.0) as i64 * words(row)).collect();
    let body = max_sum_segment(&weights, 0..weights.len()).0;
    let is_prose = |line: usize| document.stats[line].is_prose();
    let is_low =
        |row: usize| scores.rows[row] < weighed.threshold.at(scores.boilerplate_ratio, is_prose(lines[row])) * factor;
    let stays = |row: &usize| verdicts[lines[*row]].keep && is_prose(lines[*row]) && !is_low(*row);
    let prose_left: usize = (0..lines.len()).filter(stays).map(|row| document.stats[lines[row]].words).sum();
    if prose_left < MIN_BODY {
        return;
    }
    for (row, &line) in lines.iter().enumerate() {
        let verdict = &mut verdicts[line];
        if !verdict.keep || pinned[line] || !is_low(row) {
            continue;
        }
        let class = if row < body.start { LineClass::Navigation } else { LineClass::Related };
        if !keep.contains(class) {
            verdict.keep = false;
            verdict.class = class;
            verdict.cuts.clear();
            verdict.reasons.push(LOW_SCORE);
        }
    }
}

/// On pages that are no articles the threshold is this part of what it is elsewhere: their short lines are their content.
/// With 0.6, forums, products and listings lose 0.015 more of their words as whole pages, and articles gain nothing.
const NO_ARTICLE: f32 = 0.3;
/// Where no rule has fired, the threshold is this part of what it is elsewhere ...
const NO_BOILERPLATE: f32 = 0.1;
/// ... and it is whole where about so many lines fell. Without the two, careful extraction of pages that are no articles
/// falls below the F1 it came with, and clean news bodies lose 0.0025 more of their words; F1 of news as carefully
/// extracted would be up to 0.004 higher.
const BOILERPLATE_TO_BELIEVE: f32 = 5.0;

/// How far scores are believed on a document: where rules found no boilerplate there is likely none, whatever its lines
/// ensemble like.
fn boilerplate(document: &Page<'_>, verdicts: &[Verdict]) -> f32 {
    let fell = verdicts.iter().zip(document.stats).filter(|(v, f)| !v.keep && !f.blank).count();
    (NO_BOILERPLATE + fell as f32 / BOILERPLATE_TO_BELIEVE).min(1.0)
}

/// The reason of lines that score too low.
pub const LOW_SCORE: Reason = Reason::Heuristic("low-score");

/// A headline has at least so many words ...
const HEADLINE_MIN_WORDS: usize = 3;
/// ... and at most so many.
const HEADLINE_MAX_WORDS: usize = 30;

/// At least two thirds of so many lines after it are paragraphs, and at least two. With half of them, F1 on news rises
/// by 0.0003, and clean bodies of pages of other kinds lose 0.0016 more of their words.
const HEADLINE_LOOKS_AT: usize = 6;
/// A line that scores more is a first paragraph, however short.
const HEADLINE_SCORE: f32 = 0.85;
/// The same on a page with less [boilerplate_ratio](Scores::boilerplate_ratio) than this. There such lines are summaries under headlines as often
/// as headlines: with 0.85 clean bodies of news lose 0.0011 to 0.0016 more of their words, and with 0.5 careful
/// extraction comes out word for word in 0.6 % fewer cases.
const HEADLINE_SCORE_CLEAN: f32 = 0.6;
const CLEAN_PAGE: f32 = 0.05;
/// So many lines above the first paragraph may be a headline that scored low.
const HEADLINE_NEAR: usize = 8;

/// Finds the headline: before the first paragraph that stays, a line of the length of titles that does not end as
/// sentences do.
fn mark_headline(
    document: &Page<'_>,
    keep: ClassSet,
    pinned: &[bool],
    weighed: Option<&Weighed<'_>>,
    verdicts: &mut [Verdict],
) {
    let stats = document.stats;
    let Some(first) = (0..verdicts.len()).find(|&i| stats[i].is_prose() && verdicts[i].keep) else { return };
    let before: Vec<usize> = (0..first).filter(|&i| !stats[i].blank && verdicts[i].keep).collect();
    let fits = |&i: &usize| {
        let f = &stats[i];
        let asks = document.line(i).trim_end().ends_with(['?', '!', ':']);
        (!f.ends_sentence || asks)
            && !f.bulleted
            && !pinned[i]
            && (HEADLINE_MIN_WORDS..=HEADLINE_MAX_WORDS).contains(&f.words)
    };
    // More than a few lines above the first paragraph are a list or a table, not a title; and below the title of an
    // article stand paragraphs, not another list.
    let next = || (first..verdicts.len()).filter(|&i| !stats[i].blank && verdicts[i].keep).take(HEADLINE_LOOKS_AT);
    let paragraphs = next().filter(|&i| stats[i].is_prose()).count();
    let above_paragraphs = before.len() <= 3 && paragraphs >= 2 && paragraphs * 3 >= next().count() * 2;
    // Of lines that score low, the headline is the longest of the nearest: above it stand menus, below it names and dates.
    let low = (0..first).rev().filter(|&i| !stats[i].blank).take(HEADLINE_NEAR);
    let low = low.filter(|&i| verdicts[i].reasons == [LOW_SCORE]).filter(fits).max_by_key(|&i| stats[i].words);
    let body_from = if weighed.is_some_and(|w| w.scores.boilerplate_ratio < CLEAN_PAGE) {
        HEADLINE_SCORE_CLEAN
    } else {
        HEADLINE_SCORE
    };
    let surely_body = |&i: &usize| weighed.and_then(|w| w.score_of(i)).is_some_and(|score| score > body_from);
    let kept = before.into_iter().filter(|_| above_paragraphs).find(|i| fits(i) && !surely_body(i));
    if let Some(i) = kept.or(low) {
        verdicts[i].class = LineClass::Headline;
        verdicts[i].keep = keep.contains(LineClass::Headline);
        verdicts[i].reasons.push(Reason::Heuristic("headline"));
    }
}
