//! What is copied as a command is pasted into real shells on a real pseudo-terminal. The real
//! curl it runs sends to a real server, and nothing else runs.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use proptest::{strategy::Strategy, test_runner::TestRunner};

use super::*;
use crate::{
    needs::needs,
    tui::inspector::copy::tests::{call, hook},
};

/// How long a shell or curl may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// A request as it came to the server.
#[derive(Debug)]
struct Came {
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Came {
    fn read(stream: &mut impl BufRead) -> Option<Self> {
        let mut line = || {
            let mut line = Vec::new();
            stream.read_until(b'\n', &mut line).ok()?;
            let line = line.strip_suffix(b"\r\n")?;
            Some(String::from_utf8_lossy(line).into_owned())
        };
        let target = line()?;
        let mut headers = Vec::new();
        while let Some((name, value)) = line()?.split_once(':') {
            headers.push((name.to_owned(), value.trim_start_matches(' ').to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "Content-Length");
        let length = length.map_or(0, |(_, length)| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        Some(Self {
            target,
            headers,
            body,
        })
    }
}

/// A server on loopback, and what comes to it.
fn server() -> (String, Receiver<Came>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (sender, came) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let mut stream = BufReader::new(stream);
            if let Some(one) = Came::read(&mut stream) {
                // An answer whose reader is gone is no fault; so is the end of the test.
                let _ = stream.get_mut().write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                );
                let _ = sender.send(one);
            }
        }
    });
    (address, came)
}

/// A shell that somebody sits at, in a folder whose files tempt its completion.
struct Shell {
    name: String,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    output: Arc<(Mutex<Vec<u8>>, Condvar)>,
    brackets: bool,
    folder: tempfile::TempDir,
    turns: u32,
}

