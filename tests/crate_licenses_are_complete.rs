//! licenses/THIRD-PARTY.txt has every crate that is linked into the program, in the version that Cargo.lock has.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

const OUTDATED: &str =
    "licenses/THIRD-PARTY.txt does not fit Cargo.lock: run scripts/licenses and commit what it writes";

/// Names and versions of the crates that are linked into the program, as Cargo resolves them here.
fn linked() -> BTreeSet<String> {
    let words =
        "tree --locked --offline --package lenscast --edges normal,no-proc-macro --prefix none --format {p}";
    let output = Command::new(env!("CARGO"))
        .args(words.split(' '))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("RUSTC_BOOTSTRAP")
        .output()
        .expect("Cargo runs the tests");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("UTF-8");
    // A crate of this repository has its path behind it.
    let crates = tree.lines().filter(|line| !line.contains(" (/") && !line.is_empty());
    crates.map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ").replace(" v", " ")).collect()
}

/// Names and versions of the crates in the file: lines between two rules, without what is indented.
fn listed() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("licenses/THIRD-PARTY.txt");
    let text = fs::read_to_string(path).expect("the file is there");
    let rule = "=".repeat(78);
    let mut is_heading = false;
    let mut crates = BTreeSet::new();
    for line in text.lines() {
        if line == rule {
            is_heading = !is_heading;
        } else if is_heading && let Some((name, _)) = line.split_once(" (").filter(|_| !line.starts_with(' '))
        {
            crates.insert(name.to_owned());
        }
    }
    crates
}

#[test]
fn every_crate_in_the_program_has_its_licence_in_the_file() {
    let (linked, listed) = (linked(), listed());
    assert!(linked.len() > 50, "{linked:?}");
    let missing: Vec<_> = linked.difference(&listed).collect();
    assert!(missing.is_empty(), "{OUTDATED}\nmissing: {missing:?}");
}

#[test]
fn every_crate_in_the_file_is_in_cargo_lock() {
    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).expect("UTF-8");
    let locked = |name: &str| {
        let (name, version) = name.split_once(' ').expect("a version");
        lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n"))
    };
    let stale: Vec<_> = listed().into_iter().filter(|name| !locked(name)).collect();
    assert!(stale.is_empty(), "{OUTDATED}\nnot used any more: {stale:?}");
}
