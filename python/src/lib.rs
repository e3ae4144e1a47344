//! The Python module `bodytext._bodytext`: the library, an Arrow function and the command, without the interpreter's lock.

mod arrow;
mod cleaned;
mod cleaner;
mod report;

use std::ffi::OsString;

use pyo3::prelude::*;

/// bodytext, compiled.
#[pymodule(gil_used = false)]
mod _bodytext {
    use super::*;

    #[pymodule_export]
    use super::arrow::{ArrowArray, ArrowStream};
    #[pymodule_export]
    use super::cleaned::{Cleaned, Line, Removal};
    #[pymodule_export]
    use super::cleaner::{CleanedIterator, Cleaner};
    #[pymodule_export]
    use super::report::Report;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }

    /// Runs the command with these arguments, the program's name first, and returns its exit code.
    #[pyfunction]
    fn main(py: Python<'_>, argv: Vec<OsString>) -> u8 {
        py.detach(|| bodytext_cli::embed::run(argv))
    }
}
