//! The `lenscast` program.

fn main() -> std::process::ExitCode {
    lenscast::run_program()
}
