//! Programs of tunnels end with us, however we end.

use std::{env, fs, io::Write as _, path::Path, process::Stdio};

use handset::{
    config::profile::TunnelSettings,
    ingress::tunnel::{self, Local, Tunnel},
    rt::shutdown::Shutdown,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
    time::{Duration, Instant, sleep},
};

use crate::{
    support::{self, LIMIT, soon},
    tunnels::fakes::Fakes,
};

/// Names the program that the holder is to open a tunnel with.
const HELD: &str = "HANDSET_TEST_HELD";

/// Waits until a process is gone.
pub(crate) async fn gone(process: u32) {
    let until = Instant::now() + LIMIT;
    while is_there(process) {
        assert!(Instant::now() < until, "process {process} is still there");
        sleep(Duration::from_millis(20)).await;
    }
}

fn is_there(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // One that has ended and was not yet asked how is gone for our purpose.
    let state = stat
        .rsplit_once(')')
        .map(|(_, rest)| rest.trim_start().to_owned());
    state.is_some_and(|state| !state.starts_with('Z'))
}

fn local() -> Local {
    Local {
        address: "127.0.0.1:9".parse().unwrap(),
        path: "/hook/abc".to_owned(),
    }
}

fn made(settings: TunnelSettings, hidden: &[String], shutdown: &Shutdown) -> Box<dyn Tunnel> {
    tunnel::make(settings, hidden, shutdown).unwrap().unwrap()
}

fn quick(program: String) -> TunnelSettings {
    TunnelSettings::Cloudflared {
        program: Some(program),
        name: None,
        public: None,
    }
}

/// A script that starts a program which starts another, says so, and stays.
fn stubborn(fakes: &Fakes, more: &str) -> String {
    fakes.script(&format!(
        "{more}\nsleep 600 &\necho $$ $! >'{0}.new'; mv '{0}.new' '{0}'\n\
         echo 'INF |  https://a.trycloudflare.com  |'; echo 'INF Registered tunnel connection'\n\
         while :; do sleep 600; done",
        fakes.path("pids").display()
    ))
}

/// Processes that a test started through others; killed when dropped, should they still be there.
struct Strays(Vec<u32>);

impl Strays {
    async fn gone(&self) {
        for process in &self.0 {
            gone(*process).await;
        }
    }
}

impl Drop for Strays {
    fn drop(&mut self) {
        for process in self.0.iter().filter(|process| is_there(**process)) {
            support::signal(*process, "KILL");
        }
    }
}

/// The processes of such a script, once it runs.
async fn processes(pids: &Path) -> Strays {
    let read = async {
        loop {
            if let Ok(text) = fs::read_to_string(pids) {
                let all = text.split_whitespace().map(|pid| pid.parse().unwrap());
                return Strays(all.collect());
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let all = soon("the program's processes", read).await;
    assert!(all.0.len() == 2 && all.0.iter().all(|process| is_there(*process)));
    all
}

/// Not a test: opens a tunnel in a process that is then killed. In a run of the tests nobody
/// asks, and it does nothing.
#[tokio::test]
async fn holds_if_it_is_asked_to() {
    let Ok(program) = env::var(HELD) else { return };
    let shutdown = Shutdown::new();
    let mut tunnel = made(quick(program), &[], &shutdown);
    let local = local();
    let way = tunnel.open(&local).await.unwrap();
    writeln!(std::io::stderr(), "\nopen").unwrap();
    way.ended.await;
}

#[tokio::test]
async fn killed_without_a_word_this_process_leaves_no_child() {
    let fakes = Fakes::new();
    let seen = fakes.path("seen");
    let program = stubborn(&fakes, &format!("env >'{}'", seen.display()));
    let mut holder = Command::new(env::current_exe().unwrap())
        .args([
            "tunnels::leash::holds_if_it_is_asked_to",
            "--exact",
            "--nocapture",
        ])
        .env(HELD, program)
        .env("SSLKEYLOGFILE", "/nowhere/keys")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(holder.stderr.take().unwrap()).lines();
    let open = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if line == "open" {
                return;
            }
        }
        panic!("it never opened");
    };
    soon("an open tunnel", open).await;
    let processes = processes(&fakes.path("pids")).await;
    let seen = fs::read_to_string(seen).unwrap();
    assert!(
        seen.contains(HELD) && !seen.contains("SSLKEYLOGFILE"),
        "{seen}"
    );
    support::signal(holder.id().unwrap(), "KILL");
    holder.wait().await.unwrap();
    processes.gone().await;
}

#[tokio::test]
async fn what_does_not_want_to_end_is_killed_with_all_it_started() {
    let fakes = Fakes::new();
    let shutdown = Shutdown::new();
    let program = stubborn(&fakes, "trap '' TERM");
    let mut tunnel = made(quick(program), &[], &shutdown);
    let local = local();
    let way = soon("a way", tunnel.open(&local)).await.unwrap();
    let processes = processes(&fakes.path("pids")).await;
    drop(way);
    let began = Instant::now();
    processes.gone().await;
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(1), "{took:?}");
    assert!(shutdown.stop(LIMIT).await);
}

