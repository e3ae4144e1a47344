//! Matches raw rules one after another in sets with raw `span` rules, since each sees the line without the cuts of those
//! before it. Sets without such rules pay nothing for it.

use std::borrow::Cow;
use std::ops::Range;

use super::conditions::{LineView, conditions_hold, contains_any, is_short, trimmed_len};
use super::lazy_regex::LazyRegex;
use crate::rules::hit::Hit;
use crate::rules::rule::{Action, Rule};
use crate::text::Page;
use crate::text::fold::folded;

#[derive(Debug, Default)]
pub(super) struct SequentialMatcher(Vec<SequentialRule>);

#[derive(Debug)]
struct SequentialRule {
    rule: usize,
    regexes: Vec<LazyRegex>,
}

impl SequentialMatcher {
    pub(super) fn new(rules: &[Rule]) -> SequentialMatcher {
        let raw_cuts = rules.iter().any(|rule| rule.pattern.raw && rule.action == Action::Span);
        let mut chosen = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let is_run = matches!(rule.action, Action::Run { .. });
            if rule.pattern.raw && if rule.pattern.is_empty() { !is_run } else { raw_cuts } {
                chosen.push(SequentialRule { rule: index, regexes: LazyRegex::all_of(rule) });
            }
        }
        SequentialMatcher(chosen)
    }

    /// Whether a rule is matched here.
    pub(super) fn has(&self, rule: usize) -> bool {
        self.0.binary_search_by_key(&rule, |chosen| chosen.rule).is_ok()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn find(&self, rules: &[Rule], document: &Page<'_>, line: usize, hits: &mut Vec<Hit>) {
        let (whole, span) = (LineView::of(document, line), document.lines[line].span());
        let mut remaining = RemainingText::new(whole.text, trimmed_len(whole.text));
        for SequentialRule { rule: index, regexes } in &self.0 {
            let rule = &rules[*index];
            let view = LineView { text: &remaining.text, end: Some(remaining.end), ..whole };
            if (!is_short(whole.text) && !rule.pattern.long_lines) || !conditions_hold(rule, view) {
                continue;
            }
            if !regexes.is_empty() && !remaining.has_keyword(&rule.pattern.keywords) {
                continue;
            }
            if rule.action != Action::Span {
                if regexes.is_empty() || regexes.iter().any(|regex| regex.is_match(&remaining.text)) {
                    hits.push(Hit { line, rule: *index, span: span.clone() });
                }
                continue;
            }
            let cuts = remaining.find(regexes);
            hits.extend(cuts.iter().map(|cut| {
                let span = span.start + cut.start..span.start + cut.end;
                Hit { line, rule: *index, span }
            }));
            remaining.cut(cuts);
        }
    }
}

struct RemainingText<'a> {
    line: &'a str,
    cuts: Vec<Range<usize>>,
    text: Cow<'a, str>,
    /// For each part of `text`, where it begins in `text` and in the line.
    parts: Vec<(usize, usize)>,
    /// Where in `text` the whitespace at the end of the line begins.
    end: usize,
    /// The folded view of `text`, once a rule with keywords has needed it.
    folded: Option<String>,
}

impl<'a> RemainingText<'a> {
    fn new(line: &'a str, end: usize) -> RemainingText<'a> {
        RemainingText { line, cuts: Vec::new(), text: Cow::Borrowed(line), parts: vec![(0, 0)], end, folded: None }
    }

    /// Whether a keyword, if there are any, is in the folded text.
    fn has_keyword(&mut self, keywords: &[String]) -> bool {
        keywords.is_empty() || contains_any(self.folded.get_or_insert_with(|| folded(&self.text)), keywords)
    }

    /// The matches of the regexes, in bytes of the line.
    fn find(&self, regexes: &[LazyRegex]) -> Vec<Range<usize>> {
        let found = regexes.iter().filter_map(LazyRegex::get).flat_map(|regex| regex.find_iter(&self.text));
        found.filter(|found| !found.is_empty()).map(|found| self.origin(found.range())).collect()
    }

    fn origin(&self, found: Range<usize>) -> Range<usize> {
        let first = self.parts[self.parts.partition_point(|part| part.0 <= found.start) - 1];
        let last = self.parts[self.parts.partition_point(|part| part.0 < found.end) - 1];
        first.1 + (found.start - first.0)..last.1 + (found.end - last.0)
    }

    fn cut(&mut self, cuts: Vec<Range<usize>>) {
        if cuts.is_empty() {
            return;
        }
        self.cuts.extend(cuts);
        self.cuts.sort_by_key(|cut| (cut.start, cut.end));
        let (mut text, mut at) = (String::with_capacity(self.line.len()), 0);
        let line_end = trimmed_len(self.line);
        self.parts.clear();
        (self.end, self.folded) = (0, None);
        for cut in self.cuts.iter().chain(std::iter::once(&(self.line.len()..self.line.len()))) {
            if cut.start > at {
                self.parts.push((text.len(), at));
                text.push_str(&self.line[at..cut.start]);
                self.end += cut.start.min(line_end).saturating_sub(at);
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
    fn remaining_text_knows_where_it_came_from() {
        let line = "One [1] two[2][3]. ";
        let mut remaining = RemainingText::new(line, trimmed_len(line));
        remaining.cut(vec![4..6, 6..7]);
        assert_eq!((remaining.text.as_ref(), remaining.end), ("One  two[2][3]. ", 15));
        let two = remaining.text.find("[2]").unwrap();
        assert_eq!(remaining.origin(two..two + 3), 11..14);
        remaining.cut(vec![11..14, 14..17]);
        assert_eq!((remaining.text.as_ref(), remaining.end), ("One  two. ", 9));
        let across = remaining.text.find("  two.").unwrap();
        assert_eq!(remaining.origin(across..across + 6), 3..18);
        remaining.cut(vec![0..9, 5..line.len()]);
        assert_eq!((remaining.text.as_ref(), remaining.end), ("", 0));
    }
}
