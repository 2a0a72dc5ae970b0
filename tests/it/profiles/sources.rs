//! Where secrets are: variables, programs, the keyring, private files.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use handset::{config::profile::Source, domain::secret::Secret};
use tempfile::tempdir;

use crate::profiles::{SECRET, show, write};

fn private(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn program(path: &Path, script: &str) {
    fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

async fn read(source: Source) -> Result<String, String> {
    let secret = source.read().await;
    let secret = secret.map(|secret| secret.reveal().to_owned());
    secret.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_file_is_ours_alone_or_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("acme.secret");
    let source = || Source::File(path.clone());
    let error = read(source()).await.unwrap_err();
    assert!(
        error.contains("No such file") && error.contains("acme.secret"),
        "{error}"
    );
    private(&path, &format!("{SECRET}\r\nand more\n"));
    assert_eq!(read(source()).await.unwrap(), SECRET);
    for mode in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = read(source()).await.unwrap_err();
        let wanted = format!(
            "others can read the secret in {0}; do `chmod 600 {0}`",
            path.display()
        );
        assert_eq!(error, wanted);
    }
    // What a link leads to is judged.
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    let error = read(Source::File(link.clone())).await.unwrap_err();
    assert!(error.contains("chmod 600"), "{error}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert_eq!(read(Source::File(link)).await.unwrap(), SECRET);
    for (text, words) in [("\nx", "first line is empty"), ("", "first line is empty")] {
        let path = folder.path().join("odd");
        private(&path, text);
        let error = read(Source::File(path)).await.unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    private(&folder.path().join("long"), &"x".repeat(20_000));
    let error = read(Source::File(folder.path().join("long")))
        .await
        .unwrap_err();
    assert!(error.contains("longer than a secret can be"), "{error}");
    let error = read(Source::File(folder.path().to_owned()))
        .await
        .unwrap_err();
    assert!(error.contains("it is no file"), "{error}");
}

#[tokio::test]
async fn blanks_and_line_ends_behind_a_secret_in_a_file_are_left_out() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("acme.secret");
    for end in ["\n", "\r\n", " ", "\t \r\n"] {
        private(&path, &format!("{SECRET}{end}"));
        let read = read(Source::File(path.clone())).await;
        assert_eq!(read.as_deref(), Ok(SECRET), "{end:?}");
    }
    private(&path, "  \t\n");
    let error = read(Source::File(path)).await.unwrap_err();
    assert!(error.contains("first line is empty"), "{error}");
}

#[tokio::test]
async fn a_secret_is_stored_in_a_new_private_file_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("new.secret");
    let source = Source::File(path.clone());
    source.store(&Secret::new(SECRET)).await.unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(read(source.clone()).await.unwrap(), SECRET);
    let error = source
        .store(&Secret::new("other"))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("File exists"), "{error}");
    assert_eq!(read(source).await.unwrap(), SECRET);
    let error = Source::Env("ACME_SECRET".into())
        .store(&Secret::new(SECRET))
        .await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("env ACME_SECRET; choose the keyring or a file"),
        "{error}"
    );
}

#[tokio::test]
async fn a_program_says_it_without_a_shell() {
    let folder = tempdir().unwrap();
    let script = |name: &str, text: &str| {
        let path = folder.path().join(name);
        program(&path, text);
        path.display().to_string()
    };
    let words = |words: &[&str]| Source::Command(words.iter().map(|&word| word.into()).collect());
    let good = script("good", "printf '%s\\nsecond\\n' \"$1\"");
    assert_eq!(
        read(words(&[&good, "a $HOME b"])).await.unwrap(),
        "a $HOME b"
    );
    let bad = script("bad", "echo first >&2; echo 'no \u{1b}[31mkey' >&2; exit 3");
    let error = read(words(&[&bad, "arg"])).await.unwrap_err();
    assert!(
        error.contains(&bad) && error.contains("exit code 3, \"no "),
        "{error}"
    );
    assert!(
        !error.contains("first") && !error.contains("arg") && !error.contains('\u{1b}'),
        "{error}"
    );
    let error = read(words(&[&script("mute", "exit 0")])).await.unwrap_err();
    assert!(error.contains("its first line is empty"), "{error}");
    let error = read(words(&["/nowhere/pass"])).await.unwrap_err();
    assert!(
        error.contains("`/nowhere/pass` did not give the secret: No such file"),
        "{error}"
    );
    // One that never stops talking is held to the limit, and never fills memory.
    let error = read(words(&[&script(
        "loud",
        "head -c 3000000 /dev/zero | tr '\\0' x",
    )]))
    .await;
    assert!(error.unwrap_err().contains("longer than a secret can be"));
    // One that talks on stderr alone is not held up.
    let chatty = script("chatty", "head -c 3000000 /dev/zero >&2; echo yes");
    assert_eq!(read(words(&[&chatty])).await.unwrap(), "yes");
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_after_ten_seconds() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("hangs");
    let left = folder.path().join("pid");
    program(
        &path,
        &format!("echo $$ > {}; exec sleep 600", left.display()),
    );
    let error = read(Source::Command(vec![path.display().to_string()]))
        .await
        .unwrap_err();
    assert!(error.contains("it did not end within 10 s"), "{error}");
    let pid = fs::read_to_string(left).unwrap();
    assert!(
        !PathBuf::from(format!("/proc/{}", pid.trim())).exists(),
        "it still runs"
    );
}

/// A keyring with one secret in it; it does as `secret-tool` does.
fn keyring(folder: &Path) -> PathBuf {
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).unwrap();
    let script = format!(
        "if [ \"$*\" = 'lookup service handset user acme' ]; then printf %s {SECRET}; exit 0; fi\n\
         if [ \"$6\" = broken ] || [ \"$5\" = broken ]; then\n\
         echo 'secret-tool: Cannot autolaunch D-Bus without X11 $DISPLAY' >&2; exit 1; fi\n\
         exit 1"
    );
    program(&bin.join("secret-tool"), &script);
    bin
}

#[test]
fn the_keyring_is_asked_by_the_systems_own_tool() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let bin = keyring(folder);
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let state = |user: &str, path: &str| {
        write(
            folder,
            &format!(
                "[profiles.a]\naccount = \"1\"\nsecret = {{ keyring = \"handset\", user = \"{user}\" }}\n"
            ),
        );
        let shown = show(folder, &["--profile", "a"], &[("PATH", path)]);
        shown["values"]["secret"]["value"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(state("acme", &path), "set (keyring handset, user acme)");
    assert_eq!(
        state("nobody", &path),
        "not set: the keyring has nothing for service \"handset\" and user \"nobody\"; put it there with \
         `secret-tool store --label=handset service handset user nobody`"
    );
    let said = state("broken", &path);
    assert!(
        said.contains("Cannot autolaunch D-Bus")
            && said.contains("use an environment variable or a file instead"),
        "{said}"
    );
    let said = state("acme", "/nowhere");
    assert!(
        said.contains("secret-tool: it is not installed") && said.contains("libsecret-tools"),
        "{said}"
    );
}