#[tokio::test]
async fn giving_up_in_the_middle_of_opening_ends_the_program() {
    let fakes = Fakes::new();
    let shutdown = Shutdown::new();
    let pids = fakes.path("pids");
    let program = fakes.script(&format!(
        "sleep 600 &\necho $$ $! >'{0}.new'; mv '{0}.new' '{0}'\nwait",
        pids.display()
    ));
    let mut tunnel = made(quick(program), &[], &shutdown);
    let local = local();
    let running = tokio::select! {
        way = tunnel.open(&local) => panic!("it opened: {way:?}"),
        running = processes(&pids) => running,
    };
    running.gone().await;
    assert!(shutdown.stop(LIMIT).await);
}

#[tokio::test]
async fn a_program_whose_shell_was_killed_is_ended_too() {
    let fakes = Fakes::new();
    let shutdown = Shutdown::new();
    let mut tunnel = made(quick(stubborn(&fakes, "")), &[], &shutdown);
    let local = local();
    let way = soon("a way", tunnel.open(&local)).await.unwrap();
    let processes = processes(&fakes.path("pids")).await;
    let stat = fs::read_to_string(format!("/proc/{}/stat", processes.0[0])).unwrap();
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let shell: u32 = rest.split_whitespace().nth(1).unwrap().parse().unwrap();
    support::signal(shell, "KILL");
    let fault = soon("the end", way.ended).await;
    assert!(fault.what.contains("ended"), "{fault}");
    processes.gone().await;
    assert!(shutdown.stop(LIMIT).await);
}

#[tokio::test]
async fn a_program_does_not_get_to_see_what_is_hidden_from_it() {
    let fakes = Fakes::new();
    let shutdown = Shutdown::new();
    let seen = fakes.path("seen");
    let program = fakes.script(&format!("env >'{}'; exit 1", seen.display()));
    // It is there in every run; it is hidden here to see that hiding works.
    let hidden = ["HOME".to_owned()];
    let mut tunnel = made(quick(program), &hidden, &shutdown);
    let local = local();
    let fault = soon("an end", tunnel.open(&local)).await.unwrap_err();
    assert!(!fault.lasting);
    let seen = fs::read_to_string(seen).unwrap();
    assert!(
        seen.contains("PATH=") && !seen.contains("\nHOME="),
        "{seen}"
    );
    assert!(shutdown.stop(LIMIT).await);
}

#[tokio::test]
async fn a_flood_of_words_is_read_without_being_kept() {
    let fakes = Fakes::new();
    let shutdown = Shutdown::new();
    let program = fakes.script(
        "head -c 3000000 /dev/zero | tr '\\0' x; echo\n\
         i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done\n\
         printf 'the \\033[31mlast\\007 word without an end' >&2",
    );
    let mut tunnel = made(quick(program), &[], &shutdown);
    let local = local();
    let fault = soon("an end", tunnel.open(&local)).await.unwrap_err();
    let told = fault.to_string();
    assert!(told.len() < 600 && !told.contains('\u{1b}'), "{told}");
    assert!(shutdown.stop(LIMIT).await);
}
