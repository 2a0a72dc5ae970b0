//! One scene of the page: why it failed, its steps, and beside them what the phones showed.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    domain::{content::Content, text::SafeText},
    export::{
        Redactor,
        html::{bubble, escaped},
    },
    report::{
        diff::{PieceKind, WordDiff},
        failure,
        html::plain,
        outcome::{
            Failure, FileReport, HopReport, RunFacts, SceneOutcome, SceneReport, Seen, SeenKind,
            StepOutcome, StepReport,
        },
        words,
    },
};

/// A request or a webhook in full is no longer than this, in bytes.
const LONGEST_ENTRY: usize = 64 * 1024;
/// Blocks of steps are indented up to this depth.
const DEEPEST: usize = 6;

/// What is drawn of which scene.
pub(super) struct Drawing<'a> {
    pub(super) run: &'a RunFacts,
    pub(super) file: &'a FileReport,
    pub(super) scene: &'a SceneReport,
    pub(super) number: usize,
    pub(super) link: &'a dyn Fn(&str) -> String,
    pub(super) has_steps: bool,
    pub(super) has_talk: bool,
    pub(super) has_wire: bool,
}

/// How a scene ended, as a word with a colour.
pub(super) fn badge(outcome: &SceneOutcome) -> String {
    let (class, word) = match outcome {
        SceneOutcome::Passed => ("is-passed", "PASS"),
        SceneOutcome::Failed { .. } => ("is-failed", "FAIL"),
        SceneOutcome::Error { .. } => ("is-failed", "ERROR"),
        SceneOutcome::Skipped { .. } => ("is-skipped", "SKIP"),
    };
    format!("<span class=\"badge {class}\">{word}</span>")
}

