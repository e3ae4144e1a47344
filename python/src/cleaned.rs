//! The result of cleaning one text: the text at once, lines and removals when they are asked for.

use std::sync::{Arc, OnceLock};

use bodytext::unstable::Offset;
use bodytext::{FieldName, Fields, Filter, Heuristic, Markup, Metadata, Reason};
use bodytext_cli::embed;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::cleaner::{Inner, Text};
use crate::report::Report;

/// A cleaned text.
///
/// >>> import bodytext
/// >>> cleaned = bodytext.Cleaner().clean("Share this story:\nThe port was shut on Monday.\n")
/// >>> cleaned.text
/// 'The port was shut on Monday.\n'
/// >>> [(line.line_class, line.kept) for line in cleaned.lines]
/// [('share', False), ('body', True)]
/// >>> cleaned.removals[0].rules
/// ('en.share.prompt',)
#[pyclass(frozen, module = "bodytext._bodytext")]
pub(crate) struct Cleaned {
    pub(crate) inner: Arc<Inner>,
    pub(crate) source: Text,
    pub(crate) about: About,
    pub(crate) text: Py<PyString>,
    pub(crate) dropped: Option<Filter>,
    pub(crate) counts: embed::Counts,
    pub(crate) details: OnceLock<Details>,
}

/// What the caller knows about a text.
#[derive(Default)]
pub(crate) struct About {
    pub(crate) host: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) markup: Option<Markup>,
}

impl About {
    pub(crate) fn metadata(&self) -> Metadata<'_> {
        let About { host, title, markup } = self;
        Metadata { host: host.as_deref(), title: title.as_deref(), markup: *markup }
    }
}

/// The lines and removals of a text.
pub(crate) struct Details {
    lines: Vec<LineOf>,
    removals: Vec<RemovalOf>,
    fields: Fields,
}

#[derive(Clone)]
struct LineOf {
    text: String,
    kept: bool,
    class: &'static str,
    rules: Vec<String>,
    score: Option<f32>,
}

#[derive(Clone)]
struct RemovalOf {
    line: usize,
    start: usize,
    end: usize,
    class: &'static str,
    rules: Vec<String>,
    text: String,
}

/// A line of a cleaned text, as it was after the repairs.
#[pyclass(frozen, module = "bodytext._bodytext")]
#[derive(Clone)]
pub(crate) struct Line(LineOf);

/// Bytes of the repaired text that are not in the cleaned text.
#[pyclass(frozen, module = "bodytext._bodytext")]
#[derive(Clone)]
pub(crate) struct Removal(RemovalOf);

#[pymethods]
impl Cleaned {
    /// The cleaned text.
    #[getter]
    fn text(&self, py: Python<'_>) -> Py<PyString> {
        self.text.clone_ref(py)
    }

    /// The filter that drops the text, `min-words` or `max-removed`, or `None`.
    #[getter]
    fn dropped(&self) -> Option<&'static str> {
        self.dropped.map(Filter::name)
    }

    /// The lines of the repaired text, kept and removed, with their classes, reasons and scores.
    #[getter]
    fn lines<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let lines = self.details(py)?.lines.iter();
        PyList::new(py, lines.map(|line| Line(line.clone())).collect::<Vec<_>>())
    }

    /// What was removed, in order.
    #[getter]
    fn removals<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let removals = self.details(py)?.removals.iter();
        PyList::new(py, removals.map(|removal| Removal(removal.clone())).collect::<Vec<_>>())
    }

    /// What the page says about its article: `headline`, `standfirst`, `byline`, `dateline`, `credit`, each a string or
    /// `None`, and `tags`, a list. The values are lines of the text, kept or removed.
    ///
    /// >>> import bodytext
    /// >>> bodytext.Cleaner().clean("By Jane Roe\nThe port was shut on Monday.\n").fields["byline"]
    /// 'By Jane Roe'
    #[getter]
    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (dict, fields) = (PyDict::new(py), &self.details(py)?.fields);
        for name in FieldName::ALL {
            match name {
                FieldName::Tags => dict.set_item(name.name(), &fields.tags)?,
                _ => dict.set_item(name.name(), fields.values(name).first())?,
            }
        }
        Ok(dict)
    }

    /// What was counted.
    #[getter]
    fn report(&self) -> Report {
        Report::new(self.counts.clone().report(self.inner.cleaner.rules()))
    }

    fn __str__(&self, py: Python<'_>) -> Py<PyString> {
        self.text.clone_ref(py)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(format!("<bodytext.Cleaned of {} characters>", self.text.bind(py).len()?))
    }
}

