//! Programs that know secrets: one's own, and the system's keyring.

use std::{io, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
    time::timeout,
};
use zeroize::Zeroizing;

use crate::{
    config::source::{LARGEST, SourceError, first_line},
    domain::{secret::Secret, text::SafeText},
};

/// How long a program may take, its questions to the user included.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the system may take to end it after that.
const BURIAL: Duration = Duration::from_secs(1);
/// What is kept of its remarks; the rest is read and dropped.
const REMARKS: usize = 16 * 1024;

/// The system's own tool for the keyring.
const TOOL: &str = if cfg!(target_os = "macos") {
    "security"
} else {
    "secret-tool"
};

/// The program without its arguments.
pub(super) fn named(words: &[String]) -> &str {
    words.first().map_or("", String::as_str)
}

/// What came of a program.
struct ProgramOutcome {
    said: Zeroizing<Vec<u8>>,
    success: bool,
    /// Its exit code or signal, and its last remark if it made one.
    reason: String,
    remarked: bool,
}

/// The secret that a program says on its first line.
pub(super) async fn says(words: &[String]) -> Result<Secret, SourceError> {
    let program = named(words);
    let fault = |reason: String| SourceError::Command {
        program: program.to_owned(),
        reason,
    };
    let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
    let outcome = run(program, &arguments, None).await;
    let outcome = outcome.map_err(|cause| fault(cause.to_string()))?;
    if !outcome.success {
        return Err(fault(outcome.reason));
    }
    first_line(&outcome.said).map_err(|reason| fault(reason.to_owned()))
}

/// The secret in the system's keyring.
pub(super) async fn keyring_holds(service: &str, user: &str) -> Result<Secret, SourceError> {
    let arguments = if cfg!(target_os = "macos") {
        vec!["find-generic-password", "-s", service, "-a", user, "-w"]
    } else {
        vec!["lookup", "service", service, "user", user]
    };
    let outcome = run(TOOL, &arguments, None).await;
    let outcome = outcome.map_err(|cause| no_tool(&cause))?;
    let unknown = if cfg!(target_os = "macos") {
        // What errSecItemNotFound ends it with.
        outcome.reason.starts_with("exit code 44")
    } else {
        !outcome.remarked
    };
    if outcome.success {
        return first_line(&outcome.said).map_err(|reason| keyring(reason.to_owned()));
    }
    if unknown {
        return Err(SourceError::NotInKeyring {
            service: service.to_owned(),
            user: user.to_owned(),
            how: if cfg!(target_os = "macos") {
                format!("security add-generic-password -s {service} -a {user} -w")
            } else {
                format!("secret-tool store --label=handset service {service} user {user}")
            },
        });
    }
    Err(keyring(outcome.reason))
}

/// Puts a secret into the system's keyring, in the place of an earlier one.
pub(super) async fn into_keyring(
    service: &str,
    user: &str,
    secret: &Secret,
) -> Result<(), SourceError> {
    let mut line = Zeroizing::new(Vec::with_capacity(2 * secret.reveal().len() + 2));
    line.extend_from_slice(secret.reveal().as_bytes());
    let arguments = if cfg!(target_os = "macos") {
        // It asks for the secret and for the same again.
        line.push(b'\n');
        line.extend_from_within(..);
        vec![
            "add-generic-password",
            "-U",
            "-s",
            service,
            "-a",
            user,
            "-w",
        ]
    } else {
        vec!["store", "--label=handset", "service", service, "user", user]
    };
    let outcome = run(TOOL, &arguments, Some(&line)).await;
    let outcome = outcome.map_err(|cause| no_tool(&cause))?;
    if outcome.success {
        Ok(())
    } else {
        Err(keyring(outcome.reason))
    }
}

fn no_tool(cause: &io::Error) -> SourceError {
    if cause.kind() == io::ErrorKind::NotFound {
        return SourceError::Keyring {
            tool: TOOL,
            reason: "it is not installed".to_owned(),
            hint: "install it (libsecret-tools on Debian)",
        };
    }
    keyring(cause.to_string())
}

fn keyring(reason: String) -> SourceError {
    SourceError::Keyring {
        tool: TOOL,
        reason,
        hint: "unlock the keyring in a session with a D-Bus bus",
    }
}

/// Runs a program to its end, without a shell; killed when it takes too long.
async fn run(
    program: &str,
    arguments: &[&str],
    input: Option<&[u8]>,
) -> io::Result<ProgramOutcome> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(if input.is_some() {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let all = async {
        let feed = async {
            if let (Some(mut stdin), Some(input)) = (stdin, input) {
                // A program that does not want it says so by how it ends.
                let _ = stdin.write_all(input).await;
            }
        };
        let ((), said, remarks) = tokio::join!(
            feed,
            // One byte more shows that it is too much.
            read(stdout, LARGEST + 1),
            read(stderr, REMARKS),
        );
        Ok::<_, io::Error>((child.wait().await?, said, remarks))
    };
    let Ok(all) = timeout(PATIENCE, all).await else {
        // It is gone when this comes back; one that cannot die is dropped and left to the system.
        let _ = timeout(BURIAL, child.kill()).await;
        let late = format!("it did not end within {} s", PATIENCE.as_secs());
        return Err(io::Error::other(late));
    };
    let (status, said, remarks) = all?;
    let remark = String::from_utf8_lossy(&remarks);
    let remark = remark.lines().map(str::trim).rfind(|line| !line.is_empty());
    let ended = match status.code() {
        Some(code) => format!("exit code {code}"),
        None => "ended by a signal".to_owned(),
    };
    Ok(ProgramOutcome {
        said,
        success: status.success(),
        reason: match remark {
            Some(remark) => format!("{ended}, {:?}", SafeText::clean(remark).as_str()),
            None => ended,
        },
        remarked: remark.is_some(),
    })
}

/// What a stream says up to a limit; the rest is read and dropped, so that nobody is held up.
async fn read(stream: Option<impl AsyncRead + Unpin>, most: usize) -> Zeroizing<Vec<u8>> {
    // The whole room at once: growing would leave copies behind.
    let mut kept = Zeroizing::new(Vec::with_capacity(most));
    let mut part = Zeroizing::new(vec![0; 4096]);
    if let Some(mut stream) = stream {
        while let Ok(count @ 1..) = stream.read(&mut part).await {
            let room = most.saturating_sub(kept.len());
            kept.extend(part.iter().take(count.min(room)));
        }
    }
    kept
}
