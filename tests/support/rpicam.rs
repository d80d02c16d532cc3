//! A Raspberry Pi camera for a test: the stand-in for rpicam-vid in a folder of its own, with a script beside it.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// A camera.
pub struct FakeRpicam {
    folder: PathBuf,
}

impl FakeRpicam {
    /// A camera that behaves by `script` (tests/fake_rpicam/script.rs).
    pub fn new(script: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("lenscast-rpicam-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let camera = Self { folder };
        symlink(fake_program(), camera.program()).expect("a link");
        camera.behave(script);
        camera
    }

    /// Behaves by `script` from its next start on.
    pub fn behave(&self, script: &str) {
        fs::write(self.folder.join("script"), script).expect("a file");
    }

    /// Where its program is. No other process of this machine has that in its command line.
    pub fn program(&self) -> PathBuf {
        self.folder.join("rpicam-vid")
    }

    /// A PATH in which its program is the only one.
    pub fn search_path(&self) -> &Path {
        &self.folder
    }

    /// What to give to `--source`, with these settings besides.
    pub fn source(&self, settings: &str) -> String {
        let comma = if settings.is_empty() { "" } else { "," };
        let program = self.program();
        format!("rpicam,program={},encoder=hardware,size=320x240{comma}{settings}:0", program.display())
    }
}

impl Drop for FakeRpicam {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The stand-in, built if it is not there yet: cargo builds it for all tests together, and not for a single one.
fn fake_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let ours = super::program::path();
        let profile = ours.parent().expect("a folder");
        if std::env::var_os("LENSCAST_BIN").is_some() {
            return profile.join("examples/fake-rpicam-vid");
        }
        let mut build = Command::new(env!("CARGO"));
        // The whole workspace, as scripts/test builds it: what its crates want of a library decides how that is built.
        build.args(["build", "--quiet", "--locked", "--workspace", "--example", "fake-rpicam-vid"]);
        if profile.ends_with("release") {
            build.arg("--release");
        }
        // scripts/test sets it for the tests alone. What is built with it is not what was built without.
        build.env_remove("RUSTC_BOOTSTRAP");
        build.current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(build.status().expect("cargo").success(), "the stand-in for rpicam-vid does not compile");
        profile.join("examples/fake-rpicam-vid")
    })
}
