//! How a [`SwarmProgress`] lies on the screen: verdict, arrivals, counts, latencies, where consumers
//! fail. A row that is too long goes on below; what is too much for the window is cut at its end.

use std::time::Duration;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Clear, Paragraph, Wrap},
};
use unicode_width::UnicodeWidthStr;

use crate::{
    domain::text::SafeText,
    swarm::measure::{
        Latency, SwarmCount,
        metric::Metric,
        progress::{LatencyRow, SwarmProgress, WorkerHealth},
        threshold::JudgedThreshold,
        timeline::SecondLine,
        words::{grouped, judged, latency},
    },
    tui::theme::styles::Styles,
};

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

const HELP: [&str; 6] = [
    "q       no more arrivals; consumers in conversation go on, then the report",
    "q q, Q  close every conversation now, then the report",
    "p       hold arrivals back, and let them come again",
    "?       this help",
    "Each number of a latency counts from the intended instant.",
    "The bars are p99 within each of the last seconds, to the highest of them.",
];

pub(super) fn draw(
    progress: &SwarmProgress,
    shows_help: bool,
    styles: &Styles,
    frame: &mut Frame<'_>,
) {
    let area = frame.area();
    frame.buffer_mut().set_style(area, styles.base);
    let is_low = area.height < 24;
    let parts = [
        verdict(progress, styles),
        arrivals(progress, styles),
        counts(progress, styles),
        latencies(progress, area.width, styles),
        failing(progress, styles),
        workers(progress, styles),
    ];
    let mut rows = Vec::new();
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        if !rows.is_empty() && !is_low {
            rows.push(Line::default());
        }
        rows.extend(part);
    }
    let inner = Layout::horizontal([Constraint::Length(1), Constraint::Fill(1)]).split(area)[1];
    let [body, keys] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(inner);
    frame.render_widget(Paragraph::new(rows).wrap(Wrap { trim: false }), body);
    let words = "q no more arrivals   Q close everything   p pause arrivals   ? help";
    frame.render_widget(Paragraph::new(words).style(styles.muted), keys);
    if shows_help {
        help(area, styles, frame);
    }
}

/// What the run is called, how its thresholds stand and what it is doing; then the thresholds that do
/// not hold and are no latency's, which stand in the latency's row, and why the run is inconclusive.
fn verdict(progress: &SwarmProgress, styles: &Styles) -> Vec<Line<'static>> {
    let broken = progress.thresholds.iter().filter(|one| !held_so_far(one));
    let (mark, style) = match broken.clone().count() {
        0 => ("● all thresholds hold".to_owned(), styles.good),
        1 => ("▲ 1 threshold does not hold".to_owned(), styles.bad),
        more => (format!("▲ {more} thresholds do not hold"), styles.bad),
    };
    let stands = format!(
        "{}   stage {}   {} of {}",
        progress.phase.word(),
        clean(&progress.stage),
        clock(progress.elapsed),
        clock(progress.whole),
    );
    let mut rows = vec![Line::from(vec![
        Span::styled(format!("{}   ", clean(&progress.name)), styles.strong),
        Span::styled(format!("{mark}   "), style),
        Span::styled(stands, styles.base),
    ])];
    let others = broken.filter(|one| !matches!(one.threshold.metric, Metric::Latency(..)));
    rows.extend(
        others.map(|one| Line::styled(format!("does not hold  {}", judged(one)), styles.bad)),
    );
    let reasons = progress.bottleneck.iter();
    rows.extend(
        reasons.map(|why| Line::styled(format!("inconclusive: {}", clean(why)), styles.warn)),
    );
    rows
}

/// Whether a threshold holds by now: what was not measured yet is not broken yet.
fn held_so_far(judged: &JudgedThreshold) -> bool {
    judged.value.is_none() || judged.held()
}

