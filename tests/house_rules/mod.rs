//! The walls that the compiler does not see (ARCHITECTURE.md).

mod imports;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Rust files below `folder` of the repository.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).expect("UTF-8");
                found.push((entry, text));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has moved");
    found
}

/// The lines of a file before its tests.
fn logic(text: &str) -> impl Iterator<Item = &str> {
    text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"))
}

#[test]
fn rooms_know_only_whom_they_may() {
    let table: [(&str, &[&str]); 12] = [
        (
            "media/src",
            &["lenscast::", "tokio", "std::fs", "std::net", "std::process", "Instant::now", "SystemTime"],
        ),
        (
            "src/hub",
            &[
                "crate::source",
                "crate::encode",
                "crate::http",
                "crate::transport",
                "crate::server",
                "payload[",
            ],
        ),
        (
            "src/child",
            &[
                "use super::super",
                "use crate::{",
                "crate::source",
                "crate::encode",
                "crate::hub",
                "crate::http",
                "crate::transport",
                "crate::server",
                "crate::config",
                "lenscast_media",
            ],
        ),
        (
            "src/access",
            &[
                "crate::http",
                "crate::hub",
                "crate::transport",
                "crate::server",
                "crate::source",
                "crate::config",
                "Response",
            ],
        ),
        (
            "src/tls",
            &[
                "crate::http",
                "crate::access",
                "crate::config",
                "crate::server",
                "lenscast_media",
                "tokio",
                "std::net::Tcp",
            ],
        ),
        ("src/redact", &["use super::super", "crate::", "lenscast_media"]),
        (
            "src/v4l2",
            &[
                "crate::source",
                "crate::encode",
                "crate::hub",
                "crate::http",
                "crate::transport",
                "lenscast_media",
            ],
        ),
        ("src/encode", &["crate::source", "crate::http", "crate::transport", "crate::server"]),
        ("src/http", &["crate::source", "crate::encode", "crate::transport", "crate::server", "Publisher"]),
        ("src/transport", &["crate::source", "crate::encode", "crate::server", "Publisher"]),
        ("src/rtsp", &["crate::source", "crate::encode", "crate::transport", "crate::server", "Publisher"]),
        ("src/compat", &["crate::source", "crate::encode", "crate::transport", "crate::server", "Publisher"]),
    ];
    for (room, forbidden) in table {
        for (path, text) in sources(room) {
            for line in logic(&text).filter(|line| !line.trim_start().starts_with("//")) {
                for word in forbidden {
                    assert!(!line.contains(word), "{} uses {word}: {line}", path.display());
                }
            }
        }
    }
    for (path, text) in sources("src/source") {
        for word in ["crate::encode", "crate::http", "crate::transport", "crate::server", "Subscription"] {
            assert!(!logic(&text).any(|line| line.contains(word)), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn the_shelves_of_source_stand_in_order() {
    let table: [(&str, &[&str]); 5] = [
        ("src/source/typed", &["kinds::", "ingest::", "rpicam::", "source::v4l2", "supervise::"]),
        ("src/source/ingest", &["kinds::", "rpicam::", "source::v4l2", "supervise::", "discover::"]),
        ("src/source/kinds", &["kinds::", "use super::super", "supervise::", "discover::"]),
        ("src/source/rpicam", &["kinds::", "source::v4l2", "supervise::", "discover::"]),
        ("src/source/v4l2", &["kinds::", "rpicam::", "supervise::", "discover::"]),
    ];
    for (shelf, forbidden) in table {
        for (path, text) in sources(shelf) {
            for line in logic(&text).filter(|line| !line.trim_start().starts_with("//")) {
                for word in forbidden {
                    assert!(!line.contains(word), "{} uses {word}: {line}", path.display());
                }
            }
        }
    }
}

#[test]
fn transports_do_not_see_each_other() {
    let files = sources("src/transport");
    // A transport is a module that is open to the server; the file that names them puts them together.
    let named = |line: &str| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned());
    let names: Vec<String> = files.iter().flat_map(|(_, text)| text.lines().filter_map(named)).collect();
    for known in ["ws_live", "snapshot", "stream_ts", "classic", "ws_jsmp", "rpicam"] {
        assert!(names.iter().any(|name| name == known), "{known} is none of {names:?}");
    }
    for (path, text) in files.iter().filter(|(_, text)| !text.lines().any(|line| named(line).is_some())) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let words = line.split(|letter: char| !letter.is_alphanumeric() && !"_:".contains(letter));
            for segments in words.map(|word| word.split("::").collect::<Vec<_>>()) {
                let (_, uses) = segments.split_last().expect("a split gives something");
                for name in &names {
                    assert!(!uses.contains(&name.as_str()), "{} uses {name}: {line}", path.display());
                }
            }
        }
    }
}

#[test]
fn one_file_says_what_a_connection_is_made_of() {
    for (path, text) in
        ["src/http", "src/transport", "src/server", "src/compat", "src/rtsp"].into_iter().flat_map(sources)
    {
        let names =
            logic(&text).any(|line| line.contains("TcpStream") && !line.trim_start().starts_with("//"));
        assert_eq!(names, path.ends_with("src/http/connection.rs"), "{}: TcpStream", path.display());
    }
}

#[test]
fn every_request_passes_the_guard() {
    for (path, text) in sources("src") {
        let serves = logic(&text).any(|line| line.contains("http1::") || line.contains("axum::serve"));
        let guards = logic(&text).any(|line| line.contains("guard(access, certificate, router, request"));
        let is_accept_loop = path.ends_with("src/http/serve.rs");
        assert_eq!((serves, guards), (is_accept_loop, is_accept_loop), "{}", path.display());
    }
}

#[test]
fn every_camera_by_rtsp_passes_the_door() {
    for (path, text) in sources("src/rtsp") {
        let finds = logic(&text).any(|line| line.contains(".cameras") || line.contains(".visible("));
        let asks = logic(&text).any(|line| line.contains(".access.enter(&rules"));
        let is_door = path.ends_with("src/rtsp/door.rs");
        assert_eq!((finds, asks), (is_door, is_door), "{}", path.display());
    }
}

#[test]
fn one_file_decides_who_may_read_and_keep_an_answer() {
    let headers = ["ACCESS_CONTROL_", "CACHE_CONTROL", "PRAGMA", "CONTENT_SECURITY_POLICY", "cross-origin"];
    for (path, text) in sources("src").into_iter().filter(|(path, _)| !path.ends_with("src/http/policy.rs")) {
        for line in logic(&text).filter(|line| !line.trim_start().starts_with("//")) {
            let lower = line.to_lowercase().replace('-', "_");
            for header in headers.map(|header| header.to_lowercase().replace('-', "_")) {
                assert!(!lower.contains(&header), "{} sets {header}: {line}", path.display());
            }
        }
    }
}

#[test]
fn files_are_small_and_say_what_they_are() {
    for (path, text) in ["src", "media/src", "bench/src"].into_iter().flat_map(sources) {
        assert!(text.starts_with("//!"), "{} does not say what it is", path.display());
        let lines = logic(&text).count();
        assert!(lines <= 400, "{} has {lines} lines before its tests, 400 is the ceiling", path.display());
    }
}

#[test]
fn no_imports_run_in_a_circle() {
    for folder in ["src", "media/src"] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        if let Some(circle) = imports::Crate::new(&root, &sources(folder)).circle() {
            let files: Vec<String> = circle.iter().map(|file| file.display().to_string()).collect();
            panic!("imports run in a circle:\n  {}", files.join("\n  -> "));
        }
    }
}

