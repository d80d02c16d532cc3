//! docs/README.md lists every document beside it, and the links between documents lead somewhere.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The documents of the repository, with their texts.
fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let inside = |folder: PathBuf| {
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path())
    };
    let paths = inside(root.to_owned()).chain(inside(root.join("docs")));
    let documents = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    documents.map(|path| (path.clone(), fs::read_to_string(path).expect("UTF-8"))).collect()
}

#[test]
fn the_table_of_contents_lists_every_document() {
    let documents = documents();
    let (_, contents) =
        documents.iter().find(|(path, _)| path.ends_with("docs/README.md")).expect("it is there");
    let listed =
        documents.iter().filter(|(path, _)| path.parent().is_some_and(|folder| folder.ends_with("docs")));
    for (path, _) in listed.filter(|(path, _)| !path.ends_with("README.md")) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        assert!(contents.contains(&format!("]({name})")), "docs/README.md does not list {name}");
    }
}

#[test]
fn links_to_files_lead_somewhere() {
    let mut links = 0;
    for (path, text) in documents() {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let folder = path.parent().expect("it is in a folder");
            assert!(folder.join(file).exists(), "{}: {target} leads nowhere", path.display());
            links += 1;
        }
    }
    assert!(links > 20, "{links} links");
}