impl Drawing<'_> {
    pub(super) fn drawn(&self) -> String {
        let scene = self.scene;
        let open = match scene.outcome {
            SceneOutcome::Failed { .. } | SceneOutcome::Error { .. } => " open=\"\"",
            SceneOutcome::Passed | SceneOutcome::Skipped { .. } => "",
        };
        let mut out = format!(
            "<section id=\"s{}\"><details{open}><summary><h2>{} <span dir=\"auto\">{}</span></h2></summary>\n",
            self.number,
            badge(&scene.outcome),
            plain(&words::name(scene)),
        );
        self.facts(&mut out);
        match &scene.outcome {
            SceneOutcome::Error { why, is_internal } => {
                let why = plain(&words::error(why, *is_internal));
                put(&mut out, format_args!("<p class=\"ribbon\">{why}</p>\n"));
            }
            SceneOutcome::Skipped { why } => {
                let why = plain(why);
                put(&mut out, format_args!("<p class=\"ribbon\">{why}</p>\n"));
            }
            SceneOutcome::Failed { failure } => {
                let message = plain(&failure.message);
                put(
                    &mut out,
                    format_args!("<p class=\"why\"><b>{message}</b></p>\n"),
                );
            }
            SceneOutcome::Passed => {}
        }
        if self.has_steps {
            self.steps(&mut out);
        } else if let Some(failure) = scene.failure() {
            out.push_str(&reason(failure));
        }
        out.push_str("</details></section>\n");
        out
    }

    fn facts(&self, out: &mut String) {
        let scene = self.scene;
        let (path, line) = words::place(&self.file.path, scene);
        let took = words::span(scene.duration_ms);
        let mut facts = vec![format!("<code>{}:{line}</code>", plain(path)), took];
        facts.extend(scene.tags.iter().map(|tag| format!("@{}", plain(tag))));
        let ids = scene.conversations.iter();
        facts.extend(
            ids.map(|(who, id)| {
                format!("conversation of {} <code>{}</code>", plain(who), plain(id))
            }),
        );
        facts.extend(scene.artifacts.iter().map(|(kind, path)| {
            let address = plain(&(self.link)(path));
            format!("<a href=\"{address}\">{}</a>", plain(kind))
        }));
        put(
            out,
            format_args!("<p class=\"about\">{}</p>\n", facts.join(" · ")),
        );
        if !matches!(scene.outcome, SceneOutcome::Passed) {
            let again = plain(&words::again(self.run, &self.file.path, scene));
            put(
                out,
                format_args!("<p class=\"about\">Run it again: <code>{again}</code></p>\n"),
            );
        }
    }

    fn steps(&self, out: &mut String) {
        let scene = self.scene;
        let mut parts = SeenByStep::of(scene);
        out.push_str("<ol class=\"script\">\n");
        let mut is_told = false;
        for (at, step) in scene.steps.iter().enumerate() {
            self.step(out, step);
            let failed = scene
                .failure()
                .filter(|_| step.outcome == StepOutcome::Failed);
            if let Some(failure) = failed.filter(|_| !is_told) {
                is_told = true;
                out.push_str(&reason(failure));
            }
            out.push_str("</div>");
            self.seen(out, &parts.by_step.remove(&at).unwrap_or_default());
            out.push_str("</li>\n");
        }
        let failure = scene.failure().filter(|_| !is_told);
        if failure.is_some() || !parts.after.is_empty() {
            let class = if failure.is_some() { " is-failed" } else { "" };
            let reason = failure.map(reason).unwrap_or_default();
            put(
                out,
                format_args!("<li class=\"step{class}\"><div class=\"line\">{reason}</div>"),
            );
            self.seen(out, &parts.after);
            out.push_str("</li>\n");
        }
        out.push_str("</ol>\n");
        if scene.unseen > 0 {
            let count = scene.unseen;
            put(
                out,
                format_args!("<p class=\"about\">{count} more were seen and are not kept</p>\n"),
            );
        }
    }

    /// The step itself; its first column is left open.
    fn step(&self, out: &mut String, step: &StepReport) {
        let (class, state) = match step.outcome {
            StepOutcome::Passed => ("is-passed", "✓ held"),
            StepOutcome::Failed => ("is-failed", "✗ failed"),
            StepOutcome::Skipped => ("is-skipped", "– left out"),
        };
        let text = plain(&step.text);
        let depth = step.depth.min(DEEPEST);
        put(
            out,
            format_args!("<li class=\"step {class}\"><div class=\"line d{depth}\">"),
        );
        if step.kind == "note" {
            let text = text.strip_prefix("note ").unwrap_or(&text);
            put(out, format_args!("<h3 dir=\"auto\">{text}</h3>"));
            return;
        }
        if step.kind == "sandbox" {
            put(
                out,
                format_args!("<span class=\"ribbon\">fault or change in the sandbox</span>"),
            );
        }
        let file = step.file.as_deref().filter(|file| *file != self.file.path);
        let file = file
            .map(|file| format!("{}:", plain(file)))
            .unwrap_or_default();
        let time = words::seconds(step.at_ms);
        put(
            out,
            format_args!(
                "<div class=\"what\"><span class=\"no\">{file}{}</span> <code dir=\"auto\">{text}</code> \
                 <span class=\"state\">{state} <time>+{time}</time></span></div>",
                step.line
            ),
        );
    }

    /// What was seen at a step: bubbles as on the phone, the rest folded below.
    fn seen(&self, out: &mut String, seen: &[&Seen]) {
        if !self.has_talk || seen.is_empty() {
            return;
        }
        out.push_str("<div class=\"phone\">");
        let is_drawn = |seen: &&&Seen| {
            matches!(
                seen.kind,
                SeenKind::Said | SeenKind::Heard | SeenKind::Quiet
            )
        };
        if seen.iter().any(|seen| is_drawn(&seen)) {
            out.push_str("<ol class=\"talk\">");
            for seen in seen.iter().filter(is_drawn) {
                self.bubble(out, seen);
            }
            out.push_str("</ol>");
        }
        let is_on_wire = |seen: &&&Seen| !is_drawn(seen) || seen.entry.is_some();
        let count = seen.iter().filter(is_on_wire).count();
        if count > 0 {
            put(
                out,
                format_args!("<details class=\"wire\"><summary>{count} on the wire</summary>"),
            );
            for seen in seen.iter().filter(is_on_wire) {
                self.wire(out, seen);
            }
            out.push_str("</details>");
        }
        out.push_str("</div>");
    }

    fn bubble(&self, out: &mut String, seen: &Seen) {
        let time = words::seconds(seen.at_ms);
        if seen.kind == SeenKind::Quiet {
            let text = plain(&seen.text);
            put(
                out,
                format_args!(
                    "<li class=\"quiet\"><span dir=\"auto\">{text}</span> <time>+{time}</time></li>"
                ),
            );
            return;
        }
        let is_mine = seen.kind == SeenKind::Said && is_consumer(self.scene, &seen.whose);
        let side = if is_mine { "mine" } else { "theirs" };
        let who = plain(seen.who.as_deref().unwrap_or(&seen.whose));
        put(
            out,
            format_args!("<li class=\"{side}\"><span class=\"who\" dir=\"auto\">{who}</span>"),
        );
        let content = seen.content.clone();
        let content = content.unwrap_or_else(|| {
            Content::text(SafeText::clean(&words::cut(&seen.text, LONGEST_ENTRY)))
        });
        let mut bytes = Vec::new();
        // Writing to a Vec cannot fail.
        let _ = bubble(&mut bytes, &Redactor::default(), &content);
        out.push_str(&String::from_utf8_lossy(&bytes));
        let unasked = if failure::is_unasked(seen) {
            " · not waited for"
        } else {
            ""
        };
        put(
            out,
            format_args!("<div class=\"mark\"><time>+{time}</time>{unasked}</div></li>"),
        );
    }

    fn wire(&self, out: &mut String, seen: &Seen) {
        let row = plain(&failure::seen_row(
            seen,
            failure::has_several_logs(&self.scene.seen),
        ));
        let time = words::seconds(seen.at_ms);
        let whole = seen.entry.filter(|_| self.has_wire);
        match whole.and_then(|entry| self.scene.wire.get(&entry)) {
            Some(whole) => {
                let whole = SafeText::clean(&words::cut(whole, LONGEST_ENTRY));
                let whole = escaped(whole.as_str());
                put(
                    out,
                    format_args!(
                        "<details><summary>+{time} {row}</summary><pre>{whole}</pre></details>"
                    ),
                );
            }
            None => put(out, format_args!("<p>+{time} {row}</p>")),
        }
    }
}

