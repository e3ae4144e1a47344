//! The command `bodytext`.

fn main() -> std::process::ExitCode {
    bodytext_cli::run(std::env::args_os())
}
