//! The imports between the Rust files of a crate, read from their text, and the circles among them.
//!
//! ```text
//! file ─► tokens ─► paths (use trees, and paths in code) ─► module ─► the file that defines the item
//! ```
//! A re-export is no import: whoever imports through it depends on the file that defines the item. Tests do not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// One crate: its files by module path (`["hub", "track"]`; the root is empty).
pub(super) struct Crate {
    modules: BTreeMap<Vec<String>, Module>,
}

struct Module {
    file: PathBuf,
    /// Paths that it uses, relative to the root of the crate.
    uses: Vec<Vec<String>>,
    /// Names that it exports from elsewhere, with the path that each stands for.
    exports: Vec<(String, Vec<String>)>,
}

impl Crate {
    /// The crate whose files below `folder` have these paths and texts.
    pub(super) fn new(folder: &Path, files: &[(PathBuf, String)]) -> Self {
        let mut modules = BTreeMap::new();
        for (file, text) in files {
            let relative = file.strip_prefix(folder).expect("below the folder").with_extension("");
            let mut path: Vec<String> =
                relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            if path.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
                path.pop();
            }
            let mut module = Module { file: file.clone(), uses: Vec::new(), exports: Vec::new() };
            module.read(&tokens(&logic(text)), &path);
            modules.insert(path, module);
        }
        Self { modules }
    }

    /// The first circle of imports that is found, as the files on the way, the first again at the end.
    pub(super) fn circle(&self) -> Option<Vec<PathBuf>> {
        let edges: BTreeMap<&Path, BTreeSet<&Path>> =
            self.modules.values().map(|module| (module.file.as_path(), self.imports(module))).collect();
        let mut done = BTreeSet::new();
        edges.keys().find_map(|file| circle_from(file, &edges, &mut Vec::new(), &mut done))
    }

    /// The files that define what `module` uses.
    fn imports(&self, module: &Module) -> BTreeSet<&Path> {
        let files = module.uses.iter().filter_map(|path| self.definer(path, 0));
        files.filter(|file| *file != module.file).collect()
    }

    /// The file that defines the item at `path`; `None` for what is not of this crate.
    fn definer(&self, path: &[String], depth: usize) -> Option<&Path> {
        const LONGEST_CHAIN: usize = 8;
        let length = (0..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length]))?;
        let module = &self.modules[&path[..length]];
        let Some(name) = path.get(length) else { return Some(&module.file) };
        let exported = module.exports.iter().find(|(exported, _)| exported == name);
        match exported {
            Some((_, target)) if depth < LONGEST_CHAIN => {
                let target: Vec<String> = target.iter().chain(&path[length + 1..]).cloned().collect();
                self.definer(&target, depth + 1)
            }
            _ => Some(&module.file),
        }
    }
}

fn circle_from<'a>(
    file: &'a Path,
    edges: &BTreeMap<&'a Path, BTreeSet<&'a Path>>,
    way: &mut Vec<&'a Path>,
    done: &mut BTreeSet<&'a Path>,
) -> Option<Vec<PathBuf>> {
    if let Some(begin) = way.iter().position(|passed| *passed == file) {
        return Some(way[begin..].iter().copied().chain([file]).map(Path::to_owned).collect());
    }
    if done.contains(file) {
        return None;
    }
    way.push(file);
    let found = edges.get(file)?.iter().find_map(|next| circle_from(next, edges, way, done));
    way.pop();
    done.insert(file);
    found
}

impl Module {
    /// Reads the paths of the module at `here`.
    fn read(&mut self, tokens: &[String], here: &[String]) {
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == "use" {
                let is_export = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
                let mut found = Vec::new();
                at = use_tree(tokens, at + 1, &mut Vec::new(), &mut found);
                for (path, name) in found {
                    let Some(path) = absolute(&path, here) else { continue };
                    if is_export {
                        self.exports.push((name, path));
                    } else {
                        self.uses.push(path);
                    }
                }
            } else {
                let (path, next) = code_path(tokens, at);
                if path.len() > 1
                    && let Some(path) = absolute(&path, here)
                {
                    self.uses.push(path);
                }
                at = next;
            }
        }
    }
}

