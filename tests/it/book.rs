//! README and book: every link leads somewhere, every page is in the contents, and every command
//! line runs, or has a reason here why it does not.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::support;

/// What is done with a command line of the pages.
enum How {
    /// It is run, with this on standard input, and ends with 0.
    Runs(&'static str),
    /// It is started, and says something on standard output while it serves.
    Serves,
    /// It is not run here, for this reason.
    Not(&'static str),
}
use How::{Not, Runs, Serves};

const ACCOUNT: &str = "needs the profile acme; tests/it/live and tests/it/profiles do it";
const RELEASE: &str = "needs a release build; packaging/check does it";
const RELAY: &str = "needs a relay of that name; tests/it/relay does it";

/// Every command line of the pages, in an order in which they can be run. One folder is the home, the
/// data folder and where they are run; it has the repository's `examples`.
const LINES: &[(&str, How)] = &[
    ("handset", Runs("Where is my refund?\n/close\n")),
    ("handset --plain", Runs("")),
    ("printf 'hi\\n/close\\n' | handset --plain", Runs("")),
    (
        "handset --sandbox --brand Umbrella --agent nova.toml",
        Runs(""),
    ),
    ("handset export --list --search refund", Runs("")),
    (
        "handset export --conversation last --format html --out talk.html",
        Runs(""),
    ),
    (
        "handset export --conversation last --format talk --out mugs.talk",
        Runs(""),
    ),
    (
        "handset export --conversation last --format bundle --out talk.zip",
        Runs(""),
    ),
    ("handset open talk.zip", Runs("")),
    ("handset journal size", Runs("")),
    ("handset journal prune --older-than 90d", Runs("")),
    ("handset journal prune --keep 1GiB", Runs("")),
    (
        "handset check examples && handset fmt --check examples",
        Runs(""),
    ),
    (
        "handset sandbox --seed 7 --webhook http://127.0.0.1:8080/hook",
        Serves,
    ),
    (
        "handset sandbox --webhook http://127.0.0.1:8080/hook",
        Serves,
    ),
    ("handset sandbox --listen 127.0.0.1:8080 --seed 7 &", Serves),
    (
        "handset sandbox ctl --at http://127.0.0.1:8080 --wait 10s webhook http://127.0.0.1:3000/hook",
        Runs(""),
    ),
    ("handset sandbox ctl advance 61m", Runs("")),
    (
        "handset sandbox ctl fault add send --status 503 --count 3",
        Runs(""),
    ),
    ("handset sandbox ctl snapshot before-the-sale", Runs("")),
    ("handset sandbox ctl conversations", Runs("")),
    ("handset sandbox ctl export sale.world", Runs("")),
    ("handset sandbox --world sale.world", Serves),
    (
        "handset sandbox --tls --listen 127.0.0.1:9443 --state acme.cloud --ca-out acme-ca.pem --issue cert",
        Serves,
    ),
    (
        "handset relay --listen 127.0.0.1:8443 --tls-cert cert/cert.pem --tls-key cert/key.pem --state relay",
        Serves,
    ),
    (
        "handset relay ticket --state relay --name ada --account 55512300 --ttl 30d",
        Runs(""),
    ),
    (
        "handset completions bash > ~/.local/share/bash-completion/completions/handset",
        Runs(""),
    ),
    ("handset completions zsh > ~/.zfunc/_handset", Runs("")),
    (
        "handset completions fish > ~/.config/fish/completions/handset.fish",
        Runs(""),
    ),
    ("handset completions nushell > handset.nu", Runs("")),
    ("handset completions powershell > handset.ps1", Runs("")),
    ("handset completions elvish > handset.elv", Runs("")),
    ("handset man --dir ~/.local/share/man/man1", Runs("")),
    ("handset swarm examples/monday.toml --dry", Runs("")),
    (
        "handset swarm examples/first-steps.talk --rate 5/s --for 2s",
        Not("may say that this machine was the bottleneck; tests/it/swarm does it"),
    ),
    (
        "handset swarm examples/monday.toml --html monday.html",
        Not("takes three minutes; tests/it/swarm does it"),
    ),
    (
        "handset run examples --junit report.xml --html report.html",
        Not("takes long; tests/it/scenarios runs every example"),
    ),
    (
        "handset stage examples/stage/blue-kettle.talk --brand acme",
        Not("needs a terminal; tests/it/stage does it"),
    ),
    ("handset run talks --profile acme", Not(ACCOUNT)),
    (
        "handset import tests/*.txt --out scenarios",
        Not("tests/it/scenario has such files, and imports them"),
    ),
    ("handset init --profile acme", Not(ACCOUNT)),
    ("handset doctor --profile acme", Not(ACCOUNT)),
    ("handset --profile acme", Not(ACCOUNT)),
    ("handset app restore --profile acme", Not(ACCOUNT)),
    (
        "handset relay --listen 0.0.0.0:8443 --public-url https://relay.acme.test:8443 --tls-cert cert.pem --tls-key key.pem --state relay",
        Not(RELAY),
    ),
    (
        "handset relay --nats nats://127.0.0.1:4222 --public-url https://relay.acme.test …",
        Not(RELAY),
    ),
    ("nats-server -js -sd nats-data -p 4222", Not(RELAY)),
    (
        "RELAY_TICKET=… CLIENT_SECRET=… handset listen --relay wss://relay.acme.test:8443/link --ticket-env RELAY_TICKET --account 55512300 --client-id … --secret-env CLIENT_SECRET --json",
        Not(RELAY),
    ),
    (
        "CLIENT_SECRET=… handset listen --account 55512300 --client-id … --secret-env CLIENT_SECRET --json",
        Not("has places to fill in; tests/it/listen does it"),
    ),
    ("cargo run --release", Not(RELEASE)),
    ("tests/run", Not("is what runs this test")),
    ("cargo install --locked --path .", Not(RELEASE)),
    ("packaging/dist", Not(RELEASE)),
    ("apt-get install ./handset_0.1.0_amd64.deb", Not(RELEASE)),
    ("rpm -i handset-0.1.0-1.x86_64.rpm", Not(RELEASE)),
    (
        "tar xzf handset-0.1.0-x86_64-unknown-linux-gnu.tar.gz",
        Not(RELEASE),
    ),
    (
        "docker build -f packaging/Dockerfile -t handset target/dist",
        Not(RELEASE),
    ),
    (
        "docker run -p 8080:8080 -e HANDSET_SANDBOX_TOKEN handset sandbox --listen 0.0.0.0:8080",
        Not(RELEASE),
    ),
    (
        "cargo test --test it conformance::every_row -- --nocapture",
        Not("is a test, and needs an account"),
    ),
];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(repository().join("docs")).unwrap();
    let docs = docs.map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let more =
        ["README.md", "SECURITY.md", "examples/ci/README.md"].map(|name| repository().join(name));
    more.into_iter().chain(docs).collect()
}

/// The command lines in the shell blocks of all pages, without comments, each on one line.
fn command_lines() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for (fence, is_session) in [("```sh\n", false), ("```console\n", true)] {
            for block in text.split(fence).skip(1) {
                let block = block.split("```").next().unwrap().replace("\\\n", " ");
                for line in block.lines() {
                    let line = line.split(" #").next().unwrap();
                    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
                    // In a session the rest is what the program says.
                    let is_said = is_session && !line.starts_with("$ ") && block.contains("$ ");
                    let is_variable = line.starts_with("export ");
                    if !line.is_empty() && !is_said && !is_variable {
                        found.insert(line.trim_start_matches("$ ").to_owned());
                    }
                }
            }
        }
    }
    found
}

