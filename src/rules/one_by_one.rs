//! Finds the hits of rules that are held against each line one by one: rules of conditions alone, and raw rules where
//! raw `span` rules are among them, since each sees the line less what those before it have cut.
//! It decides nothing: it gives hits.
//! Part of the fifth stage of the line; sets without such rules pay nothing for it.

use std::borrow::Cow;
use std::ops::Range;

use super::Rule;
use super::lazy::Lazy;
use super::matcher::Hit;
use super::matcher::{SHORT_LINE, has_any, holds};
use super::schema::Kind;
use super::shape::{self, Sight};
use crate::text::Page;
use crate::text::fold::folded;
use bodytext_pattern::lower;

/// The rules, in the order of the set.
#[derive(Debug, Default)]
pub(super) struct OneByOne(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    rule: usize,
    regexes: Vec<Lazy>,
}

impl OneByOne {
    pub(super) fn new(rules: &[Rule]) -> OneByOne {
        let cuts = rules.iter().any(|rule| rule.raw && rule.kind == Kind::Span);
        let is_one = |rule: &Rule| if rule.has_patterns() { rule.raw && cuts } else { rule.kind != Kind::Run };
        let chosen = rules.iter().enumerate().filter(|(_, rule)| is_one(rule));
        let entry = |(index, rule): (usize, &Rule)| {
            let regexes = rule.regex.iter().map(|p| Lazy::new(lower(p, rule.unicode))).collect();
            Entry { rule: index, regexes }
        };
        OneByOne(chosen.map(entry).collect())
    }

    /// Whether a rule is looked at here.
    pub(super) fn has(&self, rule: usize) -> bool {
        self.0.binary_search_by_key(&rule, |entry| entry.rule).is_ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the hits on one line.
    pub(super) fn find(&self, rules: &[Rule], document: &Page<'_>, line: usize, hits: &mut Vec<Hit>) {
        let (text, span) = (document.line(line), document.lines[line].span());
        let whole = Sight::of(document, line);
        let mut left = Left::new(text, whole.end);
        let mut seen: Option<String> = None;
        for entry in &self.0 {
            let rule = &rules[entry.rule];
            let sight = if rule.raw { Sight { text: &left.text, end: left.end, ..whole } } else { whole };
            if (text.len() > SHORT_LINE && !rule.long_lines) || !holds(rule, sight, document.host) {
                continue;
            }
            let mut hit = |span: Range<usize>| hits.push(Hit { line, rule: entry.rule, span });
            if entry.regexes.is_empty() {
                hit(span.clone());
                continue;
            }
            // Keywords stand in the folded line, as everywhere.
            if !rule.keywords.is_empty() && !has_any(seen.get_or_insert_with(|| folded(&left.text)), &rule.keywords) {
                continue;
            }
            if rule.kind != Kind::Span {
                if entry.regexes.iter().any(|regex| regex.is_match(&left.text)) {
                    hit(span.clone());
                }
                continue;
            }
            let found = entry.regexes.iter().filter_map(Lazy::finder).flat_map(|regex| regex.find_iter(&left.text));
            let cuts: Vec<_> = found.filter(|m| !m.is_empty()).map(|m| left.origin(m.range())).collect();
            cuts.iter().for_each(|cut| hit(span.start + cut.start..span.start + cut.end));
            if !cuts.is_empty() {
                left.cut(cuts);
                seen = None;
            }
        }
    }
}

/// What cuts have left of a line.
struct Left<'a> {
    line: &'a str,
    /// What has been cut.
    cuts: Vec<Range<usize>>,
    text: Cow<'a, str>,
    /// Where each part of `text` begins, in it and in the line.
    parts: Vec<(usize, usize)>,
    /// Where in `text` the whitespace at the end of the line begins.
    end: usize,
}

impl<'a> Left<'a> {
    fn new(line: &'a str, end: usize) -> Left<'a> {
        Left { line, cuts: Vec::new(), text: Cow::Borrowed(line), parts: vec![(0, 0)], end }
    }

    /// Where in the line a match stands that is not empty.
    fn origin(&self, found: Range<usize>) -> Range<usize> {
        let first = self.parts[self.parts.partition_point(|p| p.0 <= found.start) - 1];
        let last = self.parts[self.parts.partition_point(|p| p.0 < found.end) - 1];
        first.1 + (found.start - first.0)..last.1 + (found.end - last.0)
    }

    fn cut(&mut self, cuts: Vec<Range<usize>>) {
        self.cuts.extend(cuts);
        self.cuts.sort_by_key(|c| (c.start, c.end));
        let (mut text, mut at) = (String::with_capacity(self.line.len()), 0);
        let end = shape::end(self.line);
        self.parts.clear();
        self.end = 0;
        for cut in self.cuts.iter().chain(std::iter::once(&(self.line.len()..self.line.len()))) {
            if cut.start > at {
                self.parts.push((text.len(), at));
                text.push_str(&self.line[at..cut.start]);
                self.end += cut.start.min(end).saturating_sub(at);
            }
            at = at.max(cut.end);
        }
        self.text = Cow::Owned(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_knows_where_it_came_from() {
        let line = "One [1] two[2][3]. ";
        let mut left = Left::new(line, shape::end(line));
        left.cut(vec![4..6, 6..7]);
        assert_eq!((left.text.as_ref(), left.end), ("One  two[2][3]. ", 15));
        let two = left.text.find("[2]").unwrap();
        assert_eq!(left.origin(two..two + 3), 11..14);
        left.cut(vec![11..14, 14..17]);
        assert_eq!((left.text.as_ref(), left.end), ("One  two. ", 9));
        let across = left.text.find("  two.").unwrap();
        assert_eq!(left.origin(across..across + 6), 3..18);
        left.cut(vec![0..9, 5..line.len()]);
        assert_eq!((left.text.as_ref(), left.end), ("", 0));
    }
}
