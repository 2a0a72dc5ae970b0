//! The SDK as npm publishes it, installed once for all tests.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// Where the bots and the list of what they need are.
pub(super) fn bots() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk")
}

/// The folder of modules with the SDK in it; installs it when it is not there as it is listed.
pub(super) fn modules() -> PathBuf {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk");
    fs::create_dir_all(&home).unwrap();
    // Tests run side by side, each perhaps in a process of its own: the first one installs.
    let lock = File::create(home.join("lock")).unwrap();
    lock.lock().unwrap();
    let listed = fs::read(bots().join("package-lock.json")).unwrap();
    let done = home.join("installed");
    if fs::read(&done).is_ok_and(|installed| installed == listed) {
        return home.join("node_modules");
    }
    // Whatever is half there must not pass for it.
    let _ = fs::remove_file(&done);
    for list in ["package.json", "package-lock.json"] {
        fs::copy(bots().join(list), home.join(list)).unwrap();
    }
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&home)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "npm cannot install the SDK; it must reach its registry once:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    fs::write(&done, &listed).unwrap();
    home.join("node_modules")
}
