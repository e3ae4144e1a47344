//! The class `Cleaner`: its arguments, its pickles, texts one by one.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use bodytext::{FieldName, Filters};
use bodytext_cli::embed::{self, PackText, Settings};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyIterator, PyString, PyTuple};

use crate::arrow::{self, ArrowArguments};
use crate::cleaned::{About, Cleaned};
use crate::report::Report;

/// Cleans texts. Build it once and use it from any thread; pickles carry the text of rule files, not their paths.
///
/// All arguments have the meaning of the command's flags. `rules`: rule packs over the built-in ones, each the path of a
/// file or folder or the TOML itself. `builtin_rules=False`: without the built-in packs and the built-in model.
/// `preset`: the line rules of another project and nothing else, `c4` or `refinedweb`. `disable`: rules to switch off.
/// `languages`: the languages whose packs are used. `model`: the path of a model file. `keep`, `drop`: classes of lines
/// to keep or to remove besides the usual ones. `body_only`: without the headline. `profile`: how much is removed that
/// no rule finds, `recall`, `balanced` or `precision`. `markup`: what the texts are, `auto`, `none`, `markdown` or
/// `html`. `pages_as`: what web pages become, `text` or `markdown`. `normalize`: what is repaired. `encoding`: of bytes, where it is
/// known. `min_words`, `max_removed`: documents to drop.
///
/// >>> import bodytext
/// >>> cleaner = bodytext.Cleaner(keep=["byline"])
/// >>> cleaner.clean("By Jane Roe\nThe port was shut on Monday.\n").text
/// 'By Jane Roe\nThe port was shut on Monday.\n'
#[pyclass(frozen, module = "bodytext._bodytext")]
pub(crate) struct Cleaner(Arc<Inner>);

/// A cleaner and what it was made from.
pub(crate) struct Inner {
    settings: Settings,
    pub(crate) cleaner: bodytext::Cleaner,
    pub(crate) filters: Filters,
    encoding: Option<bodytext::TextEncoding>,
}

/// A text as Python holds it.
pub(crate) enum Text {
    Str(Py<PyString>),
    /// With lone surrogates: each is U+FFFD here, and counted.
    Lossy(String, u64),
    Bytes(Py<PyBytes>),
}

impl Text {
    fn of(value: &Bound<'_, PyAny>) -> PyResult<Text> {
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return Ok(Text::Bytes(bytes.clone().unbind()));
        }
        let Ok(text) = value.cast::<PyString>() else {
            let kind = value.get_type().name()?;
            return Err(PyTypeError::new_err(format!("a text is str or bytes, not {kind}")));
        };
        if text.to_str().is_ok() {
            return Ok(Text::Str(text.clone().unbind()));
        }
        let units = text.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
        let units: Vec<u8> = units.extract()?;
        let units = units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        let mut lone = 0;
        let decoded = char::decode_utf16(units).map(|unit| {
            unit.unwrap_or_else(|_| {
                lone += 1;
                char::REPLACEMENT_CHARACTER
            })
        });
        let decoded: String = decoded.collect();
        Ok(Text::Lossy(decoded, lone))
    }

    /// The text; `about` is what is known of it.
    pub(crate) fn read<'s>(&'s self, py: Python<'s>, inner: &Inner, about: &About) -> PyResult<embed::Source<'s>> {
        match self {
            Text::Str(text) => Ok(embed::Source::text(text.bind(py).to_str()?, 0)),
            Text::Lossy(text, lone) => Ok(embed::Source::text(text.as_str(), *lone)),
            Text::Bytes(bytes) => {
                let markup = about.markup.or(inner.cleaner.options().markup);
                embed::Source::bytes(bytes.as_bytes(py), inner.encoding, markup).map_err(PyValueError::new_err)
            }
        }
    }
}

/// A rule file: a path, the text of a pack, or what a pickle holds of one.
#[derive(FromPyObject)]
enum Rules {
    Pickled(String, String, Option<String>),
    Text(String),
    Path(PathBuf),
}

