//! What a swarm costs, beside the sandbox it comes to: processor time for each conversation of both,
//! how many conversations the two reach on the same cores, how late arrivals are, and what a thousand
//! consumers in conversation weigh.
//!
//! `cargo bench --bench swarm`; with `-- short` without the thousand consumers.

#![allow(clippy::unwrap_used)]

mod cloud;
#[path = "../support/program.rs"]
mod program;
mod swarm;

use std::{
    fmt::Arguments,
    io::{self, Write as _},
    sync::{Arc, Mutex},
    time::Duration,
};

use handset::swarm::{
    measure::{Latency, SwarmCount},
    run::SwarmEnd,
    workload::{
        Workload,
        people::{People, TypingSpeed},
    },
};

use crate::{cloud::Cloud, swarm::run};

/// A consumer whom the sandbox's agent answers with three messages.
const SHORT: &str = "\
me: Where is my order?
agent within 90s: order number
me: It is 40417
agent within 90s: arrives
me: Thank you, bye
";

fn main() {
    let is_short = std::env::args().any(|one| one == "short");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    tell(format_args!("bench: swarm"));
    tell(format_args!(
        "| consumers/s | for | made/s | finished | requests each | webhooks each | swarm CPU ms each | sandbox CPU ms each | ratio | lag p99 ms | sent p99 ms |\n\
         |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    ));
    for (rate, seconds) in [(20.0, 5), (100.0, 5), (200.0, 5), (300.0, 5)] {
        runtime.block_on(row(rate, seconds));
    }
    if !is_short {
        runtime.block_on(thousand());
    }
}

/// One rate.
async fn row(rate: f64, seconds: u64) {
    let mut cloud = Cloud::start().await;
    let workload = Workload::flat("short.talk".into(), rate, Duration::from_secs(seconds));
    let before = (own_cpu(), cloud.cpu());
    let end = run(&mut cloud, SHORT, workload, |_| {}).await;
    let own = own_cpu().saturating_sub(before.0);
    let sandbox = cloud.cpu().saturating_sub(before.1);
    let finished = count(&end, SwarmCount::Finished);
    let each = |cpu: Duration| cpu.as_secs_f64() * 1000.0 / finished.max(1.0);
    let requests: u64 = end
        .timeline
        .total
        .calls
        .0
        .values()
        .flatten()
        .map(|(_, count)| count)
        .sum();
    let p99 = |latency| {
        let all = end.timeline.total.in_all();
        let found = all.latencies.get(&latency).map_or(0, |one| one.at(0.99));
        float(found) / 1000.0
    };
    tell(format_args!(
        "| {rate:.0} | {seconds} s | {:.1} | {finished:.0} | {:.1} | {:.1} | {:.2} | {:.2} | {:.2} | {:.1} | {:.1} |",
        count(&end, SwarmCount::Started) / float(seconds),
        float(requests) / finished.max(1.0),
        count(&end, SwarmCount::Hooks) / finished.max(1.0),
        each(own),
        each(sandbox),
        own.as_secs_f64() / sandbox.as_secs_f64(),
        p99(Latency::Lag),
        p99(Latency::Sent),
    ));
    for reason in &end.bottlenecks {
        tell(format_args!("note: {reason}"));
    }
    for (place, failed) in end.timeline.total.failures.by_count() {
        tell(format_args!(
            "failed: {place} {} x {}",
            failed.count, failed.why
        ));
    }
}

/// A thousand consumers in conversation, twenty of whom come each second.
async fn thousand() {
    let mut cloud = Cloud::start().await;
    let mut workload = Workload::flat("short.talk".into(), 20.0, Duration::from_secs(80));
    workload.people = People {
        typing: Some(TypingSpeed {
            words_per_minute: 45.0,
            spread: 0.4,
        }),
        thinks: Some((Duration::from_secs(12), Duration::from_secs(20))),
        gives_up: None,
    };
    let idle = resident();
    let seen = Arc::new(Mutex::new((0, Vec::new(), 0)));
    let noted = Arc::clone(&seen);
    let end = run(&mut cloud, SHORT, workload, move |progress| {
        let mut seen = noted.lock().unwrap();
        seen.0 = seen.0.max(progress.in_conversation);
        seen.2 = seen.2.max(resident());
        if (60..80).contains(&progress.elapsed.as_secs()) {
            seen.1.push(progress.cpu);
        }
    })
    .await;
    let (most, plateau, memory) = seen.lock().unwrap().clone();
    let cpu = plateau.iter().sum::<f64>() / float(plateau.len().max(1) as u64);
    tell(format_args!(
        "{most} consumers in conversation at 20 arrivals/s: {:.1} % of one core, {:.1} MiB resident \
         ({:.1} MiB before), {:.0} finished, {:.0} failed, lost {:.0}",
        cpu * 100.0,
        float(memory) / 1024.0,
        float(idle) / 1024.0,
        count(&end, SwarmCount::Finished),
        count(&end, SwarmCount::Failed),
        count(&end, SwarmCount::Lost),
    ));
}

fn count(end: &SwarmEnd, counted: SwarmCount) -> f64 {
    float(end.timeline.total.total(counted))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn float(number: u64) -> f64 {
    number as f64
}

fn own_cpu() -> Duration {
    handset::rt::clock::processor_time().unwrap()
}

/// The resident memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

/// Writes a line; nobody listens to a bench whose output is closed.
pub(crate) fn tell(line: Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}