/// What was seen, by the step it belongs to.
struct SeenByStep<'a> {
    by_step: BTreeMap<usize, Vec<&'a Seen>>,
    /// What came after the last step.
    after: Vec<&'a Seen>,
}

impl<'a> SeenByStep<'a> {
    fn of(scene: &'a SceneReport) -> Self {
        let mut parts = Self {
            by_step: BTreeMap::new(),
            after: Vec::new(),
        };
        let matched: BTreeMap<usize, usize> = (0..)
            .zip(&scene.steps)
            .filter_map(|(at, step)| Some((step.matched.as_ref()?.seen?, at)))
            .collect();
        let said: Vec<&Seen> = scene
            .seen
            .iter()
            .filter(|seen| seen.kind == SeenKind::Said)
            .collect();
        for (index, seen) in scene.seen.iter().enumerate() {
            // What one played person says and another hears is one bubble.
            let is_twice = |other: &&&Seen| {
                other.whose != seen.whose && other.text == seen.text && other.who == seen.who
            };
            if seen.kind == SeenKind::Heard && said.iter().any(|other| is_twice(&other)) {
                continue;
            }
            let of_its_line = |step: &StepReport| {
                step.file.is_none() && Some(step.line) == seen.line && step.at_ms >= seen.at_ms
            };
            let at = matched.get(&index).copied();
            let at = at.or_else(|| scene.steps.iter().position(of_its_line));
            let at = at.or_else(|| scene.steps.iter().position(|step| step.at_ms >= seen.at_ms));
            match at {
                Some(at) => parts.by_step.entry(at).or_default().push(seen),
                None => parts.after.push(seen),
            }
        }
        parts
    }
}

/// Whether this played person is a consumer, whose bubbles stand on the right.
fn is_consumer(scene: &SceneReport, who: &str) -> bool {
    if scene.conversations.is_empty() {
        return scene.seen.first().is_some_and(|seen| seen.whose == who);
    }
    scene.conversations.contains_key(who)
}

/// What was expected and what was there.
fn reason(failure: &Failure) -> String {
    let mut out = "<div class=\"reason\"><dl>".to_owned();
    let compared = failure::compared(failure);
    for (label, text) in failure::rows(failure) {
        let text = match (label, &compared) {
            ("hops", _) => hops(&failure.hops),
            ("expected", Some((_, diff))) => side(diff, 0, PieceKind::Missing, "del"),
            (_, Some((_, diff))) if text == diff.was() => side(diff, 1, PieceKind::Added, "ins"),
            _ => plain(&text),
        };
        put(
            &mut out,
            format_args!("<div><dt>{label}</dt><dd dir=\"auto\">{text}</dd></div>"),
        );
    }
    out.push_str("</dl></div>");
    out
}

/// One of two texts, with what the other has not marked by signs and by colour.
fn side(diff: &WordDiff, nth: usize, own: PieceKind, element: &str) -> String {
    let mut text = diff
        .leads
        .get(nth)
        .map(|lead| plain(lead))
        .unwrap_or_default();
    for (kind, piece) in &diff.pieces {
        let piece = plain(piece);
        match kind {
            PieceKind::Same => text.push_str(&piece),
            kind if *kind == own => put(&mut text, format_args!("<{element}>{piece}</{element}>")),
            _ => {}
        }
    }
    text
}

/// The hops of a message as bars, each as long as it took.
fn hops(hops: &[HopReport]) -> String {
    let longest = hops
        .iter()
        .filter_map(|hop| hop.after_ms)
        .max()
        .unwrap_or(0)
        .max(1);
    let mut out = "<table class=\"hops\">".to_owned();
    for hop in hops {
        let (mark, took, width) = match hop.after_ms {
            Some(ms) => ("✓", format!("+{ms} ms"), ms.saturating_mul(100) / longest),
            None => ("✗", "not seen".to_owned(), 0),
        };
        let name = plain(&hop.name);
        put(
            &mut out,
            format_args!(
                "<tr><th scope=\"row\">{mark} {name}</th><td>{took}</td>\
                 <td><svg viewBox=\"0 0 100 6\" aria-hidden=\"true\"><rect width=\"{width}\" height=\"6\"/></svg></td></tr>"
            ),
        );
    }
    out.push_str("</table>");
    out
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
