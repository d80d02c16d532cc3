//! The commands `lenscast user` and `lenscast link`, which change what access keeps: the `[[user]]` tables of a configuration
//! file, whose comments stay, or those of the state folder.

use std::{
    io::{BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use super::{
    calendar::now_s,
    key::Key,
    link::{Link, LinkName},
    made_links::note,
    password::{CheckedHash, PasswordError},
    right::{Right, Scope},
    store::{Store, replace, revoke, text_of},
    table::{FileError, users_in},
    user::{NameError, User, UserName},
};

/// What may be done with users.
#[derive(Clone, Debug, Subcommand)]
pub enum UserCommand {
    /// Adds a user; asks for the password, or reads it from standard input
    Add {
        /// Name, as it will be typed to log in
        name: String,
        /// What the user may do: view, control or admin
        #[arg(long, default_value = "view")]
        may: Right,
        /// Cameras that the user may use, by name; all without it
        #[arg(long, value_name = "CAMERA,…", value_delimiter = ',')]
        cameras: Vec<String>,
    },
    /// Sets another password; ends the user's sessions
    Passwd {
        /// Name
        name: String,
    },
    /// Lists the users
    List,
    /// Removes a user
    Remove {
        /// Name
        name: String,
    },
}

/// Why a user was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The name cannot be one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The password may not be set.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Somebody has that name.
    #[error("there is a user {0:?} already: lenscast user passwd sets another password")]
    Exists(String),
    /// It was to be the first.
    #[error("somebody has set a password already")]
    NotFirst,
    /// Nobody has that name.
    #[error("there is no user {0:?}: {1}")]
    Unknown(String, String),
    /// The file is no configuration.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file cannot be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// There is nowhere to keep users.
    #[error("there is no folder to keep users in: give the configuration file with --config FILE")]
    NoFolder,
    /// It was to be typed twice.
    #[error("the two passwords differ")]
    Differ,
}

/// The file of users in a state folder.
#[must_use]
pub fn users_file(state: &Path) -> PathBuf {
    Store::new(Some(state.to_owned())).users_file().expect("it has a folder")
}

/// Runs a command on the users of `file`.
///
/// # Errors
/// When it cannot be done; nothing is changed then.
pub fn user(command: &UserCommand, file: &Path) -> Result<String, AddError> {
    match command {
        UserCommand::Add { name, may, cameras } => {
            let scope = match cameras.is_empty() {
                true => Scope::All,
                false => Scope::Only(cameras.iter().cloned().collect()),
            };
            let name = UserName::new(name)?;
            if users_of(file)?.iter().any(|user| user.name == name) {
                return Err(AddError::Exists(name.as_str().to_owned()));
            }
            let password = CheckedHash::of(&asked_password()?)?;
            add_user_to(file, &User { name: name.clone(), password, right: *may, scope })?;
            Ok(format!("{} may {may}; kept in {}", name.as_str(), file.display()))
        }
        UserCommand::Passwd { name } => {
            known(file, name)?;
            let password = CheckedHash::of(&asked_password()?)?;
            change(file, name, |table| table["password_hash"] = value(password.as_str()))?;
            Ok(format!("{name} has another password; sessions of before have ended"))
        }
        UserCommand::List => {
            let mut list = String::new();
            for user in users_of(file)? {
                let cameras = match &user.scope {
                    Scope::All => "all cameras".to_owned(),
                    Scope::Only(names) => names.iter().cloned().collect::<Vec<_>>().join(", "),
                };
                list.push_str(&format!("{}  {}  {cameras}\n", user.name.as_str(), user.right));
            }
            let none = format!("no users in {}", file.display());
            Ok(if list.is_empty() { none } else { list.trim_end().to_owned() })
        }
        UserCommand::Remove { name } => {
            known(file, name)?;
            edit(file, |document| {
                if let Some(tables) = document.get_mut("user").and_then(Item::as_array_of_tables_mut) {
                    tables.retain(|table| name_of(table) != Some(name));
                    if tables.is_empty() {
                        document.remove("user");
                    }
                }
            })?;
            Ok(format!("{name} is removed"))
        }
    }
}

/// A link as the command makes it.
///
/// # Errors
/// When the key of the state folder cannot be read or made, or the link not be written down.
pub fn link(
    state: &Path,
    camera: Option<String>,
    right: Right,
    seconds: Option<u64>,
    name: LinkName,
) -> std::io::Result<String> {
    let key = Key::of_folder(state)?;
    let link = Link { camera, right, expires_at: seconds.map(|seconds| now_s() + seconds), name };
    note(state, &link)?;
    Ok(link.token(&key))
}

/// Revokes all links called `name`.
///
/// # Errors
/// When that cannot be written down.
pub fn revoke_link(state: &Path, name: &LinkName) -> std::io::Result<()> {
    revoke(state, name)
}

/// Adds a user to the `[[user]]` tables of `file`, which is made if it is not there.
///
/// # Errors
/// When there is one of that name, or the file cannot be read or written.
pub(super) fn add_user_to(file: &Path, user: &User) -> Result<(), AddError> {
    let name = user.name.as_str();
    if users_of(file)?.iter().any(|other| other.name == user.name) {
        return Err(AddError::Exists(name.to_owned()));
    }
    let mut table = Table::new();
    table["name"] = value(name);
    table["password_hash"] = value(user.password.as_str());
    table["may"] = value(user.right.name());
    if let Scope::Only(cameras) = &user.scope {
        table["cameras"] = value(cameras.iter().collect::<toml_edit::Array>());
    }
    edit(file, |document| {
        let tables = document.entry("user").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        if let Some(tables) = tables.as_array_of_tables_mut() {
            tables.push(table);
        }
    })
}

fn users_of(file: &Path) -> Result<Vec<User>, AddError> {
    Ok(users_in(file, &text(file)?)?)
}

fn known(file: &Path, name: &str) -> Result<(), AddError> {
    let users = users_of(file)?;
    if users.iter().any(|user| user.name.as_str() == name) {
        return Ok(());
    }
    let names: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
    let there_are = match names.is_empty() {
        true => format!("there are none in {}", file.display()),
        false => format!("there is {}", names.join(", ")),
    };
    Err(AddError::Unknown(name.to_owned(), there_are))
}

fn change(file: &Path, name: &str, change: impl FnOnce(&mut Table)) -> Result<(), AddError> {
    edit(file, |document| {
        let tables = document.get_mut("user").and_then(Item::as_array_of_tables_mut);
        if let Some(table) =
            tables.and_then(|tables| tables.iter_mut().find(|table| name_of(table) == Some(name)))
        {
            change(table);
        }
    })
}

fn name_of(table: &Table) -> Option<&str> {
    table.get("name").and_then(Item::as_str)
}

/// Edits a file whose syntax was checked before.
fn edit(file: &Path, edit: impl FnOnce(&mut DocumentMut)) -> Result<(), AddError> {
    let mut document: DocumentMut = text(file)?.parse().map_err(|error: toml_edit::TomlError| {
        AddError::Io { path: file.display().to_string(), error: std::io::Error::other(error.to_string()) }
    })?;
    edit(&mut document);
    let io = |error| AddError::Io { path: file.display().to_string(), error };
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    replace(file, &document.to_string()).map_err(io)
}

fn text(file: &Path) -> Result<String, AddError> {
    text_of(file).map_err(|error| AddError::Io { path: file.display().to_string(), error })
}

/// The password that somebody types twice without seeing it, or the first line of standard input where nobody sits.
fn asked_password() -> Result<String, AddError> {
    let io = |error| AddError::Io { path: "standard input".to_owned(), error };
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return line(&mut stdin.lock()).map_err(io);
    }
    let typed = |prompt: &str| -> std::io::Result<String> {
        let _hidden = HiddenInput::new(&stdin)?;
        let mut terminal = std::io::stderr();
        write!(terminal, "{prompt}: ")?;
        let typed = line(&mut stdin.lock());
        writeln!(terminal)?;
        typed
    };
    let password = typed("password").map_err(io)?;
    if typed("once more").map_err(io)? != password {
        return Err(AddError::Differ);
    }
    Ok(password)
}

