//! Arrow data in, Arrow data out, by the PyCapsule interface: the texts are cleaned, all other columns are passed on.

mod columns;
mod dictionary;
mod plan;
mod texts;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{Array, ArrayRef};
use arrow_schema::{ArrowError, FieldRef};
use bodytext::FieldName;
use pyo3::exceptions::{PyKeyError, PyOverflowError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use pyo3_arrow::ffi::{ArrayReader, to_array_pycapsules, to_schema_pycapsule, to_stream_pycapsule};
use pyo3_arrow::input::AnyArray;

use crate::cleaner::Inner;
use crate::report::Report;
use plan::{Plan, PlanError};

pub(crate) struct ArrowArguments {
    pub(crate) inner: Arc<Inner>,
    pub(crate) column: String,
    pub(crate) url_column: String,
    pub(crate) title_column: String,
    /// The column to add for what was removed.
    pub(crate) removed: Option<String>,
    /// The column to add for figures.
    pub(crate) stats: Option<String>,
    /// The columns to add for what the page says about its article.
    pub(crate) fields: Vec<FieldName>,
    pub(crate) report: Option<Py<Report>>,
    /// The most bytes of text in an array whose offsets have 32 bits.
    pub(crate) most: usize,
}

impl ArrowArguments {
    /// The usual columns, and none to add.
    pub(crate) fn new(inner: Arc<Inner>, most: usize) -> ArrowArguments {
        let [column, url_column, title_column] = ["text", "url", "title"].map(str::to_owned);
        let (removed, stats, fields, report) = (None, None, Vec::new(), None);
        ArrowArguments { inner, column, url_column, title_column, removed, stats, fields, report, most }
    }
}

impl From<PlanError> for PyErr {
    fn from(error: PlanError) -> PyErr {
        match error {
            PlanError::NoColumn(text) => PyKeyError::new_err(text),
            PlanError::Type(text) => PyTypeError::new_err(text),
            PlanError::Value(text) => PyValueError::new_err(text),
        }
    }
}

/// Cleans an array or a batch at once, and a stream while it is read.
pub(crate) fn clean<'py>(
    py: Python<'py>,
    data: &Bound<'py, PyAny>,
    arguments: ArrowArguments,
) -> PyResult<Bound<'py, PyAny>> {
    // What cannot be done is said here: an error inside a stream reaches the caller as one of its reader.
    if !data.hasattr("__arrow_c_array__")? && !data.hasattr("__arrow_c_stream__")? {
        let kind = data.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "{kind} is not Arrow data: give a table, a data frame, a record batch, a reader or an array of strings"
        )));
    }
    match data.extract::<AnyArray>()? {
        AnyArray::Array(array) => {
            let (array, field) = array.into_inner();
            let plan = Plan::new(&field, arguments)?;
            let mut cleaned = py.detach(|| plan.clean(&array)).map_err(value_error)?;
            match (cleaned.pop(), cleaned.is_empty()) {
                (Some(array), true) => Ok(Bound::new(py, ArrowArray { array, field: plan.output })?.into_any()),
                _ => Err(PyOverflowError::new_err(
                    "the cleaned texts are more than 2 GiB; cast the column to large_string, or pass a table",
                )),
            }
        }
        AnyArray::Stream(stream) => {
            let reader = stream.into_reader()?;
            let plan = Plan::new(&reader.field(), arguments)?;
            let field = plan.output.clone();
            let reader = CleaningReader { reader, plan, pending: VecDeque::new(), failed: false };
            Ok(Bound::new(py, ArrowStream { reader: Mutex::new(Some(reader)), field })?.into_any())
        }
    }
}

fn value_error(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// Cleans arrays while they are read.
struct CleaningReader {
    reader: Box<dyn ArrayReader + Send>,
    plan: Plan,
    /// The rest of an array that became several.
    pending: VecDeque<ArrayRef>,
    failed: bool,
}

impl Iterator for CleaningReader {
    type Item = Result<ArrayRef, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(array) = self.pending.pop_front() {
            return Some(Ok(array));
        }
        if self.failed {
            return None;
        }
        match self.reader.next()?.and_then(|array| self.plan.clean(&array)) {
            Ok(arrays) => self.pending = arrays.into(),
            Err(error) => {
                self.failed = true;
                // A byte of 0 would end the message in C.
                return Some(Err(ArrowError::ComputeError(error.to_string().replace('\0', "\\0"))));
            }
        }
        self.pending.pop_front().map(Ok)
    }
}

impl ArrayReader for CleaningReader {
    fn field(&self) -> FieldRef {
        self.plan.output.clone()
    }
}

/// An array of strings or a record batch, for any library that reads Arrow: `pyarrow.array(a)`,
/// `pyarrow.record_batch(a)`, `polars.DataFrame(a)`.
///
/// >>> import bodytext, pyarrow
/// >>> cleaned = bodytext.Cleaner().clean_arrow(pyarrow.array(["Leave a Reply\nIt rained."]))
/// >>> pyarrow.array(cleaned).to_pylist()
/// ['It rained.']
#[pyclass(frozen, module = "bodytext._bodytext")]
pub(crate) struct ArrowArray {
    array: ArrayRef,
    field: FieldRef,
}

#[pymethods]
impl ArrowArray {
    /// The type, for libraries that read Arrow.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.field.as_ref())?)
    }

    /// The array, for libraries that read Arrow.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        Ok(to_array_pycapsules(py, self.field.clone(), &self.array, requested_schema)?)
    }

    fn __len__(&self) -> usize {
        self.array.len()
    }

    fn __repr__(&self) -> String {
        format!("<bodytext.ArrowArray of {} {}>", self.array.len(), plan::describe(&self.field))
    }
}

/// Cleaned Arrow data that is read once, by any library that reads Arrow: `pyarrow.table(s)`,
/// `pyarrow.RecordBatchReader.from_stream(s)`, `polars.DataFrame(s)`; or batch by batch, in a loop.
///
/// >>> import bodytext, pyarrow
/// >>> stream = bodytext.Cleaner().clean_arrow(pyarrow.table({"text": ["Leave a Reply\nIt rained."]}))
/// >>> [len(batch) for batch in stream]
/// [1]
#[pyclass(frozen, module = "bodytext._bodytext")]
pub(crate) struct ArrowStream {
    reader: Mutex<Option<CleaningReader>>,
    field: FieldRef,
}

#[pymethods]
impl ArrowStream {
    /// The type, for libraries that read Arrow.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.field.as_ref())?)
    }

    /// The stream, for libraries that read Arrow. It can be taken once.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        let reader = reader.ok_or_else(|| {
            PyRuntimeError::new_err("the stream was read before; call clean_arrow again, or keep the table made of it")
        })?;
        Ok(to_stream_pycapsule(py, Box::new(reader), requested_schema)?)
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<ArrowArray>> {
        let next = py.detach(|| {
            let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
            reader.as_mut().and_then(Iterator::next)
        });
        let next = next.transpose().map_err(value_error)?;
        Ok(next.map(|array| ArrowArray { array, field: self.field.clone() }))
    }

    fn __repr__(&self) -> String {
        format!("<bodytext.ArrowStream of {}>", plan::describe(&self.field))
    }
}
