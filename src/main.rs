//! The `lenscast` program.

fn main() {}
