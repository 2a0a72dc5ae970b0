//! What a swarm would do, told before it does it.

use std::{fmt::Write as _, time::Duration};

use crate::{
    runner::pace::Hesitation,
    swarm::{
        scenario::{SwarmScenario, WITHIN},
        workload::{Workload, people::Person, words::rate_words},
    },
};

/// Columns of the drawn curve.
const COLUMNS: u32 = 60;
/// From nothing to the highest rate.
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The plan in words. Writing to a String cannot fail.
pub(super) fn text(workload: &Workload, scenarios: &[SwarmScenario], seed: u64) -> String {
    let plan = workload.plan(seed);
    let curve = plan.curve();
    let (lasts, peak) = (curve.lasts(), curve.peak());
    let arrivals: Vec<_> = plan.arrivals().collect();
    let mut text = String::new();
    let name = &workload.name;
    let _ = writeln!(
        text,
        "{name}   seed {seed}   {} arrivals",
        workload.arrivals.word()
    );
    let bars: String = (0..COLUMNS)
        .map(|column| lasts.mul_f64((f64::from(column) + 0.5) / f64::from(COLUMNS)))
        .map(|moment| bar(curve.rate_at(moment) / peak))
        .collect();
    let _ = writeln!(text, "  {bars}  {} at most", rate_words(peak));
    let _ = writeln!(
        text,
        "  {} consumers in {}, then up to {} to end",
        arrivals.len(),
        span_words(lasts),
        span_words(workload.limits.drain)
    );
    let (mut least, mut most, mut requests, mut webhooks) = (0.0, 0.0, 0.0, 0.0);
    for (index, scenario) in scenarios.iter().enumerate() {
        let here = arrivals.iter().filter(|one| one.scenario == index).count();
        let share = ratio(here, arrivals.len());
        let cost = scenario.cost(&workload.people, WITHIN);
        let _ = writeln!(
            text,
            "  {}   {here} consumers, each {} to {}, about {:.0} requests and {:.0} webhooks",
            scenario.path,
            span_words(cost.least),
            span_words(cost.most),
            cost.requests,
            cost.webhooks
        );
        least += share * peak * cost.least.as_secs_f64();
        most += share * peak * cost.most.as_secs_f64();
        requests += share * peak * cost.requests;
        webhooks += share * peak * cost.webhooks;
    }
    let limit = workload.limits.consumers;
    let _ = writeln!(
        text,
        "at the highest rate\n  {least:.0} in conversation when everybody answers at once, {most:.0} \
         when each wait lasts to its deadline (limit {limit})"
    );
    let _ = writeln!(
        text,
        "  about {requests:.0} requests and {webhooks:.0} webhooks a second, over as many connections \
         as are under way at once"
    );
    let first: Vec<String> = arrivals
        .iter()
        .take(3)
        .map(|one| {
            let mut person = Person::new(workload.people, seed, one.number);
            let Hesitation { thinks, writes } = person.hesitates(40);
            let path = scenarios
                .get(one.scenario)
                .map_or("", |scenario| &scenario.path);
            format!(
                "  +{:.3} s   {path}   thinks {}, writes 40 letters in {}",
                one.at.as_secs_f64(),
                span_words(thinks),
                span_words(writes)
            )
        })
        .collect();
    let _ = writeln!(text, "first arrivals\n{}", first.join("\n"));
    if !workload.thresholds.is_empty() {
        let all = workload.thresholds.iter();
        let all: Vec<String> = all
            .map(|one| format!("{} {}", one.name, one.condition))
            .collect();
        let _ = writeln!(text, "must hold\n  {}", all.join(", "));
    }
    if most > ratio(limit, 1) {
        let _ = writeln!(
            text,
            "note: more than `limits.consumers` may be in conversation; arrivals above are dropped"
        );
    }
    text
}

fn bar(share: f64) -> char {
    let index = (0..BARS.len()).rev();
    let mut index = index.filter(|index| ratio(*index, BARS.len() - 1) <= share + 0.001);
    BARS[index.next().unwrap_or(0)]
}

fn ratio(part: usize, whole: usize) -> f64 {
    let float = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    float(part) / float(whole.max(1))
}

/// A span as people read it.
pub(super) fn span_words(span: Duration) -> String {
    let seconds = span.as_secs_f64();
    if seconds < 60.0 {
        let tenths = (seconds * 10.0).round() / 10.0;
        return format!("{tenths} s");
    }
    let whole = span.as_secs();
    match whole % 60 {
        0 => format!("{} min", whole / 60),
        rest => format!("{} min {rest} s", whole / 60),
    }
}
