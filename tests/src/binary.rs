use std::path::{Path, PathBuf};

/// The server, beside the test executable: `target/<profile>/datameshd`.
#[track_caller]
pub fn datameshd() -> PathBuf {
    beside_the_test("datameshd")
}

/// The command line, beside the test executable: `target/<profile>/datamesh`.
#[track_caller]
pub fn datamesh() -> PathBuf {
    beside_the_test("datamesh")
}

/// The folder that cargo builds into: for what a test downloads and wants to find again.
pub fn target_dir() -> PathBuf {
    profile_dir()
        .parent()
        .expect("a profile is a folder of the target")
        .to_owned()
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest
        .parent()
        .expect("the crate is a folder of the repository")
        .to_owned()
}

#[track_caller]
fn beside_the_test(name: &str) -> PathBuf {
    let path = profile_dir().join(name);
    assert!(
        path.is_file(),
        "{} is not there: run `cargo build -p datamesh-node --bins` first",
        path.display()
    );
    path
}

/// Test executables are in `target/<profile>/deps`.
fn profile_dir() -> PathBuf {
    let test = std::env::current_exe().expect("a test has an executable");
    let deps = test.parent().expect("an executable is in a folder");
    deps.parent()
        .expect("deps is in the profile's folder")
        .to_owned()
}
