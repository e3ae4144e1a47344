//! The command `bodytext`: reads the arguments, runs what they ask for, and ends with the exit code it earned.
//! It decides nothing itself: what a command does stands in `cli`, how a text is cleaned in the library.
//! It stands at the very edge; nothing depends on it.

mod cli;

fn main() -> std::process::ExitCode {
    let arguments = match cli::args::parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(message) => return cli::output::usage_message(&message).into(),
    };
    match cli::run(arguments) {
        Ok(code) => code.into(),
        Err(stop) => cli::output::last_words(&stop).into(),
    }
}
