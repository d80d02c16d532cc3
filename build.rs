//! Builds the web page with npm into `OUT_DIR/web`, from where `http/assets.rs` embeds it, and adds the licences of the Rust
//! crates to those of the page's libraries.
//!
//! `LENSCAST_WEB_DIST=DIR` takes a page that was built before instead, for machines without Node. The page is
//! built in a copy under `OUT_DIR`, so the source tree stays clean, and only when its sources changed.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

/// What the page is built from, below `web/`.
const SOURCES: [&str; 15] = [
    "src",
    "compat",
    "index.html",
    "grid.html",
    "404.html",
    "login.html",
    "trust.html",
    "access.html",
    "dev-server.ts",
    "licenses.ts",
    "plain-imports.ts",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
];
/// The licences of the crates; `scripts/licenses` writes it.
const CRATE_LICENSES: &str = "licenses/THIRD-PARTY.txt";
/// The oldest Node that can build the page.
const OLDEST_NODE: u32 = 18;

fn main() -> ExitCode {
    println!("cargo::rerun-if-env-changed=LENSCAST_WEB_DIST");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=LENSCAST_OPENH264={}", openh264_code());
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            println!("cargo::error={sentence}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by Cargo"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by Cargo"));
    let dist = out.join("web");
    build_page(&root.join("web"), &out, &dist)?;
    write_embedding(&dist, &out.join("web.rs")).map_err(cannot("write web.rs into OUT_DIR"))?;
    add_licenses(&root.join(CRATE_LICENSES), &dist.join("licenses.txt"))
        .map_err(cannot("add the crates' licences"))
}

fn build_page(web: &Path, out: &Path, dist: &Path) -> Result<(), String> {
    if let Some(prebuilt) = env::var_os("LENSCAST_WEB_DIST").map(PathBuf::from) {
        println!("cargo::rerun-if-changed={}", prebuilt.display());
        if !prebuilt.join("index.html").is_file() {
            return Err(format!("LENSCAST_WEB_DIST={} holds no index.html", prebuilt.display()));
        }
        clear(dist)?;
        return copy(&prebuilt, dist).map_err(cannot("copy the page of LENSCAST_WEB_DIST"));
    }
    let work = out.join("web-build");
    fs::create_dir_all(&work).map_err(cannot("make a folder in OUT_DIR"))?;
    check_node()?;
    let lock_changed =
        fs::read(web.join("package-lock.json")).ok() != fs::read(work.join("installed-lock.json")).ok();
    for source in SOURCES {
        println!("cargo::rerun-if-changed=web/{source}");
        clear(&work.join(source))?;
        copy(&web.join(source), &work.join(source)).map_err(cannot("copy web/"))?;
    }
    if lock_changed {
        npm(&work, &["ci", "--no-audit", "--no-fund"])?;
        let installed = work.join("installed-lock.json");
        fs::copy(work.join("package-lock.json"), installed).map_err(cannot("note what is installed"))?;
    }
    let dist_text = dist.to_str().ok_or("OUT_DIR is not UTF-8")?;
    npm(&work, &["run", "build", "--", "--outDir", dist_text, "--emptyOutDir"])
}

/// Writes the type that embeds the folder `dist`. rust-embed takes a path that is written out, or brings a library that finds the
/// user's folders.
fn write_embedding(dist: &Path, file: &Path) -> io::Result<()> {
    fs::write(file, format!("#[derive(rust_embed::RustEmbed)]\n#[folder = {dist:?}]\nstruct Web;\n"))
}

/// Puts the licences in file `more` behind those in `file`, which a page that was built before may lack.
fn add_licenses(more: &Path, file: &Path) -> io::Result<()> {
    println!("cargo::rerun-if-changed={CRATE_LICENSES}");
    let text = fs::read_to_string(more)?;
    let mut file = fs::OpenOptions::new().create(true).append(true).open(file)?;
    write!(file, "\n{text}")
}

/// How OpenH264 is compiled, for `--version`. It has parts in assembly, which its build leaves out without a word where there is no
/// assembler, and always on other machines than x86.
fn openh264_code() -> &'static str {
    println!("cargo::rerun-if-env-changed=NASM");
    if env::var("CARGO_CFG_TARGET_ARCH").as_deref() != Ok("x86_64") {
        return "plain C, as always on this kind of processor";
    }
    let nasm = env::var_os("NASM").unwrap_or_else(|| "nasm".into());
    let version = Command::new(nasm).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if version.is_ok_and(|status| status.success()) {
        return "with its assembly";
    }
    println!(
        "cargo::warning=nasm was not found, so OpenH264 is built without its assembly and encoding takes 1.6 times as long \
         (Debian: sudo apt install nasm, then cargo clean)"
    );
    "plain C, since nasm was missing: encoding takes 1.6 times as long"
}

fn check_node() -> Result<(), String> {
    const INSTALL: &str = "install Node.js 18 or newer with npm (Debian, Raspberry Pi OS: sudo apt install nodejs npm), \
                           or set LENSCAST_WEB_DIST to a folder with the built page";
    let version = Command::new("node").arg("--version").output();
    let version = version
        .map_err(|_| format!("the web page needs Node.js to be built, and node was not found: {INSTALL}"))?;
    let text = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let major = text.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        return Err(format!("the web page cannot be built by Node.js {text}: {INSTALL}"));
    }
    let npm = Command::new("npm").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if npm.is_ok_and(|status| status.success()) {
        Ok(())
    } else {
        Err(format!("the web page needs npm to be built, and npm was not found: {INSTALL}"))
    }
}

fn npm(work: &Path, words: &[&str]) -> Result<(), String> {
    let output = Command::new("npm").args(words).current_dir(work).output();
    let output = output.map_err(|error| format!("npm cannot be started: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let mut log = io::stderr().lock();
    let _ = log.write_all(&output.stdout).and_then(|()| log.write_all(&output.stderr));
    let what = words.join(" ");
    Err(format!("building the web page failed: npm {what} ended with {}; its output is above", output.status))
}

fn clear(path: &Path) -> Result<(), String> {
    let cleared = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match cleared {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("cannot clear {}: {error}", path.display()))
        }
        _ => Ok(()),
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn cannot(what: &'static str) -> impl Fn(io::Error) -> String {
    move |error| format!("cannot {what}: {error}")
}