impl Cleaned {
    fn details(&self, py: Python<'_>) -> PyResult<&Details> {
        if self.details.get().is_none() {
            // Cleaning is repeatable, and most callers only want the text.
            let source = self.source.read(py, &self.inner, &self.about)?;
            let about = self.about.metadata();
            let details = py.detach(|| details(&self.inner, &source, about));
            let _ = self.details.set(details.map_err(PyRuntimeError::new_err)?);
        }
        self.details.get().ok_or_else(|| PyRuntimeError::new_err("no details"))
    }
}

fn details(inner: &Inner, source: &embed::Source<'_>, about: Metadata<'_>) -> Result<Details, String> {
    let mut details = Details { lines: Vec::new(), removals: Vec::new(), fields: Fields::default() };
    let cleaner = &inner.cleaner;
    embed::Counts::default().clean((cleaner, &inner.filters), source, about, |offset, cleaned| {
        details.fields.append(cleaned.fields());
        let text = if cleaned.report.markup == Markup::Html { source.as_str() } else { &cleaned.normalized };
        let features = cleaner.features(text, source.about(about)).unwrap_or_default();
        let model = cleaner.model_of(cleaned).filter(|_| !features.lines.is_empty());
        let scores = model.map(|model| model.predict(&features).scores().rows).unwrap_or_default();
        for (index, verdict) in cleaned.verdicts.iter().enumerate() {
            let row = features.lines.binary_search(&index).ok();
            details.lines.push(LineOf {
                text: cleaned.line(index).to_owned(),
                kept: verdict.keep,
                class: verdict.class.name(),
                rules: names(inner, verdict),
                score: row.and_then(|row| scores.get(row).copied()),
            });
        }
        details.removals.extend(removals(inner, offset, cleaned));
    })?;
    Ok(details)
}

fn removals(inner: &Inner, offset: Offset, cleaned: &bodytext::Cleaned<'_>) -> Vec<RemovalOf> {
    let one = |removal: bodytext::Removal| {
        let verdict = &cleaned.verdicts[removal.line];
        RemovalOf {
            line: offset.lines + removal.line + 1,
            start: offset.bytes + removal.span.start,
            end: offset.bytes + removal.span.end,
            class: verdict.class.name(),
            rules: names(inner, verdict),
            text: cleaned.normalized[removal.span].to_owned(),
        }
    };
    cleaned.removals().into_iter().map(one).collect()
}

/// The reasons of a verdict, each once. A line that stays whatever its score has no low score as a reason.
pub(crate) fn names(inner: &Inner, verdict: &bodytext::Verdict) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for reason in &verdict.reasons {
        let name = reason.name(inner.cleaner.rules());
        let counts = !verdict.keep || *reason != Reason::Heuristic(Heuristic::LowScore);
        if counts && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

#[pymethods]
impl Line {
    /// The text of the line, without its ending.
    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    /// Whether the line is in the cleaned text.
    #[getter]
    fn kept(&self) -> bool {
        self.0.kept
    }

    /// The class of the line, such as `share` or `body`.
    #[getter]
    fn line_class(&self) -> &str {
        self.0.class
    }

    /// The rules that fired, and the heuristics.
    #[getter]
    fn rules<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyTuple>> {
        pyo3::types::PyTuple::new(py, &self.0.rules)
    }

    /// The score, from 0 (boilerplate) to 1 (body); `None` for lines without one, such as blank ones.
    #[getter]
    fn score(&self) -> Option<f32> {
        self.0.score
    }

    fn __repr__(&self) -> String {
        let LineOf { text, kept, class, .. } = &self.0;
        format!("<bodytext.Line {} {class} {text:?}>", if *kept { '+' } else { '-' })
    }
}

#[pymethods]
impl Removal {
    /// The number of the line it belongs to, from 1.
    #[getter]
    fn line(&self) -> usize {
        self.0.line
    }

    /// Where it begins in the repaired text, in bytes of UTF-8.
    #[getter]
    fn start(&self) -> usize {
        self.0.start
    }

    /// Where it ends.
    #[getter]
    fn end(&self) -> usize {
        self.0.end
    }

    /// The class of the line.
    #[getter]
    fn line_class(&self) -> &str {
        self.0.class
    }

    /// The rules that fired, and the heuristics.
    #[getter]
    fn rules<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, pyo3::types::PyTuple>> {
        pyo3::types::PyTuple::new(py, &self.0.rules)
    }

    /// The removed text.
    #[getter]
    fn text(&self) -> &str {
        &self.0.text
    }

    fn __repr__(&self) -> String {
        let RemovalOf { line, class, text, .. } = &self.0;
        format!("<bodytext.Removal line {line} {class} {text:?}>")
    }
}