fn arrivals(progress: &SwarmProgress, styles: &Styles) -> Vec<Line<'static>> {
    let number = |count: SwarmCount| progress.counts.get(count);
    let dropped = number(SwarmCount::Dropped);
    let conversations = progress.recent.iter().map(|line| line.in_conversation);
    vec![
        Line::from(vec![
            Span::styled("arrivals       ", styles.strong),
            Span::styled(
                format!(
                    "asked {:.1}/s   made {:.1}/s   started {}   ",
                    progress.asked_per_second,
                    progress.made_per_second,
                    grouped(number(SwarmCount::Started)),
                ),
                styles.base,
            ),
            Span::styled(
                format!("dropped {}", grouped(dropped)),
                if dropped > 0 { styles.bad } else { styles.base },
            ),
        ]),
        Line::from(vec![
            Span::styled("conversations  ", styles.strong),
            Span::styled(
                format!(
                    "{} {}   waiting for an agent {}   finished {}   failed {}   abandoned {}",
                    grouped(progress.in_conversation),
                    bars(conversations, 8),
                    grouped(progress.waiting_for_agent),
                    grouped(number(SwarmCount::Finished)),
                    grouped(number(SwarmCount::Failed)),
                    grouped(number(SwarmCount::Abandoned)),
                ),
                styles.base,
            ),
        ]),
    ]
}

fn latencies(progress: &SwarmProgress, width: u16, styles: &Styles) -> Vec<Line<'static>> {
    let bars = if width < 70 { "" } else { "   each second" };
    let title = format!(
        "{:<10}{:>9}{:>8}{:>8}{:>8}{:>8}{bars}",
        "", "count", "p50", "p90", "p99", "max"
    );
    let mut rows = vec![Line::styled(title, styles.muted)];
    let limited = |kind: Latency| {
        let of = |one: &&JudgedThreshold| matches!(one.threshold.metric, Metric::Latency(of, _) if of == kind);
        progress.thresholds.iter().filter(of).collect::<Vec<_>>()
    };
    for row in &progress.latencies {
        let limits = limited(row.latency);
        rows.push(latency_line(row, &limits, &progress.recent, width, styles));
    }
    rows
}

fn latency_line(
    row: &LatencyRow,
    limits: &[&JudgedThreshold],
    recent: &[SecondLine],
    width: u16,
    styles: &Styles,
) -> Line<'static> {
    let cells = format!(
        "{:>9}{:>8}{:>8}{:>8}{:>8}   ",
        grouped(row.count),
        latency(row.p50),
        latency(row.p90),
        latency(row.p99),
        latency(row.max)
    );
    let mut spans = vec![
        Span::styled(format!("{:<10}", row.latency.name()), styles.strong),
        Span::styled(cells, styles.base),
    ];
    let limits: Vec<(String, Style)> = limits
        .iter()
        .map(|one| {
            let threshold = &one.threshold;
            let (sign, style) = if held_so_far(one) {
                ("✓", styles.good)
            } else {
                ("✗", styles.bad)
            };
            let text = format!("  {} {} {sign}", threshold.name, threshold.condition);
            (text, style)
        })
        .collect();
    let words: usize = limits.iter().map(|(text, _)| text.width()).sum();
    let left = usize::from(width).saturating_sub(55);
    let (room, shows_limits) = match left.checked_sub(words) {
        Some(room) if room >= 8 => (room.min(60), true),
        _ => (left, false),
    };
    let values = recent.iter().map(|line| {
        let summary = line.latencies.get(&row.latency);
        summary.map_or(0, |summary| summary.p99)
    });
    spans.push(Span::styled(bars(values, room), styles.accent));
    if shows_limits {
        let words = limits.into_iter();
        spans.extend(words.map(|(text, style)| Span::styled(text, style)));
    } else if let Some((_, style)) = limits.into_iter().find(|(text, _)| text.ends_with('✗')) {
        // There is no room for the words: the sign says that a threshold does not hold.
        let name = format!("{} ✗", row.latency.name());
        spans[0] = Span::styled(format!("{name:<10}"), style);
    }
    Line::from(spans)
}