impl Rules {
    fn packs(self) -> PyResult<Vec<PackText>> {
        match self {
            Rules::Pickled(name, text, host) => Ok(vec![PackText { name, text, host }]),
            // A pack has several lines, and a path has one.
            Rules::Text(text) if text.contains('\n') => {
                Ok(vec![PackText { name: "rules".to_owned(), text, host: None }])
            }
            Rules::Text(path) => embed::read_packs(&PathBuf::from(path)).map_err(PyValueError::new_err),
            Rules::Path(path) => embed::read_packs(&path).map_err(PyValueError::new_err),
        }
    }
}

/// A model file: a path, or what a pickle holds of one.
#[derive(FromPyObject)]
enum Model {
    Pickled(String, String),
    Path(PathBuf),
}

impl Model {
    fn text(self) -> PyResult<(String, String)> {
        match self {
            Model::Pickled(name, text) => Ok((name, text)),
            Model::Path(path) => {
                let text = embed::read_model(&path).map_err(PyValueError::new_err)?;
                Ok((path.to_string_lossy().into_owned(), text))
            }
        }
    }
}

/// A list of words; one word alone is a common mistake.
fn words(name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    let Some(value) = value else { return Ok(Vec::new()) };
    if value.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(format!("{name} is a list of words: {name}=[{}]", value.repr()?)));
    }
    value.try_iter()?.map(|word| word?.extract()).collect()
}

