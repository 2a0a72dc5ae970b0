//! A day in the life of a sandbox: 10 000 conversations over 24 hours of its own time, opened,
//! talked in, closed with surveys, over real HTTP, with a webhook endpoint that checks what it
//! gets. Prints what memory it takes, and fails when anything is left over.
//!
//! `cargo bench --bench soak`; with `-- 1000` that many conversations.

#![allow(clippy::unwrap_used)]

mod cloud;
mod endpoint;

use std::{
    fmt::Arguments,
    fs,
    io::{self, Write as _},
    process::ExitCode,
    time::Instant,
};

use crate::{cloud::Day, endpoint::Endpoint};

/// Conversations of a day.
const CONVERSATIONS: usize = 10_000;
/// Steps of the day; the account's tokens last for one of them.
const STEPS: usize = 24;
/// Which part of the first day's memory the second may take more: the rest is a leak.
const GROWTH: u64 = 4;

fn main() -> ExitCode {
    let asked = std::env::args().skip(1).find_map(|one| one.parse().ok());
    let conversations = asked.unwrap_or(CONVERSATIONS);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    tell(format_args!("bench: soak"));
    let faults = runtime.block_on(soak(conversations));
    for fault in &faults {
        tell(format_args!("fault: {fault}"));
    }
    if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn soak(conversations: usize) -> Vec<String> {
    let start = Instant::now();
    let endpoint = Endpoint::start().await;
    let mut faults = Vec::new();
    let mut day = Day::begin(&endpoint).await;
    report("before anything", start);
    let before = resident();
    let mut grown = Vec::new();
    for round in 1..=2 {
        for step in 1..=STEPS {
            let share = conversations * step / STEPS - conversations * (step - 1) / STEPS;
            day.hour(share).await;
            if step % 8 == 0 {
                report(&format!("day {round}, hour {step}"), start);
            }
        }
        // Surveys that nobody answered are given up a day after they began.
        day.advance("25h").await;
        faults.extend(day.left_over(conversations).await);
        faults.extend(endpoint.left_over());
        let taken = resident().saturating_sub(before);
        report(&format!("day {round}, all closed"), start);
        let per = taken.saturating_mul(10_000) / u64::try_from(conversations.max(1)).unwrap();
        tell(format_args!(
            "day {round}: {:.1} MB of memory for {conversations} conversations, {:.1} MB per 10 000",
            mega(taken),
            mega(per)
        ));
        grown.push(taken);
        day.reset().await;
        endpoint.forget();
        report(&format!("day {round}, reset"), start);
    }
    if grown[1] > grown[0] + grown[0] / GROWTH {
        faults.push(format!(
            "the second day takes {:.1} MB, the first took {:.1} MB",
            mega(grown[1]),
            mega(grown[0])
        ));
    }
    let requests = day.requests();
    if !day.end().await {
        faults.push("the sandbox did not stop in time".to_owned());
    }
    let took = start.elapsed();
    tell(format_args!(
        "{conversations} conversations a day, two days, {} requests, {} notifications in {took:.1?}",
        requests,
        endpoint.taken()
    ));
    faults
}

fn report(when: &str, start: Instant) {
    tell(format_args!(
        "{:6.1} s  {when:<20} {:7.1} MB resident",
        start.elapsed().as_secs_f64(),
        mega(resident())
    ));
}

/// Megabytes, exact to a kilobyte.
fn mega(bytes: u64) -> f64 {
    f64::from(u32::try_from(bytes / 1024).unwrap_or(u32::MAX)) / 1024.0
}

/// Writes a line; nobody listens to a bench whose output is closed.
fn tell(line: Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// The resident memory of this process, client and endpoint with it; zero where that cannot be told.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilo = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilo.unwrap_or(0) * 1024
}
