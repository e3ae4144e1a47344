//! The commands `completions` and `man`: what a shell and `man` know of the command, from the definitions that parse it.

use std::fs;
use std::path::Path;

use clap_complete::Shell;

use crate::args;
use crate::error::{Error, ExitCode};
use crate::terminal::{Stdout, eprint, shown};

pub(crate) fn completions(shell: Shell) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::definitions(), "bodytext", &mut script);
    let mut out = Stdout::new();
    out.text(&String::from_utf8_lossy(&script))?;
    out.finish()?;
    Ok(ExitCode::Success)
}

pub(crate) fn man(dir: &Path) -> Result<ExitCode, Error> {
    let written = fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(args::definitions(), dir));
    written.map_err(|error| Error::write(dir, error))?;
    eprint(format_args!("the manual pages are in {0}; read one with man -l {0}/bodytext.1", shown(dir)));
    Ok(ExitCode::Success)
}