#[pymethods]
impl Cleaner {
    #[new]
    #[pyo3(signature = (
        *, rules = None, preset = None, model = None, languages = None, keep = None, drop = None, profile = "balanced",
        markup = "auto", pages_as = "text", normalize = "default", encoding = None, body_only = false, builtin_rules = true, disable = None,
        min_words = None, max_removed = None
    ))]
    #[allow(clippy::too_many_arguments, reason = "all have names in Python")]
    fn new(
        rules: Option<Bound<'_, PyAny>>,
        preset: Option<String>,
        model: Option<Model>,
        languages: Option<Bound<'_, PyAny>>,
        keep: Option<Bound<'_, PyAny>>,
        drop: Option<Bound<'_, PyAny>>,
        profile: &str,
        markup: &str,
        pages_as: &str,
        normalize: &str,
        encoding: Option<String>,
        body_only: bool,
        builtin_rules: bool,
        disable: Option<Bound<'_, PyAny>>,
        min_words: Option<usize>,
        max_removed: Option<f64>,
    ) -> PyResult<Cleaner> {
        let mut packs = Vec::new();
        if let Some(rules) = &rules {
            if rules.is_instance_of::<PyString>() || rules.hasattr("__fspath__")? {
                return Err(PyTypeError::new_err("rules is a list of paths or packs: rules=[...]"));
            }
            for item in rules.try_iter()? {
                packs.extend(item?.extract::<Rules>()?.packs()?);
            }
        }
        if max_removed.is_some_and(|ratio| !(0.0..=1.0).contains(&ratio)) {
            return Err(PyValueError::new_err("max_removed: write a number from 0 to 1"));
        }
        let settings = Settings {
            rules: packs,
            builtin_rules,
            preset,
            disable: words("disable", disable.as_ref())?,
            languages: words("languages", languages.as_ref())?,
            model: model.map(Model::text).transpose()?,
            keep: words("keep", keep.as_ref())?,
            drop: words("drop", drop.as_ref())?,
            body_only,
            profile: profile.to_owned(),
            markup: markup.to_owned(),
            pages_as: pages_as.to_owned(),
            encoding,
            normalize: normalize.to_owned(),
        };
        let cleaner = settings.cleaner().map_err(PyValueError::new_err)?;
        let encoding = settings.encoding().map_err(PyValueError::new_err)?;
        let filters = Filters { min_words, max_removed };
        Ok(Cleaner(Arc::new(Inner { settings, cleaner, filters, encoding })))
    }

    /// Cleans a text. Bytes are decoded, in the encoding of the cleaner or the one that is found; those of a page that a
    /// browser saved as MHTML are read as that page. Bytes that are no text raise `ValueError`. `url` is the address of the
    /// page, for the rules of single sites; `title` is its title, and a line that has it is the headline. `markup` says what this text is, `none`, `markdown` or `html`, where the cleaner
    /// finds it out; what comes out of HTML is text.
    ///
    /// >>> import bodytext
    /// >>> bodytext.Cleaner().clean("<p>It rained.<p>Leave a Reply", markup="html").text
    /// 'It rained.\n'
    /// >>> bodytext.Cleaner().clean(b"It wasn\xc3\xa2\xe2\x82\xac\xe2\x84\xa2t a surprise.").text
    /// 'It wasn’t a surprise.'
    #[pyo3(signature = (text, /, *, url = None, title = None, markup = None))]
    fn clean(
        &self,
        text: &Bound<'_, PyAny>,
        url: Option<&str>,
        title: Option<String>,
        markup: Option<&str>,
    ) -> PyResult<Cleaned> {
        let markup = markup.map(str::parse).transpose();
        let markup = markup.map_err(|why| PyValueError::new_err(format!("markup: {why}")))?;
        clean(&self.0, text, About { host: url.and_then(embed::host_of), title, markup })
    }

    /// Cleans texts one after the other, when they are asked for.
    ///
    /// >>> import bodytext
    /// >>> [cleaned.text for cleaned in bodytext.Cleaner().clean_many(["Leave a Reply\nIt rained.", b"It snowed."])]
    /// ['It rained.', 'It snowed.']
    #[pyo3(signature = (texts, /))]
    fn clean_many(&self, texts: &Bound<'_, PyAny>) -> PyResult<CleanedIterator> {
        if texts.is_instance_of::<PyString>() || texts.is_instance_of::<PyBytes>() {
            return Err(PyTypeError::new_err("clean_many takes several texts; clean takes one"));
        }
        Ok(CleanedIterator { inner: Arc::clone(&self.0), texts: texts.try_iter()?.unbind() })
    }

    /// Cleans a column of Arrow data of any library. An array of strings and a record batch are cleaned at once and come
    /// back as an `ArrowArray`; a table, a data frame, a reader or a chunked array comes back as an `ArrowStream`, which
    /// is cleaned while it is read. The types stay the same, nulls stay null, all other columns are passed on.
    ///
    /// `column` names the texts, `url_column` the addresses of the pages and `title_column` their titles, if there are
    /// such columns. `removed` names a new column for what was removed from each text; `stats` one for figures (`True`:
    /// `stats`). `fields` are columns for what the page says about its article: any of `headline`, `standfirst`, `byline`,
    /// `dateline`, `credit`, `tags`. The counts are added to `report`. Rows that the filters of the cleaner drop are left out.
    ///
    /// >>> import bodytext, pyarrow
    /// >>> table = pyarrow.table({"text": ["Leave a Reply\nIt rained.", None]})
    /// >>> pyarrow.table(bodytext.Cleaner().clean_arrow(table)).to_pydict()
    /// {'text': ['It rained.', None]}
    #[pyo3(signature = (
        data, /, *, column = "text", url_column = "url", title_column = "title", removed = None, stats = None,
        fields = None, report = None
    ))]
    #[allow(clippy::too_many_arguments, reason = "all have names in Python")]
    fn clean_arrow<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
        column: &str,
        url_column: &str,
        title_column: &str,
        removed: Option<String>,
        stats: Option<Bound<'py, PyAny>>,
        fields: Option<Bound<'py, PyAny>>,
        report: Option<Py<Report>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let stats = match stats {
            None => None,
            Some(flag) if flag.is_instance_of::<pyo3::types::PyBool>() => {
                flag.extract::<bool>()?.then(|| "stats".to_owned())
            }
            Some(name) => Some(name.extract()?),
        };
        let mut names: Vec<FieldName> = Vec::new();
        for name in words("fields", fields.as_ref())? {
            let name = name.parse().map_err(|why| PyValueError::new_err(format!("fields: {why}")))?;
            names.extend((!names.contains(&name)).then_some(name));
        }
        let arguments = ArrowArguments {
            column: column.to_owned(),
            url_column: url_column.to_owned(),
            title_column: title_column.to_owned(),
            removed,
            stats,
            fields: names,
            report,
            ..ArrowArguments::new(Arc::clone(&self.0), i32::MAX as usize)
        };
        arrow::clean(py, data, arguments)
    }

    /// The limit of 2 GiB can be set here, so that tests need not reach it.
    #[pyo3(signature = (data, most, /))]
    fn _clean_arrow_within<'py>(
        &self,
        py: Python<'py>,
        data: &Bound<'py, PyAny>,
        most: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        arrow::clean(py, data, ArrowArguments::new(Arc::clone(&self.0), most))
    }

    /// The hash of the rules, as in the summary of the command.
    #[getter]
    fn rules_hash(&self) -> &str {
        self.0.cleaner.rules().hash()
    }

    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let Settings {
            rules,
            builtin_rules,
            preset,
            disable,
            languages,
            model,
            keep,
            drop,
            body_only,
            profile,
            markup,
            pages_as,
            encoding,
            normalize,
        } = &self.0.settings;
        let arguments = PyDict::new(py);
        // Without folders: the same rules have the same pickle wherever they were read.
        let rules = rules.iter().map(|pack| (file_name(&pack.name), &pack.text, pack.host.as_deref()));
        arguments.set_item("rules", PyTuple::new(py, rules.collect::<Vec<_>>())?)?;
        arguments.set_item("model", model.as_ref().map(|(name, text)| (file_name(name), text)))?;
        for (name, words) in [("disable", disable), ("languages", languages), ("keep", keep), ("drop", drop)] {
            arguments.set_item(name, PyTuple::new(py, words)?)?;
        }
        for (name, word) in [("preset", preset), ("encoding", encoding)] {
            arguments.set_item(name, word)?;
        }
        arguments.set_item("profile", profile)?;
        arguments.set_item("markup", markup)?;
        arguments.set_item("pages_as", pages_as)?;
        arguments.set_item("normalize", normalize)?;
        arguments.set_item("body_only", body_only)?;
        arguments.set_item("builtin_rules", builtin_rules)?;
        arguments.set_item("min_words", self.0.filters.min_words)?;
        arguments.set_item("max_removed", self.0.filters.max_removed)?;
        Ok((PyTuple::empty(py), arguments))
    }

    fn __eq__(slf: &Bound<'_, Cleaner>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Ok(other) = other.cast::<Cleaner>() else { return Ok(false) };
        let py = slf.py();
        slf.get().__getnewargs_ex__(py)?.1.eq(other.get().__getnewargs_ex__(py)?.1)
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        (self.0.cleaner.rules().hash(), &self.0.settings.keep, &self.0.settings.normalize).hash(&mut hasher);
        hasher.finish()
    }

    fn __repr__(&self) -> String {
        let rules = self.0.cleaner.rules();
        format!("<bodytext.Cleaner with {} rules, {}>", rules.rules().len(), rules.hash())
    }
}

