//! What was counted while texts were cleaned.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bodytext_cli::embed;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// What was counted while texts were cleaned. Reports add up, over any cleaners and workers.
///
/// >>> import bodytext
/// >>> one = bodytext.Cleaner().clean("Share this story:\nThe port was shut on Monday.\n").report
/// >>> both = one + one
/// >>> both.documents
/// 2
/// >>> print(both)  # doctest: +ELLIPSIS
/// 2 documents   62 % of the characters kept
///   lines      4 in, 2 out
/// ...
#[pyclass(frozen, module = "bodytext._bodytext")]
#[derive(Default)]
pub(crate) struct Report(Mutex<embed::Report>);

impl Report {
    pub(crate) fn new(report: embed::Report) -> Report {
        Report(Mutex::new(report))
    }

    pub(crate) fn push(&self, more: embed::Report) {
        self.lock().add(more);
    }

    fn lock(&self) -> MutexGuard<'_, embed::Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn copy(&self) -> embed::Report {
        self.lock().clone()
    }
}

#[pymethods]
impl Report {
    /// An empty report, or the one that `to_json` wrote.
    #[new]
    #[pyo3(signature = (json = None, /))]
    fn py_new(json: Option<&str>) -> PyResult<Report> {
        let Some(json) = json else { return Ok(Report::default()) };
        let report = serde_json::from_str(json);
        report.map(Report::new).map_err(|error| PyValueError::new_err(format!("not a report: {error}")))
    }

    /// The texts that were cleaned: without nulls.
    #[getter]
    fn documents(&self) -> PyResult<u64> {
        self.number("/documents")
    }

    /// The records that were given, of any kind.
    #[getter]
    fn read(&self) -> PyResult<u64> {
        self.number("/records/read")
    }

    /// The records that came back.
    #[getter]
    fn written(&self) -> PyResult<u64> {
        self.number("/records/written")
    }

    /// Adds the counts of another report to this one.
    fn add(&self, other: &Report) {
        let other = other.copy();
        self.lock().add(other);
    }

    /// The summary as the command's `--summary json` has it, as a string.
    fn summary_json(&self) -> String {
        self.lock().summary_json()
    }

    /// The summary as the command's `--summary json` has it, as a dictionary.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("json")?.call_method1("loads", (self.summary_json(),))
    }

    /// The report as a string that `Report(...)` takes back.
    fn to_json(&self) -> PyResult<String> {
        serde_json::to_string(&*self.lock()).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn __add__<'py>(slf: &Bound<'py, Report>, other: &Bound<'py, PyAny>) -> PyResult<Report> {
        let other = other.cast::<Report>().map_err(|_| PyTypeError::new_err("a report is added to reports only"))?;
        let mut sum = slf.get().copy();
        sum.add(other.get().copy());
        Ok(Report::new(sum))
    }

    /// For `sum`, which begins with 0.
    fn __radd__(slf: &Bound<'_, Report>, other: &Bound<'_, PyAny>) -> PyResult<Report> {
        match other.extract::<i64>() {
            Ok(0) => Ok(Report::new(slf.get().copy())),
            _ => Err(PyTypeError::new_err("a report is added to reports only")),
        }
    }

    fn __eq__(slf: &Bound<'_, Report>, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Report>().is_ok_and(|other| slf.get().copy() == other.get().copy())
    }

    fn __str__(&self) -> String {
        format!("{:#}", self.lock())
    }

    fn __repr__(&self) -> String {
        format!("<bodytext.Report: {}>", self.lock().to_string().lines().last().unwrap_or_default())
    }

    fn __getnewargs__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, [self.to_json()?])
    }
}

impl Report {
    fn number(&self, pointer: &str) -> PyResult<u64> {
        let summary: serde_json::Value =
            serde_json::from_str(&self.summary_json()).map_err(|error| PyValueError::new_err(error.to_string()))?;
        Ok(summary.pointer(pointer).and_then(serde_json::Value::as_u64).unwrap_or_default())
    }
}