impl Shell {
    fn start(program: &str, arguments: &[&str], brackets: bool, url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in ["afile1", "afile2", "b'; touch pwned #"] {
            fs::write(folder.path().join(file), "").unwrap();
        }
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(folder.path());
        for (name, value) in [
            ("HOME", folder.path().to_str().unwrap()),
            ("PS1", "READY "),
            ("TERM", "xterm"),
            ("LC_ALL", "C.UTF-8"),
            ("HISTFILE", "/dev/null"),
            ("WEBHOOK_URL", url),
            ("STOLEN", "a secret of the environment"),
            ("no_proxy", "*"),
        ] {
            command.env(name, value);
        }
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keys = pair.master.take_writer().unwrap();
        let output = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let shared = Arc::clone(&output);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                shared.0.lock().unwrap().extend_from_slice(&buffer[..read]);
                shared.1.notify_all();
            }
        });
        let mut shell = Self {
            name: format!("{program} {arguments:?}, brackets: {brackets}"),
            child,
            _master: pair.master,
            keys,
            output,
            brackets,
            folder,
            turns: 0,
        };
        if program == "bash" {
            let switch = if brackets { "on" } else { "off" };
            shell.write(format!("bind 'set enable-bracketed-paste {switch}'\n").as_bytes());
        }
        // Something for the history to expand to.
        shell.write(b"true \"it's $(true)\"\n");
        shell.is_ready();
        shell
    }

    fn write(&mut self, bytes: &[u8]) {
        self.keys.write_all(bytes).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits until the shell has run everything before. What is looked for is not in its echo.
    fn is_ready(&mut self) {
        self.turns += 1;
        self.write(format!("echo tu''rn{}.\n", self.turns).as_bytes());
        let wanted = format!("turn{}.", self.turns);
        let deadline = Instant::now() + PATIENCE;
        let mut output = self.output.0.lock().unwrap();
        while !String::from_utf8_lossy(&output).contains(&wanted) {
            let left = deadline.saturating_duration_since(Instant::now());
            let shown = String::from_utf8_lossy(&output);
            assert!(!left.is_zero(), "{}: {shown}", self.name);
            output = self.output.1.wait_timeout(output, left).unwrap().0;
        }
        // What was looked at is not looked at again.
        output.clear();
    }

    /// Pastes a text as a terminal does, and presses Enter.
    fn paste(&mut self, text: &str) {
        let pasted = if self.brackets {
            format!("\u{1b}[200~{text}\u{1b}[201~")
        } else {
            // Terminals send carriage returns where lines end.
            text.replace('\n', "\r")
        };
        self.write(pasted.as_bytes());
        self.write(b"\r");
    }

    fn files(&self) -> usize {
        self.folder.path().read_dir().unwrap().count()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn shells(url: &str) -> Vec<Shell> {
    let bash = ["--norc", "--noprofile", "-i"];
    vec![
        Shell::start("bash", &bash, true, url),
        Shell::start("bash", &bash, false, url),
        Shell::start("dash", &["-i"], false, url),
    ]
}

/// Pastes the command for an entry into a shell and returns what came to the server.
#[track_caller]
fn pasted(shell: &mut Shell, came: &Receiver<Came>, entry: &Entry) -> Came {
    let command = curl(entry, None);
    let before = shell.files();
    shell.paste(&command);
    let Ok(request) = came.recv_timeout(PATIENCE) else {
        let output = shell.output.0.lock().unwrap();
        let output = String::from_utf8_lossy(&output);
        panic!("{}: nothing came of {command}\n{output}", shell.name);
    };
    shell.is_ready();
    assert_eq!(shell.files(), before, "{}: {command}", shell.name);
    request
}

#[test]
fn a_pasted_webhook_is_sent_byte_for_byte_and_runs_nothing() {
    needs!("bash", "dash", "curl");
    let (url, came) = server();
    let long = "A".repeat(4_060);
    let long_quotes = "'".repeat(3_000);
    let mut bodies: Vec<Vec<u8>> = [
        "x\u{15}; touch pwned #\n",
        "x\u{3}\ntouch pwned\n",
        "x\u{1b}[201~\u{15}touch pwned\n",
        "x\u{1b}[201~\n; touch pwned\n",
        "x\u{4}\u{4}touch pwned\n",
        "x\u{1a}\ntouch pwned\n",
        "x\u{16}\u{3}\u{7f}\u{8}\u{17}",
        "x\r'; touch pwned #",
        "a!! !e !$ b",
        "a\n!! !e b",
        "^it^'; touch pwned #^",
        "a\n^it^'; touch pwned #^\nb",
        "a\tb",
        "\t\t",
        "x\nb\t\t",
        "$(touch pwned)`touch pwned`${STOLEN}",
        "\\\\' \\'; touch pwned; '\\",
        "Grüße значок 👍🏽 … \u{c5}\u{85}",
        "a\u{202e}b\u{2028}c\u{85}d\u{9b}2Je\u{feff}",
        "{\"a\":\n  \"it's\",\n\t\"b\": 1.50}\n",
        "@/etc/passwd",
        "@-",
        "-d @/etc/passwd",
        "client_secret=…&STOLEN=…",
        " ",
        "\n",
        &format!("{long}{long}"),
        &format!("{long}'\n; touch pwned #"),
        &format!("{long_quotes}; touch pwned #"),
        &"\u{1}".repeat(200_000),
        &"long ".repeat(40_000),
    ]
    .map(Vec::from)
    .into();
    bodies.push(b"\x89PNG\r\n\0\xff'; touch pwned #".into());
    bodies.push((0..=255).collect());
    let form = ("content-type", "application/x-www-form-urlencoded");
    for shell in &mut shells(&url) {
        for body in &bodies {
            for headers in [&[][..], &[form]] {
                let request = pasted(shell, &came, &hook(headers, body));
                assert!(request.target.starts_with("POST / HTTP/"), "{request:?}");
                let shown = String::from_utf8_lossy(body);
                assert!(request.body == *body, "{}: {shown:?}", shell.name);
                let typed = request
                    .headers
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
                let typed = typed.map(|(_, value)| value.as_str());
                assert_eq!(typed, headers.first().map(|_| form.1));
            }
        }
    }
}

#[test]
fn any_pasted_body_is_sent_byte_for_byte_and_runs_nothing() {
    needs!("bash", "dash", "curl");
    let (url, came) = server();
    let shells = Mutex::new(shells(&url));
    let pieces = proptest::sample::select(vec![
        "'",
        "\"",
        "\\",
        "!",
        "^",
        "\n",
        "\r",
        "\t",
        "\u{3}",
        "\u{4}",
        "\u{15}",
        "\u{1b}",
        "[201~",
        "[200~",
        "\u{7f}",
        "\u{85}",
        "\u{202e}",
        "; touch pwned #",
        "$(touch pwned)",
        "`",
        "é",
        "👍🏽",
        "@",
        "-",
        " ",
        "{}",
        "#",
        "&",
        "|",
        "\u{0}",
        "…",
    ]);
    let bodies = proptest::collection::vec(pieces, 1..40).prop_map(|parts| parts.concat());
    let config = proptest::test_runner::Config::with_cases(25);
    TestRunner::new(config)
        .run(&bodies, |body| {
            for shell in shells.lock().unwrap().iter_mut() {
                let request = pasted(shell, &came, &hook(&[], body.as_bytes()));
                assert_eq!(request.body, body.as_bytes(), "{}", shell.name);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn pasted_headers_and_addresses_lead_nowhere_else() {
    needs!("bash", "dash", "curl");
    let (url, came) = server();
    let headers = [
        ("x-tab", "a\t\tb"),
        ("x-quote", "it's \\'; touch pwned #"),
        ("x-control", "a\u{9b}2J\u{202e}b"),
        ("x-empty", ""),
        ("x-blank", "!! ^it^no^ $(touch pwned)"),
        ("stolen", "…"),
        // No HTTP brings these; a relay that lies does.
        ("@/etc/passwd", "x"),
        ("x-split", "a\r\nx-more: b"),
        ("x y'; touch pwned #", "x"),
    ];
    let address = format!("{url}/a?x=[1-3]{{a,b}}&y='$(touch${{IFS}}pwned)'!!\t\u{15}");
    for shell in &mut shells(&url) {
        let request = pasted(shell, &came, &hook(&headers, b"{}"));
        let value = |name: &str| {
            let mut found = request.headers.iter().filter(|(key, _)| key == name);
            found.next().map(|(_, value)| value.as_str())
        };
        for (name, said) in headers.iter().take(6) {
            assert_eq!(value(name), Some(*said), "{}", shell.name);
        }
        assert!(!request.headers.iter().any(|(name, value)| {
            name.contains('@') || name.contains("x-split") || name == "x-more" || value == "x"
        }));
        let mut entry = call(&[], b"");
        let EntryKind::Call(one) = &mut entry.kind else {
            panic!("no call");
        };
        one.url.clone_from(&address);
        one.method = "GET".to_owned();
        // Curl refuses or writes out what no address may hold; the shell runs none of it.
        shell.paste(&curl(&entry, None));
        shell.is_ready();
        one_address(&came);
        assert_eq!(shell.files(), 3, "{}", shell.name);
        if let EntryKind::Call(one) = &mut entry.kind {
            one.url.truncate(one.url.len() - 2);
        }
        let request = pasted(shell, &came, &entry);
        assert_eq!(
            request.target,
            "GET /a?x=[1-3]{a,b}&y='$(touch${IFS}pwned)'!! HTTP/1.1"
        );
        assert!(came.try_recv().is_err(), "one command sends once");
    }
}

/// Takes what may have come of an address that curl may refuse.
fn one_address(came: &Receiver<Came>) {
    while came.try_recv().is_ok() {}
}