fn line(input: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// While it lives, the terminal shows nothing of what is typed.
struct HiddenInput<'a> {
    terminal: &'a std::io::Stdin,
    before: rustix::termios::Termios,
}

impl<'a> HiddenInput<'a> {
    fn new(terminal: &'a std::io::Stdin) -> std::io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(terminal)?;
        let mut hidden = before.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &hidden)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for HiddenInput<'_> {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        let _nothing_else_to_try = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

/// The folder of what the program keeps between runs: systemd's, else the user's own (XDG base directories).
#[must_use]
pub fn state_folder() -> Option<PathBuf> {
    let path = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    path("STATE_DIRECTORY")
        .or_else(|| path("XDG_STATE_HOME").map(|folder| folder.join("lenscast")))
        .or_else(|| path("HOME").map(|home| home.join(".local/state/lenscast")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna(may: Right) -> User {
        User {
            name: UserName::new("anna").expect("a name"),
            password: CheckedHash::of("correct horse").expect("it may be set"),
            right: may,
            scope: Scope::Only(["door".to_owned()].into()),
        }
    }

    #[test]
    fn comments_stay_where_users_are_changed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("lenscast.toml");
        let before = "# at the door\n[[camera]]\nname = \"door\" # front\nsource = \"test\"\n";
        std::fs::write(&file, before).expect("written");
        let user_of_file = anna(Right::Control);
        add_user_to(&file, &user_of_file).expect("added");
        assert_eq!(users_of(&file).expect("users"), std::slice::from_ref(&user_of_file));
        let twice = add_user_to(&file, &user_of_file).expect_err("it is there");
        assert!(twice.to_string().starts_with("there is a user \"anna\" already"), "{twice}");
        let text = std::fs::read_to_string(&file).expect("a file");
        assert!(text.starts_with(before), "{text}");

        let hash = CheckedHash::of("another one").expect("it may be set");
        change(&file, "anna", |table| table["password_hash"] = value(hash.as_str())).expect("changed");
        assert_eq!(users_of(&file).expect("users")[0].password, hash);
        let unknown = user(&UserCommand::Remove { name: "bob".into() }, &file).expect_err("nobody");
        assert_eq!(unknown.to_string(), "there is no user \"bob\": there is anna");
        user(&UserCommand::Remove { name: "anna".into() }, &file).expect("removed");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), before);
    }

    #[test]
    fn users_are_listed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("state/users.toml");
        let list = user(&UserCommand::List, &file).expect("an empty list");
        assert_eq!(list, format!("no users in {}", file.display()));
        add_user_to(&file, &anna(Right::View)).expect("added");
        assert_eq!(user(&UserCommand::List, &file).expect("a list"), "anna  view  door");
    }
}
