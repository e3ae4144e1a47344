//! The result of cleaning: the text, the verdict of every line, and a report.

use std::borrow::Cow;
use std::ops::Range;

use crate::blocks::Block;
use crate::decode::EncodingSource;
use crate::fields::{FieldLine, FieldName, Fields};
use crate::line_class::LineClass;
use crate::markup::{FieldHints, Markdown, Markup};
use crate::normalize::Step;
use crate::text::fold::strip_bullets;
use crate::text::lines::{Layout, Line};
use crate::verdict::Verdict;

/// A cleaned text, the verdict of every line, and the report.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Cleaned<'a> {
    /// The normalised text, before any line was removed.
    pub normalized: Cow<'a, str>,
    /// The lines of the normalised text.
    #[doc(hidden)]
    pub lines: Vec<Line>,
    /// The verdict of each line.
    pub verdicts: Vec<Verdict>,
    /// The lines that were judged as one.
    #[doc(hidden)]
    pub blocks: Vec<Block>,
    /// Statistics.
    pub report: Report,
    /// What a web page marks each line as.
    pub(crate) field_hints: Vec<FieldHints>,
    /// The kept lines of a web page as Markdown, if that was asked for.
    pub(crate) page_as_markdown: Option<String>,
    /// The cleaned text, if it differs from the normalised one.
    pub(crate) output: Option<String>,
}

impl<'a> Cleaned<'a> {
    /// The cleaned text.
    pub fn text(&self) -> &str {
        self.output.as_deref().unwrap_or(&self.normalized)
    }

    /// The cleaned text, borrowed from the input if nothing changed.
    pub fn into_text(self) -> Cow<'a, str> {
        self.output.map_or(self.normalized, Cow::Owned)
    }

    /// The kept lines of a web page as Markdown, if [`Options::pages_as`](crate::Options::pages_as) asks for it.
    pub fn page_as_markdown(&self) -> Option<&str> {
        self.page_as_markdown.as_deref()
    }

    /// What a document becomes: Markdown if a page was asked for so, else the cleaned text.
    pub(crate) fn into_document(self) -> Cow<'a, str> {
        match self.page_as_markdown {
            Some(markdown) => Cow::Owned(markdown),
            None => self.into_text(),
        }
    }

    /// Line `index` (from 0) of the normalised text.
    pub fn line(&self, index: usize) -> &str {
        &self.normalized[self.lines[index].span()]
    }

    /// What the page says about its article, found in its lines, kept and removed. They are found when they are asked for.
    pub fn fields(&self) -> Fields {
        let markdown = (self.report.markup == Markup::Markdown).then(|| Markdown::read(&self.normalized));
        let seen = |(line, verdict): (usize, &Verdict)| match &markdown {
            _ if !is_of_field(verdict.class) => Cow::Borrowed(self.line(line)),
            Some(_) if !verdict.cuts.is_empty() => {
                let of_line = Markdown::read(&verdict.without_cuts(&self.normalized, &self.lines[line]));
                Cow::Owned(of_line.visible.trim().to_owned())
            }
            Some(markdown) => Cow::Owned(markdown.visible[markdown.visible_lines[line].span()].to_owned()),
            None => Cow::Owned(verdict.without_cuts(&self.normalized, &self.lines[line])),
        };
        let texts: Vec<Cow<'_, str>> = self.verdicts.iter().enumerate().map(seen).collect();
        let lines = self.verdicts.iter().zip(&texts).enumerate();
        let lines = lines.map(|(index, (verdict, text))| FieldLine {
            class: verdict.class,
            keep: verdict.keep,
            text: strip_bullets(text).trim(),
            hints: self.field_hints.get(index).copied().unwrap_or_default(),
        });
        Fields::of(&lines.filter(|line| !line.text.is_empty()).collect::<Vec<_>>())
    }

    /// The removals, in order: the normalised text without these bytes is the cleaned text.
    pub fn removals(&self) -> Vec<Removal> {
        let mut removals = Vec::new();
        // If everything is removed, so are the line endings. Otherwise the last kept line has the ending of the text's
        // last line, so the endings between the two are removed instead.
        let last_kept = self.verdicts.iter().rposition(|verdict| verdict.keep).filter(|_| !self.text().is_empty());
        for (line, verdict) in self.verdicts.iter().enumerate() {
            let Line { start, end, next } = self.lines[line];
            match last_kept {
                Some(last) if verdict.keep && line <= last => {
                    removals.extend(verdict.cuts.iter().map(|cut| Removal { line, span: cut.clone() }));
                }
                Some(last) if line > last => removals.push(Removal { line, span: self.lines[line - 1].end..end }),
                _ if next > start => removals.push(Removal { line, span: start..next }),
                _ => {}
            }
        }
        removals
    }
}

fn is_of_field(class: LineClass) -> bool {
    FieldName::ALL.iter().any(|field| field.name() == class.name())
}

/// Bytes of the normalised text that are not in the cleaned text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removal {
    /// The index of the line they belong to.
    pub line: usize,
    /// The byte range: a line with the line ending that was removed with it, or a part of a line.
    pub span: Range<usize>,
}

/// Statistics of cleaning one text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// The name of the [`TextEncoding`](crate::TextEncoding) that the bytes were decoded from.
    pub encoding: &'static str,
    /// How the encoding was found.
    pub encoding_source: EncodingSource,
    /// Byte sequences that could not be decoded: they became U+FFFD, or controls if the encoding is a guess.
    pub replaced: usize,
    /// Whether the text fits the encoding: at most one character in a hundred could not be decoded, and the bytes are not
    /// UTF-8 under the label of another encoding.
    pub encoding_fits: bool,
    /// The normalisation steps that changed something, with how many places each changed.
    pub steps: Vec<(Step, usize)>,
    /// The markup of the text: given, or detected. Of a web page `lines`, `chars` and `words` count what a browser would
    /// show.
    pub markup: Markup,
    /// How the text is laid out.
    pub layout: Layout,
    /// Lines before and after.
    pub lines: (usize, usize),
    /// Characters (Unicode scalar values) before and after.
    pub chars: (usize, usize),
    /// Words before and after. In scripts without spaces two characters count as a word. A line with cuts counts as a
    /// whole.
    pub words: (usize, usize),
    /// Whether all removals were rolled back because almost nothing would have been left.
    pub rolled_back: bool,
}
