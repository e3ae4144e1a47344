//! Turns signals and features into one verdict a line: the only place where numbers become a decision.
//! It matches no rules and writes no text.
//! Sixth stage of the line.
//!
//! Its numbers were chosen on labelled pages (news in English, news of 26 countries, guides and blogs, pages of other
//! kinds), four fifths of them; what each gives up is said beside it. The measure was shingle F1 of every kind of input,
//! under the condition that clean bodies keep 0.99 of their words, pages of other kinds included.

use std::collections::HashMap;

use crate::fold::is_space;
use crate::model::{Class, ClassSet, Document, Layout, Reason, Signal, Verdict};
use crate::rules::{Kind, Rule};

/// Hints drop a line when their weights add up to this. The unit of weights is this threshold's third: three weak
/// hints, or one that is nearly sure.
const HINTS_DROP: f64 = 3.0;
/// Words of prose that must stay, where an `end` or `start` rule does not say.
const MIN_BODY: usize = 40;
/// A document of at least this many words of prose that would lose more than [`LOST_TOO_MUCH`] of them is returned
/// whole: a rule must have misread it.
const PROSE_TO_GUARD: usize = 50;
/// See [`PROSE_TO_GUARD`].
const LOST_TOO_MUCH: f64 = 0.95;

/// The verdicts of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Classified {
    /// One for each line.
    pub verdicts: Vec<Verdict>,
    /// Whether the decision was taken back because nearly nothing would have been left.
    pub taken_back: bool,
}

/// Decides each line. Lines of the classes in `keep` stay whatever fired on them.
pub fn classify(
    document: &Document<'_>,
    layout: Layout,
    signals: &[Signal],
    rules: &[Rule],
    keep: ClassSet,
) -> Classified {
    let (mut verdicts, protected) = decide_lines(document, signals, rules, keep);
    spare_headings(document, signals, rules, &mut verdicts);
    if layout == Layout::HardWrapped {
        spare_wrapped_paragraphs(document, &mut verdicts);
    }
    cut_ends(document, signals, rules, keep, &protected, &mut verdicts);
    if !is_article(document, &verdicts) {
        spare_listings(document, &mut verdicts);
    } else if layout == Layout::Blocks {
        if is_page_dump(document, &verdicts) && !keep.contains(Class::Navigation) {
            drop_outside_body(document, &protected, keep, &mut verdicts);
        }
        drop_furniture_runs(document, &protected, keep, &mut verdicts);
    }
    if layout == Layout::Blocks {
        mark_headline(document, keep, &protected, &mut verdicts);
    }
    let prose = |kept: &dyn Fn(usize) -> bool| -> usize {
        document.features.iter().enumerate().filter(|(i, f)| f.is_prose() && kept(*i)).map(|(_, f)| f.words).sum()
    };
    let before = prose(&|_| true);
    let after = prose(&|i| verdicts[i].keep);
    if before >= PROSE_TO_GUARD && (after as f64) < before as f64 * (1.0 - LOST_TOO_MUCH) {
        return Classified { verdicts: vec![Verdict::KEEP; document.lines.len()], taken_back: true };
    }
    Classified { verdicts, taken_back: false }
}

/// Decides each line by the rules that fired on it and nothing else, as presets do: neither the shape of the page nor
/// how much would be left counts.
pub fn classify_by_rules(document: &Document<'_>, signals: &[Signal], rules: &[Rule], keep: ClassSet) -> Classified {
    let (mut verdicts, protected) = decide_lines(document, signals, rules, keep);
    cut_ends(document, signals, rules, keep, &protected, &mut verdicts);
    Classified { verdicts, taken_back: false }
}

/// The verdict on each line from its own rules, and whether that protects it from all that follows.
fn decide_lines(
    document: &Document<'_>,
    signals: &[Signal],
    rules: &[Rule],
    keep: ClassSet,
) -> (Vec<Verdict>, Vec<bool>) {
    let mut verdicts = vec![Verdict::KEEP; document.lines.len()];
    let mut protected = vec![false; document.lines.len()];
    for of_line in signals.chunk_by(|a, b| a.line == b.line) {
        let line = of_line[0].line;
        verdicts[line] = decide(of_line, rules, keep);
        cut_spans(document, line, of_line, rules, &mut verdicts[line]);
        let spared = |rule: &Rule| rule.class != Class::Body && rule.kind.removes() && keep.contains(rule.class);
        protected[line] =
            verdicts[line].keep && of_line.iter().any(|s| rules[s.rule].kind == Kind::Keep || spared(&rules[s.rule]));
    }
    (verdicts, protected)
}

