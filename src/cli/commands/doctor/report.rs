//! Findings for people, on one line each, and for programs.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _},
};

use serde_json::{Value, json};

use crate::{
    cli::{
        checks::finding::{Finding, FindingState},
        commands::doctor::terminal,
        terminfo,
    },
    domain::{spoken::speakable, text::SafeText},
    tui::theme::styles::Depth,
};

#[derive(Debug, Clone, Copy)]
pub(super) struct ReportStyle {
    /// Whether the terminal can show more than ASCII.
    pub(super) unicode: bool,
    pub(super) colour: bool,
}

impl ReportStyle {
    /// What stdout can show.
    pub(super) fn of_stdout() -> Self {
        Self {
            unicode: terminal::speaks_unicode(),
            colour: io::stdout().is_terminal() && terminfo::depth() != Depth::None,
        }
    }

    fn mark(self, state: FindingState) -> String {
        let (plain, nice, colour) = match state {
            FindingState::Good => ("+", "✓", 32),
            FindingState::Warning => ("!", "!", 33),
            FindingState::Bad => ("x", "✗", 31),
            FindingState::Skipped => ("-", "–", 90),
        };
        let mark = if self.unicode { nice } else { plain };
        if self.colour {
            format!("\u{1b}[{colour}m{mark}\u{1b}[0m")
        } else {
            mark.to_owned()
        }
    }
}

pub(super) fn text(findings: &[Finding], style: ReportStyle) -> String {
    let arrow = if style.unicode { "→" } else { "->" };
    let mut text = String::new();
    for finding in findings {
        let mut line = format!("{}: ", finding.name);
        if finding.state == FindingState::Skipped {
            line.push_str("not checked, because ");
        }
        line.push_str(&finding.says);
        if let Some(remedy) = &finding.remedy {
            line = format!("{line} {arrow} {remedy}");
        }
        let line = shown(&line);
        let line = if style.unicode { line } else { ascii(&line) };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{} {line}", style.mark(finding.state));
    }
    text
}

/// The same in plain mode: the state as the first word, then what was checked.
pub(super) fn spoken(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let state = match finding.state {
            FindingState::Good => "Works",
            FindingState::Warning => "Warning",
            FindingState::Bad => "Fault",
            FindingState::Skipped => "Not checked",
        };
        let remedy = finding
            .remedy
            .as_deref()
            .map(|remedy| format!(" To do: {remedy}."));
        let (name, says, remedy) = (finding.name, &finding.says, remedy.unwrap_or_default());
        let line = speakable(&shown(&format!("{state}: {name}. {says}.{remedy}")));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{line}");
    }
    text
}

pub(super) fn json(findings: &[Finding]) -> Value {
    let checks: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "name": finding.name,
                "state": finding.state.word(),
                "says": shown(&finding.says),
                "do": finding.remedy.as_deref().map(shown),
            })
        })
        .collect();
    json!({ "ok": !findings.iter().any(Finding::is_bad), "checks": checks })
}

/// One line, with nothing in it that a terminal would execute.
fn shown(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    SafeText::clean(&line.join(" ")).as_str().to_owned()
}

/// The same for a terminal that shows nothing else.
fn ascii(line: &str) -> String {
    let replaced = line.replace('…', "...").replace('–', "-");
    let plain = |c: char| if c.is_ascii() { c } else { '?' };
    replaced.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        vec![
            Finding::good("settings", "profile acme"),
            Finding::bad("secret", "VAR is not\nset\u{1b}[2J…", "put it there"),
            Finding::skipped("tokens", "there is no secret"),
        ]
    }

    #[test]
    fn every_finding_is_one_line_whatever_the_terminal_can_show() {
        let plain = ReportStyle {
            unicode: false,
            colour: false,
        };
        let said = text(&findings(), plain);
        assert!(said.is_ascii(), "{said}");
        assert_eq!(said.lines().count(), 3, "{said}");
        assert!(said.contains("x secret: VAR is not set"), "{said}");
        assert!(said.contains(" -> put it there\n"), "{said}");
        let nice = ReportStyle {
            unicode: true,
            colour: true,
        };
        let said = text(&findings(), nice);
        assert!(said.contains("✗\u{1b}[0m secret"), "{said}");
        assert!(
            said.contains("– tokens") || said.contains("–\u{1b}[0m tokens"),
            "{said}"
        );
        assert!(said.contains("not checked, because there is no secret\n"));
        assert!(!said.contains("\u{1b}[2J"), "{said}");
    }

    #[test]
    fn in_plain_mode_the_state_is_the_first_word() {
        assert_eq!(
            spoken(&findings()),
            "Works: settings. profile acme.\n\
             Fault: secret. VAR is not set…. To do: put it there.\n\
             Not checked: tokens. there is no secret.\n"
        );
    }

    #[test]
    fn one_fault_is_no_all_clear() {
        let said = json(&findings());
        assert_eq!(said["ok"], false);
        assert_eq!(said["checks"][1]["state"], "bad");
        assert_eq!(said["checks"][1]["do"], "put it there");
        assert_eq!(said["checks"][0]["do"], Value::Null);
        assert_eq!(json(&[Finding::good("x", "y")])["ok"], true);
    }
}