#[test]
fn the_hub_knows_no_codec_and_no_camera() {
    for (path, text) in sources("src/hub") {
        for word in ["jpeg", "x264", "rpicam"] {
            let found = text.lines().find(|line| line.to_lowercase().contains(word));
            assert_eq!(found, None, "{} says {word}", path.display());
        }
    }
}

#[test]
fn one_file_names_the_kinds_of_sources() {
    let kinds = ["exec", "stdin", "tcp", "tcp_listen", "file", "raw_file", "rpicam", "v4l2"];
    for (path, text) in sources("src/source") {
        let is_shelf = |folder: &str| path.components().any(|part| part.as_os_str() == folder);
        // The list of kinds, the search for cameras, and the face of the room. A kind may use the parts of its own.
        if path.ends_with("kinds/mod.rs") || path.ends_with("discover.rs") || path.ends_with("source/mod.rs")
        {
            continue;
        }
        for line in logic(&text).filter(|line| !line.trim_start().starts_with("//")) {
            for kind in kinds.iter().filter(|kind| !is_shelf(kind) && !is_shelf("kinds")) {
                for way in
                    [format!("kinds::{kind}"), format!("source::{kind}::"), format!("super::{kind}::Config")]
                {
                    assert!(!line.contains(&way), "{} names the kind {kind}: {line}", path.display());
                }
            }
        }
    }
}

