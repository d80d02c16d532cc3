//! Finds a program by its path or in `PATH`.

use std::{
    ffi::OsStr,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use rustix::fs::{Access, access};

/// Why a program cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FindError {
    /// No folder of `PATH` has it.
    NotFound,
    /// There is no file at the path that names it.
    NoFile(PathBuf, ErrorKind),
    /// There is a file of that name that is not executable.
    NotExecutable(PathBuf),
}

/// Finds `program`; `search_path` is the value of `PATH`. An executable file is preferred.
pub(crate) fn find_program(program: &str, search_path: Option<&OsStr>) -> Result<PathBuf, FindError> {
    let path = Path::new(program);
    let candidates: Vec<PathBuf> = if program.contains('/') {
        match path.metadata() {
            Err(error) => return Err(FindError::NoFile(path.to_owned(), error.kind())),
            Ok(found) if found.is_dir() => {
                return Err(FindError::NoFile(path.to_owned(), ErrorKind::IsADirectory));
            }
            Ok(found) if !found.is_file() => return Err(FindError::NotExecutable(path.to_owned())),
            Ok(_) => vec![path.to_owned()],
        }
    } else {
        search_path
            .map(|search_path| std::env::split_paths(search_path).map(|folder| folder.join(path)).collect())
            .unwrap_or_default()
    };
    let files: Vec<_> = candidates.into_iter().filter(|path| path.is_file()).collect();
    let executable = files.iter().find(|path| access(path.as_path(), Access::EXEC_OK).is_ok());
    match (executable, files.first()) {
        (Some(path), _) => Ok(path.clone()),
        (None, Some(path)) => Err(FindError::NotExecutable(path.clone())),
        (None, None) => Err(FindError::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn programs_are_found_and_what_cannot_be_run_is_told_from_what_is_missing() {
        let folder = std::env::temp_dir().join(format!("lenscast-program-{}", std::process::id()));
        let (first, second) = (folder.join("first"), folder.join("second"));
        for (path, mode) in
            [(first.join("camera"), 0o644), (second.join("camera"), 0o755), (first.join("notes"), 0o644)]
        {
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, "#!/bin/sh\n").expect("a file");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
        }
        let search_path = std::env::join_paths([&first, &second]).expect("no colon");
        let find = |program: &str| find_program(program, Some(&search_path));
        assert_eq!(find("camera"), Ok(second.join("camera")), "behind one that cannot be run");
        assert_eq!(find("notes"), Err(FindError::NotExecutable(first.join("notes"))));
        assert_eq!(find("nothing"), Err(FindError::NotFound));
        assert_eq!(find(""), Err(FindError::NotFound), "a folder is no program");
        let path = first.join("camera");
        assert_eq!(find(path.to_str().expect("UTF-8")), Err(FindError::NotExecutable(path)));
        let missing = |path: &Path, kind| {
            let found = find(path.to_str().expect("UTF-8"));
            assert_eq!(found, Err(FindError::NoFile(path.to_owned(), kind)));
        };
        missing(&first.join("nothing"), ErrorKind::NotFound);
        missing(&first, ErrorKind::IsADirectory);
        assert_eq!(
            find("./nothing"),
            Err(FindError::NoFile("./nothing".into(), ErrorKind::NotFound)),
            "not in PATH"
        );
        assert_eq!(find_program("camera", None), Err(FindError::NotFound));
        fs::remove_dir_all(&folder).expect("ours");
    }
}