/// The verdict on one line from the rules that fired on it.
fn decide(signals: &[Signal], rules: &[Rule], keep: ClassSet) -> Verdict {
    let mut verdict = Verdict::KEEP;
    let mut score = 0.0;
    let mut hinted = None;
    for signal in signals {
        let rule = &rules[signal.rule];
        if verdict.reasons.last() != Some(&Reason::Rule(signal.rule)) {
            verdict.reasons.push(Reason::Rule(signal.rule));
        }
        match rule.kind {
            Kind::Hint => {
                score += rule.weight;
                hinted.get_or_insert(rule.class);
            }
            Kind::Span if !keep.contains(rule.class) => verdict.cuts.push(signal.span.clone()),
            Kind::Span | Kind::Keep => {}
            Kind::Line | Kind::Run | Kind::End | Kind::Start => {
                if verdict.keep && verdict.class == Class::Body {
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
    if signals.iter().any(|s| rules[s.rule].kind == Kind::Keep) {
        verdict.keep = true;
        verdict.class = Class::Body;
        verdict.cuts.clear();
    }
    verdict
}

/// Puts the cuts of a line that stays in order: without overlap, each with the space it leaves behind. A line of which
/// no letter and no digit stays goes as a whole. Where raw rules alone cut, exactly that is cut, and a line goes when
/// nothing but white space stays.
fn cut_spans(document: &Document<'_>, line: usize, signals: &[Signal], rules: &[Rule], verdict: &mut Verdict) {
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
    let exact = signals.iter().map(|s| &rules[s.rule]).all(|r| r.raw || r.kind != Kind::Span);
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
            signals.iter().map(|s| &rules[s.rule]).find(|r| r.kind == Kind::Span).map_or(Class::Body, |r| r.class);
    }
}

/// Lets everything after an `end` hit go, and everything before a `start` hit, where enough prose stays.
fn cut_ends(
    document: &Document<'_>,
    signals: &[Signal],
    rules: &[Rule],
    keep: ClassSet,
    protected: &[bool],
    verdicts: &mut [Verdict],
) {
    let prose = |verdicts: &[Verdict], range: std::ops::Range<usize>| -> usize {
        range.filter(|&i| verdicts[i].keep && document.features[i].is_prose()).map(|i| document.features[i].words).sum()
    };
    let all = document.lines.len();
    // Rules that fire often are no ends, see below; so few signals come as far as the sums over all lines.
    let mut hits: HashMap<usize, usize> = HashMap::new();
    for signal in signals.iter().filter(|s| matches!(rules[s.rule].kind, Kind::End | Kind::Start)) {
        *hits.entry(signal.rule).or_default() += 1;
    }
    for signal in signals {
        let rule = &rules[signal.rule];
        let (goes, stays) = match rule.kind {
            Kind::End => (signal.line + 1..all, 0..signal.line),
            Kind::Start => (0..signal.line, signal.line + 1..all),
            _ => continue,
        };
        if protected[signal.line] || keep.contains(rule.class) {
            continue;
        }
        let (lost, left) = (prose(verdicts, goes.clone()), prose(verdicts, stays));
        if hits[&signal.rule] >= LISTING_ENTRIES {
            continue;
        }
        let others = |v: &Verdict| v.reasons.iter().any(|r| *r != Reason::Rule(signal.rule));
        let lonely = || verdicts.iter().filter(|v| !v.keep && others(v)).count() < FURNITURE_LINES;
        if left < rule.min_body.unwrap_or(MIN_BODY)
            || lost > 0 && lonely()
            || rule.max_lost.is_some_and(|most| lost as f64 > left as f64 * most)
        {
            continue;
        }
        let reason = Reason::Heuristic(if rule.kind == Kind::End { "after-end" } else { "before-start" });
        for line in goes.filter(|&l| !protected[l] && !document.features[l].blank) {
            let verdict = &mut verdicts[line];
            if verdict.keep {
                verdict.keep = false;
                verdict.class = rule.class;
                verdict.cuts.clear();
            }
            verdict.reasons.push(Reason::Rule(signal.rule));
            verdict.reasons.push(reason);
        }
        if rule.kind == Kind::End {
            break;
        }
    }
}

/// Without so much prose short lines may be the content. A page whose paragraphs hold fewer words is a list, a table, a product, a thread of one-liners ...
const ARTICLE_WORDS: usize = 150;
/// ... and so is one with fewer paragraphs: there short lines are the content, and only rules remove them.
const ARTICLE_PARAGRAPHS: usize = 3;

/// Whether what stays reads like an article: enough prose in enough paragraphs, so that short lines at its edges and
/// among furniture can be told from it.
fn is_article(document: &Document<'_>, verdicts: &[Verdict]) -> bool {
    let prose = || document.features.iter().zip(verdicts).filter(|(f, v)| f.is_prose() && v.keep).map(|(f, _)| f.words);
    prose().count() >= ARTICLE_PARAGRAPHS && prose().sum::<usize>() >= ARTICLE_WORDS
}

/// So many names of writers, dates, topics or sources on a page without an article are the entries of a listing or a
/// thread, and so many ends are no end.
const LISTING_ENTRIES: usize = 4;
/// So many are where the page has no other furniture.
const BARE_LISTING_ENTRIES: usize = 2;

/// Gives back the lines by which a listing tells its entries: what is furniture of one article is content there. So are
/// buttons that one rule finds again and again, where nothing else tells of an article.
fn spare_listings(document: &Document<'_>, verdicts: &mut [Verdict]) {
    let fell: Vec<Class> =
        verdicts.iter().zip(document.features).filter(|(v, f)| !v.keep && !f.blank).map(|(v, _)| v.class).collect();
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
    let button = |v: &Verdict| !v.keep && v.reasons.len() == 1 && matches!(v.class, Class::Navigation | Class::Related);
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
const LISTING_CLASSES: [Class; 4] = [Class::Byline, Class::Dateline, Class::Tags, Class::Credit];

/// Gives back what only looked like the entry of a menu, because furniture stands near: a heading has its paragraph
/// right below it.
fn spare_headings(document: &Document<'_>, signals: &[Signal], rules: &[Rule], verdicts: &mut [Verdict]) {
    for of_line in signals.chunk_by(|a, b| a.line == b.line) {
        let line = of_line[0].line;
        let unsure = |s: &Signal| rules[s.rule].near.is_some() && rules[s.rule].class == Class::Navigation;
        if verdicts[line].keep || !of_line.iter().all(unsure) || document.features[line].bulleted {
            continue;
        }
        let below = (line + 1..verdicts.len()).find(|&i| !document.features[i].blank);
        if below.is_some_and(|i| verdicts[i].keep && document.features[i].is_prose()) {
            verdicts[line].keep = true;
            verdicts[line].class = Class::Body;
        }
    }
}

/// In hard-wrapped text a line is a piece of a paragraph: it goes only where every line of its block goes.
fn spare_wrapped_paragraphs(document: &Document<'_>, verdicts: &mut [Verdict]) {
    let mut start = 0;
    while start < verdicts.len() {
        let end = (start..verdicts.len()).find(|&i| document.features[i].blank).unwrap_or(verdicts.len());
        if verdicts[start..end].iter().any(|v| v.keep) {
            for verdict in verdicts[start..end].iter_mut().filter(|v| !v.keep) {
                verdict.keep = true;
                verdict.class = Class::Body;
            }
        }
        start = end + 1;
    }
}

/// A whole page as text has furniture of at least so many classes (with two, F1 on whole pages is 0.01 to 0.02 higher,
/// and clean bodies of pages of other kinds lose 0.0024 more of their words) ...
const DUMP_CLASSES: usize = 3;
/// ... on at least so many lines, ...
const DUMP_FELL: usize = 4;
/// ... and so many lines that are no paragraphs ...
const DUMP_LINES: usize = 20;
/// ... which are this share of all. Products and manuals, whose short lines are content, show fewer classes.
const DUMP_SHARE: f64 = 0.5;

/// Classes that products, manuals and landing pages show too: they do not tell a whole page with an article.
const CLASSES_OF_ANY_PAGE: [Class; 5] =
    [Class::Headline, Class::Navigation, Class::Related, Class::Advert, Class::Technical];

/// Whether the document is a whole page: its menus, teasers and footer around the article.
fn is_page_dump(document: &Document<'_>, verdicts: &[Verdict]) -> bool {
    let solid = document.features.iter().filter(|f| !f.blank).count();
    let short = document.features.iter().filter(|f| !f.blank && !f.is_prose()).count();
    let fell = || verdicts.iter().zip(document.features).filter(|(v, f)| !v.keep && !f.blank).map(|(v, _)| v.class);
    let telling = Class::ALL.into_iter().filter(|class| !CLASSES_OF_ANY_PAGE.contains(class));
    let classes = telling.filter(|&class| fell().any(|c| c == class)).count();
    classes >= DUMP_CLASSES
        && fell().count() >= DUMP_FELL
        && short >= DUMP_LINES
        && short as f64 >= solid as f64 * DUMP_SHARE
}

/// What a paragraph adds to the weight of a stretch of lines: its words, up to so many.
const PARAGRAPH_WORDS: usize = 50;
/// What a short line takes from it (12 cuts articles apart at their lists, 4 and 6 do the same as 5). An article with headings and lists comes out far above zero, a stack of teasers
/// (title, sentence, date, label) little above it or below.
const SHORT_LINE_COST: i64 = 5;
/// What a line takes from it that fell to a rule.
const FURNITURE_COST: i64 = 20;
/// Other stretches belong to the article too when they weigh this share of the heaviest: articles go on below a block of
/// teasers, and the next article on the page, if whole, stays.
const STRETCH_SHARE: f64 = 0.5;
/// A stretch of fewer paragraphs is not believed to be the article.
const STRETCH_PARAGRAPHS: usize = 5;

/// Finds the article on a whole page, the heaviest stretch of lines, and lets go what lies outside of it.
fn drop_outside_body(document: &Document<'_>, protected: &[bool], keep: ClassSet, verdicts: &mut [Verdict]) {
    let features = document.features;
    let solid: Vec<usize> = (0..verdicts.len()).filter(|&i| !features[i].blank).collect();
    let weights: Vec<i64> = solid
        .iter()
        .map(|&i| match (&features[i], verdicts[i].keep) {
            (_, false) => -FURNITURE_COST,
            (f, true) if f.is_prose() => f.words.min(PARAGRAPH_WORDS) as i64,
            _ => -SHORT_LINE_COST,
        })
        .collect();
    let (body, weight) = heaviest(&weights, 0..weights.len());
    let mut stretches = vec![body.clone()];
    for side in [0..body.start, body.end..weights.len()] {
        let (other, other_weight) = heaviest(&weights, side);
        if other_weight as f64 >= weight as f64 * STRETCH_SHARE {
            stretches.push(other);
        }
    }
    let first = stretches.iter().map(|s| s.start).min().unwrap_or(0);
    let inside = |n: usize| stretches.iter().any(|s| s.contains(&n));
    let prose = |of_body: bool| -> usize {
        let lines = (0..solid.len()).filter(|&n| weights[n] > 0 && inside(n) == of_body);
        lines.map(|n| features[solid[n]].words).sum()
    };
    let paragraphs = (0..solid.len()).filter(|&n| weights[n] > 0 && inside(n)).count();
    // Where more prose lies outside than inside, the page is a thread or a listing.
    if paragraphs < STRETCH_PARAGRAPHS || prose(false) > prose(true) {
        return;
    }
    let headline = headline_of(document, &solid[..first], verdicts);
    for (n, &i) in solid.iter().enumerate() {
        if inside(n) || protected[i] || Some(i) == headline || !verdicts[i].keep {
            continue;
        }
        let class = if n < first { Class::Navigation } else { Class::Related };
        if keep.contains(class) {
            continue;
        }
        verdicts[i].keep = false;
        verdicts[i].class = class;
        verdicts[i].cuts.clear();
        verdicts[i].reasons.push(Reason::Heuristic("outside-body"));
    }
}

/// The stretch of `range` with the largest sum of weights, and that sum; empty where no weight is positive.
fn heaviest(weights: &[i64], range: std::ops::Range<usize>) -> (std::ops::Range<usize>, i64) {
    let (mut best, mut best_sum) = (range.start..range.start, 0);
    let (mut start, mut sum) = (range.start, 0);
    for i in range {
        if sum <= 0 {
            (start, sum) = (i, 0);
        }
        sum += weights[i];
        if sum > best_sum {
            (best, best_sum) = (start..i + 1, sum);
        }
    }
    (best, best_sum)
}

/// A run of short lines between paragraphs of which this share fell to rules is a menu, a footer, a row of teasers:
/// all of it goes. In clean bodies rules fire on less than one line in two hundred.
const FURNITURE_SHARE: f64 = 0.2;
/// The share is believed only where so many lines fell.
const FURNITURE_LINES: usize = 3;

/// Lets the short lines go that stand among furniture, see [`FURNITURE_SHARE`].
fn drop_furniture_runs(document: &Document<'_>, protected: &[bool], keep: ClassSet, verdicts: &mut [Verdict]) {
    let features = document.features;
    if keep.contains(Class::Navigation) {
        return;
    }
    let solid: Vec<usize> = (0..verdicts.len()).filter(|&i| !features[i].blank).collect();
    let is_prose = |verdicts: &[Verdict], i: usize| features[i].is_prose() && verdicts[i].keep;
    let mut start = 0;
    while start < solid.len() {
        if is_prose(verdicts, solid[start]) {
            start += 1;
            continue;
        }
        let end = (start..solid.len()).find(|&n| is_prose(verdicts, solid[n])).unwrap_or(solid.len());
        let run = &solid[start..end];
        let fell = run.iter().filter(|&&i| !verdicts[i].keep).count();
        if fell >= FURNITURE_LINES && fell as f64 >= run.len() as f64 * FURNITURE_SHARE {
            let headline = if start == 0 { headline_of(document, run, verdicts) } else { None };
            for &i in run.iter().filter(|&&i| !protected[i] && Some(i) != headline) {
                if !verdicts[i].keep {
                    continue;
                }
                verdicts[i].keep = false;
                verdicts[i].class = Class::Navigation;
                verdicts[i].cuts.clear();
                verdicts[i].reasons.push(Reason::Heuristic("among-furniture"));
            }
        }
        start = end;
    }
}

/// A headline has at least so many words ...
const HEADLINE_MIN_WORDS: usize = 3;
/// ... and at most so many.
const HEADLINE_MAX_WORDS: usize = 30;

/// At least two thirds of so many lines after it are paragraphs, and at least two. With half of them, F1 on news rises
/// by 0.0003, and clean bodies of pages of other kinds lose 0.0016 more of their words.
const HEADLINE_LOOKS_AT: usize = 6;

/// The headline among the lines before the first paragraph: the longest of the last five that stay and can be one.
fn headline_of(document: &Document<'_>, run: &[usize], verdicts: &[Verdict]) -> Option<usize> {
    let fits = |&&i: &&usize| {
        let f = &document.features[i];
        verdicts[i].keep && (HEADLINE_MIN_WORDS..=HEADLINE_MAX_WORDS).contains(&f.words) && !f.bulleted
    };
    run.iter().rev().filter(fits).take(5).max_by_key(|&&i| document.features[i].words).copied()
}

/// Finds the headline: before the first paragraph that stays, a line of the length of titles that does not end as
/// sentences do.
fn mark_headline(document: &Document<'_>, keep: ClassSet, protected: &[bool], verdicts: &mut [Verdict]) {
    let features = document.features;
    let Some(first) = (0..verdicts.len()).find(|&i| features[i].is_prose() && verdicts[i].keep) else { return };
    let before: Vec<usize> = (0..first).filter(|&i| !features[i].blank && verdicts[i].keep).collect();
    let fits = |&i: &usize| {
        let f = &features[i];
        let asks = document.line(i).trim_end().ends_with(['?', '!', ':']);
        (!f.ends_sentence || asks)
            && !f.bulleted
            && !protected[i]
            && (HEADLINE_MIN_WORDS..=HEADLINE_MAX_WORDS).contains(&f.words)
    };
    // More than a few lines above the first paragraph are a list or a table, not a title; and below the title of an
    // article stand paragraphs, not another list.
    let next = || (first..verdicts.len()).filter(|&i| !features[i].blank && verdicts[i].keep).take(HEADLINE_LOOKS_AT);
    let paragraphs = next().filter(|&i| features[i].is_prose()).count();
    if before.len() > 3 || paragraphs < 2 || paragraphs * 3 < next().count() * 2 {
        return;
    }
    if let Some(i) = before.into_iter().find(fits) {
        verdicts[i].class = Class::Headline;
        verdicts[i].keep = keep.contains(Class::Headline);
        verdicts[i].reasons.push(Reason::Heuristic("headline"));
    }
}