#[test]
fn the_architecture_names_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).expect("UTF-8");
    let mut named = 0;
    for line in text.lines() {
        // In the table of features the second column names what does not exist yet.
        let columns: Vec<&str> = line.split('|').collect();
        let columns = columns.iter().enumerate().filter(|(index, _)| columns.len() != 6 || *index != 2);
        for (_, column) in columns {
            for path in column
                .split('`')
                .skip(1)
                .step_by(2)
                .filter(|path| path.ends_with(".rs") || path.ends_with(".ts"))
            {
                if path.contains('/')
                    && ["src/", "media/", "web/", "tests/"].iter().any(|room| path.starts_with(room))
                {
                    assert!(root.join(path).is_file(), "ARCHITECTURE.md names {path}, which does not exist");
                    named += 1;
                }
            }
        }
    }
    assert!(named > 60, "only {named} files were found in ARCHITECTURE.md");
}

#[test]
fn functions_are_short() {
    const LONGEST: usize = 80;
    for (path, text) in ["src", "media/src", "bench/src"].into_iter().flat_map(sources) {
        let mut begun: Option<(String, usize, usize)> = None;
        for (number, line) in text.lines().enumerate() {
            let code = line.trim_start();
            let indent = line.len() - code.len();
            let words = [
                "fn ",
                "pub fn ",
                "async fn ",
                "pub async fn ",
                "const fn ",
                "pub const fn ",
                "pub(super) fn ",
            ];
            if begun.is_none() && words.iter().any(|word| code.starts_with(word)) && !code.ends_with(';') {
                begun = Some((code.to_owned(), number, indent));
            } else if let Some((name, begin, depth)) = &begun
                && indent == *depth
                && code.starts_with('}')
            {
                let lines = number + 1 - begin;
                assert!(lines <= LONGEST, "{}: {name} has {lines} lines", path.display());
                begun = None;
            }
        }
    }
}

#[test]
fn the_program_has_a_short_main() {
    let main = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs")).expect("UTF-8");
    assert!(main.lines().count() <= 30);
}

#[test]
fn unsafe_stands_only_where_something_is_wrapped() {
    let wrappers = ["src/encode/h264.rs", "src/child/spawn.rs", "src/heap.rs", "src/v4l2/sys.rs"];
    for (path, text) in sources("src") {
        let known = wrappers.iter().any(|wrapper| path.ends_with(wrapper));
        let uses = logic(&text).any(|line| line.contains("unsafe {") || line.contains("unsafe fn"));
        assert!(!uses || (known && text.contains("SAFETY:")), "{} uses unsafe", path.display());
    }
}

/// The text between the next two quotes of `text`.
fn quoted(text: &str) -> &str {
    text.split('"').nth(1).expect("a text")
}

#[test]
fn every_setting_is_documented() {
    let read =
        |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("UTF-8");
    let document = read("docs/config.md");
    let mut settings: Vec<String> = Vec::new();
    for (_, text) in sources("src/source") {
        let said = text.split("unknown_option(key, \"").skip(1).map(|rest| rest.split('"').next());
        let named = text.split("OPTIONS: &str =").skip(1).map(|rest| Some(quoted(rest)));
        let rows = text.split("    setting(\"").skip(1).map(|rest| rest.split('"').next());
        for list in said.chain(named).chain(rows).flatten() {
            settings.extend(list.split(", ").filter(|key| !key.is_empty()).map(str::to_owned));
        }
    }
    let file = read("src/config/file.rs");
    for list in file.split("SETTINGS: &str =").skip(1).map(quoted) {
        settings.extend(list.split(", ").map(str::to_owned));
    }
    let renditions = read("src/encode/settings.rs");
    for list in renditions.split("KEYS: [&str;").skip(1).filter_map(|rest| rest.split(';').next()) {
        settings.extend(list.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    for known in ["linger", "stride", "tuning-file", "mpeg1_rate"] {
        assert!(settings.iter().any(|key| key == known), "{known} is not found: {settings:?}");
    }
    assert!(settings.len() > 8 && settings.iter().any(|key| key == "max_viewers"), "{settings:?}");
    for key in settings {
        assert!(document.contains(&format!("`{key}`")), "{key} is not in docs/config.md");
    }
}

#[test]
fn every_repository_address_is_documented() {
    let document =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/http-api.md")).expect("UTF-8");
    for (path, text) in ["src/transport", "src/http"].into_iter().flat_map(sources) {
        for address in text.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let name = address.trim_start_matches('/').split('{').next().unwrap_or_default();
            let asset = name.starts_with("assets/");
            assert!(
                asset || document.contains(name),
                "{}: {address} is not in docs/http-api.md",
                path.display()
            );
        }
    }
}