fn file_name(path: &str) -> String {
    let name = std::path::Path::new(path).file_name();
    name.map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Cleans a text. One that does not change is the same object.
fn clean(inner: &Arc<Inner>, value: &Bound<'_, PyAny>, about: About) -> PyResult<Cleaned> {
    let py = value.py();
    let source = Text::of(value)?;
    let mut counts = embed::Counts::default();
    let (text, dropped) = {
        let read = source.read(py, inner, &about)?;
        let about = about.metadata();
        let done = py
            .detach(|| counts.clean((&inner.cleaner, &inner.filters), &read, about, |_, _| ()))
            .map_err(PyRuntimeError::new_err)?;
        let unchanged = done.document.text == read.as_str();
        let text = match value.cast::<PyString>() {
            Ok(given) if unchanged => given.clone(),
            _ => PyString::new(py, &done.document.text),
        };
        (text.unbind(), done.document.dropped)
    };
    let inner = Arc::clone(inner);
    Ok(Cleaned { inner, source, about, text, dropped, counts, details: OnceLock::new() })
}

/// Cleaned texts, one after the other.
#[pyclass(frozen, module = "bodytext._bodytext")]
pub(crate) struct CleanedIterator {
    inner: Arc<Inner>,
    texts: Py<PyIterator>,
}

#[pymethods]
impl CleanedIterator {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Cleaned>> {
        let next = self.texts.bind(py).clone().next();
        next.transpose()?.map(|text| clean(&self.inner, &text, About::default())).transpose()
    }
}