fn counts(progress: &SwarmProgress, styles: &Styles) -> Vec<Line<'static>> {
    let number = |count: SwarmCount| progress.counts.get(count);
    let told = |count: SwarmCount, is_fault: bool| {
        let text = format!("{} {}   ", count.name(), grouped(number(count)));
        let is_bad = is_fault && number(count) > 0;
        Span::styled(text, if is_bad { styles.bad } else { styles.base })
    };
    let refused = progress.refused;
    let lag = progress
        .latencies
        .iter()
        .find(|row| row.latency == Latency::Lag);
    let lag = lag.map_or_else(|| "none".to_owned(), |row| latency(row.p99));
    vec![
        Line::from(vec![
            Span::styled("messages       ", styles.strong),
            told(SwarmCount::Messages, false),
            told(SwarmCount::Lost, true),
            told(SwarmCount::Doubled, true),
            told(SwarmCount::Reordered, false),
            told(SwarmCount::Late, false),
            told(SwarmCount::Gaps, true),
        ]),
        Line::from(vec![
            Span::styled("calls          ", styles.strong),
            Span::styled(
                format!(
                    "429 {}   5xx {}   time-outs {}   retried {}   lag p99 {lag}   processor {:.0}% of a core",
                    grouped(refused.throttled),
                    grouped(refused.server_faults),
                    grouped(refused.timed_out),
                    grouped(number(SwarmCount::Retried)),
                    progress.cpu * 100.0,
                ),
                styles.base,
            ),
        ]),
    ]
}

fn failing(progress: &SwarmProgress, styles: &Styles) -> Vec<Line<'static>> {
    let mut rows = Vec::new();
    for (index, step) in progress.failing.iter().take(5).enumerate() {
        let title = if index == 0 { "failing steps" } else { "" };
        rows.push(Line::from(vec![
            Span::styled(format!("{title:<15}"), styles.strong),
            Span::styled(format!("{:>6} ", grouped(step.count)), styles.bad),
            Span::styled(
                format!("{}  {}", clean(&step.place), clean(&step.step)),
                styles.base,
            ),
        ]));
    }
    rows
}

fn workers(progress: &SwarmProgress, styles: &Styles) -> Vec<Line<'static>> {
    if progress.workers.is_empty() {
        return Vec::new();
    }
    let mut spans = vec![Span::styled("workers        ", styles.strong)];
    for worker in &progress.workers {
        let (word, style) = match worker.health {
            WorkerHealth::Working => ("●".to_owned(), styles.good),
            WorkerHealth::Suspect => (
                format!("◐ silent since {}", clock(worker.since)),
                styles.warn,
            ),
            WorkerHealth::Lost => (
                format!(
                    "○ lost {} ({} consumers)",
                    clock(worker.since),
                    grouped(worker.in_conversation)
                ),
                styles.bad,
            ),
            WorkerHealth::Ended => ("✓".to_owned(), styles.muted),
        };
        spans.push(Span::styled(
            format!("{} {word}   ", clean(&worker.name)),
            style,
        ));
    }
    vec![Line::from(spans)]
}

fn help(area: Rect, styles: &Styles, frame: &mut Frame<'_>) {
    #[expect(clippy::cast_possible_truncation, reason = "six rows")]
    let rows = HELP.len() as u16;
    let width = area.width.min(80);
    let top = area.height.saturating_sub(rows);
    let over = Rect::new(0, top, width, rows.min(area.height));
    frame.render_widget(Clear, over);
    let lines = HELP.map(|line| Line::raw(format!(" {line}")));
    frame.render_widget(Paragraph::new(lines.to_vec()).style(styles.raised), over);
}

/// The last `most` values as bars, to the highest of them.
fn bars(values: impl Iterator<Item = u64>, most: usize) -> String {
    let values: Vec<u64> = values.collect();
    let last = values.iter().skip(values.len().saturating_sub(most));
    let highest = last.clone().copied().max().unwrap_or(0).max(1);
    let bar = |value: &u64| {
        let eighth = (*value).min(highest) * 7 / highest;
        BARS[usize::try_from(eighth).unwrap_or(7)]
    };
    last.map(bar).collect()
}

/// Minutes and seconds.
fn clock(span: Duration) -> String {
    format!("{:02}:{:02}", span.as_secs() / 60, span.as_secs() % 60)
}

fn clean(text: &str) -> String {
    SafeText::clean(text).one_line()
}