/// `path` from the root of the crate, if it begins with `crate`, `super` or `self`, or names a module that is declared here.
fn absolute(path: &[String], here: &[String]) -> Option<Vec<String>> {
    let mut base = here.to_vec();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|first| first == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        // A path that begins with a module of this one; anything else is of another crate and is not found.
        _ => {}
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// Reads a tree of `use` from `at` on into paths, each with the name that it has here. Gives where the statement ends.
fn use_tree(
    tokens: &[String],
    mut at: usize,
    prefix: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, String)>,
) -> usize {
    let depth = prefix.len();
    while at < tokens.len() {
        match tokens[at].as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while at < tokens.len() && tokens[at] != "}" {
                    at = use_tree(tokens, at, prefix, found);
                    if tokens.get(at).is_some_and(|token| token == ",") {
                        at += 1;
                    }
                }
                prefix.truncate(depth);
                return at + 1;
            }
            ";" | "," | "}" => break,
            "as" => {
                let name = tokens.get(at + 1).cloned().unwrap_or_default();
                found.push((prefix.clone(), name));
                prefix.truncate(depth);
                return at + 2;
            }
            "self" if !prefix.is_empty() => at += 1,
            "*" => {
                prefix.push("*".into());
                at += 1;
            }
            name => {
                prefix.push(name.to_owned());
                at += 1;
            }
        }
    }
    found.push((prefix.clone(), prefix.last().cloned().unwrap_or_default()));
    prefix.truncate(depth);
    at
}

/// A path in code that begins at `at`, and where to go on.
fn code_path(tokens: &[String], mut at: usize) -> (Vec<String>, usize) {
    let is_name = |token: &String| token.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let mut path = Vec::new();
    while tokens.get(at).is_some_and(is_name) {
        path.push(tokens[at].clone());
        if tokens.get(at + 1).is_none_or(|token| token != "::") {
            return (path, at + 1);
        }
        at += 2;
    }
    (path, at + 1)
}

/// The text before its tests.
fn logic(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// Names and punctuation of a text, without comments, texts in quotes and numbers.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|letter| {
                let ends = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let end = end.unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            end
        } else if rest.starts_with("::") {
            tokens.push("::".into());
            2
        } else {
            if "{};,*()".contains(first) {
                tokens.push(first.into());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(files: &[(&str, &str)]) -> Option<Vec<String>> {
        let files: Vec<_> =
            files.iter().map(|(file, text)| (Path::new("src").join(file), (*text).to_owned())).collect();
        let found = Crate::new(Path::new("src"), &files).circle();
        found.map(|files| files.iter().map(|file| file.display().to_string()).collect())
    }

    #[test]
    fn circles_are_found_by_every_way_to_import() {
        // Name, files with their texts, whether there is a circle.
        type Row = (&'static str, &'static [(&'static str, &'static str)], bool);
        let table: [Row; 9] = [
            ("none", &[("a.rs", "use crate::b::B;"), ("b.rs", "")], false),
            ("two files", &[("a.rs", "use crate::b::B;"), ("b.rs", "use crate::a::A;")], true),
            ("super", &[("x/a.rs", "use super::b::B;"), ("x/b.rs", "fn f() { super::a::g() }")], true),
            (
                "a nested tree",
                &[("a.rs", "use crate::{c, b::{self, B}};"), ("b.rs", "use crate::a as x;")],
                true,
            ),
            (
                "through a re-export",
                &[
                    ("x/mod.rs", "pub use b::B;"),
                    ("x/a.rs", "use super::B;"),
                    ("x/b.rs", "use crate::x::a::A;"),
                ],
                true,
            ),
            (
                "a re-export alone",
                &[("x/mod.rs", "pub use a::A;\npub use b::B;"), ("x/a.rs", "use super::B;"), ("x/b.rs", "")],
                false,
            ),
            (
                "a parent with code",
                &[("x/mod.rs", "use self::a::A;"), ("x/a.rs", "use super::Parent;")],
                true,
            ),
            (
                "in tests only",
                &[("a.rs", "use crate::b::B;"), ("b.rs", "#[cfg(test)]\nuse crate::a::A;")],
                false,
            ),
            (
                "in comments and texts",
                &[("a.rs", "use crate::b::B;"), ("b.rs", "// crate::a::A\n\"crate::a::A\"")],
                false,
            ),
        ];
        for (name, files, is_circle) in table {
            assert_eq!(circle(files).is_some(), is_circle, "{name}: {:?}", circle(files));
        }
    }

    #[test]
    fn a_circle_is_told_by_its_files() {
        let files =
            [("a.rs", "use crate::b::B;"), ("b.rs", "use crate::c::C;"), ("c.rs", "use crate::b::B;")];
        assert_eq!(circle(&files).expect("a circle"), ["src/b.rs", "src/c.rs", "src/b.rs"]);
    }
}