#[test]
fn every_command_line_is_run_or_has_a_reason() {
    let written = command_lines();
    let known: BTreeSet<String> = LINES.iter().map(|(line, _)| (*line).to_owned()).collect();
    assert_eq!(written, known, "the pages, and the lines known here");

    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(
        repository().join("examples"),
        folder.path().join("examples"),
    )
    .unwrap();
    for place in [
        ".local/share/bash-completion/completions",
        ".zfunc",
        ".config/fish/completions",
    ] {
        fs::create_dir_all(folder.path().join(place)).unwrap();
    }
    let agent = fs::read_to_string(repository().join("docs/agent.md")).unwrap();
    let nova = agent
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    fs::write(folder.path().join("nova.toml"), nova).unwrap();
    let own = support::program_path();
    let own = own.parent().unwrap();
    let port = support::free_address().port().to_string();
    let mut serving = None;
    for (line, how) in LINES {
        // A port of this test's own; where a line has none, any.
        let line = line.replace("--listen 127.0.0.1:8443", "--listen 127.0.0.1:0");
        let line = line.replace("--listen 127.0.0.1:9443", "--listen 127.0.0.1:0");
        let line = line.replace("127.0.0.1:8080 ", &format!("127.0.0.1:{port} "));
        let mut shell = Command::new("bash");
        support::isolate(&mut shell);
        shell
            .current_dir(folder.path())
            .env(
                "PATH",
                format!("{}:{}", own.display(), std::env::var("PATH").unwrap()),
            )
            .env("HOME", folder.path())
            .env("HANDSET_DATA_DIR", folder.path().join("data"))
            .env("HANDSET_PLAIN", "1")
            .env("HANDSET_SANDBOX_TOKEN", "a-token-of-the-tests");
        match how {
            Not(reason) => assert!(!reason.is_empty()),
            Runs(input) => {
                shell
                    .args(["-e", "-o", "pipefail", "-c", &line])
                    .stdin(Stdio::piped());
                let mut child = shell
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn()
                    .unwrap();
                // A command that reads nothing may have ended.
                let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
                let output = child.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.success(), "{line}\n{said}");
            }
            Serves => {
                // The one before ends; its port is free for the next.
                drop(serving.take());
                serving = Some(Serving::start(shell, line.trim_end_matches(" &")));
            }
        }
    }
    drop(serving);
}

/// A server that has said something; it is killed when this is dropped.
struct Serving(std::process::Child);

impl Serving {
    fn start(mut shell: Command, line: &str) -> Self {
        shell
            .args(["-c", &format!("exec {line}")])
            .stdin(Stdio::null());
        let mut child = shell
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut said).unwrap();
        assert!(said.contains("\"ready\":true"), "{line}: {said}");
        Self(child)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn every_link_leads_somewhere_and_every_page_is_in_the_contents() {
    let contents = fs::read_to_string(repository().join("docs/SUMMARY.md")).unwrap();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let name = page.file_name().unwrap().to_str().unwrap();
        let is_of_the_book = page.parent().unwrap().ends_with("docs") && name != "SUMMARY.md";
        assert!(
            !is_of_the_book || contents.contains(&format!("]({name})")),
            "{name}"
        );
        for link in text.split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            if link.contains("://") || link.contains(char::is_whitespace) {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(file)
            };
            assert!(target.exists(), "{} leads to {link}", page.display());
            if !anchor.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                assert!(
                    headings.any(|heading| is_anchor(heading, anchor)),
                    "{} leads to {link}",
                    page.display()
                );
            }
        }
    }
}

/// Whether a heading has this anchor, as forges and mdBook make them.
fn is_anchor(heading: &str, anchor: &str) -> bool {
    let heading = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
    let made: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
    made == anchor
}
