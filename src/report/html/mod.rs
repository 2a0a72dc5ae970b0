//! The report as one page for people: it fetches nothing, prints, and can be read without script.
//!
//! On the left the scenes, failing ones first; on the right each scene as the phone showed it, with
//! the script beside the bubbles. The page is no larger than its budget, and says what it left out
//! for that.

mod scene;

use std::fmt::Write as _;

use crate::{
    export::html::{BUBBLES, escaped, source},
    report::{
        html::scene::Drawing,
        human,
        outcome::{FileReport, RunReport, SceneOutcome, SceneReport},
        words,
    },
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// No page is larger, in bytes: it goes into mails.
pub const BUDGET: usize = 5_000_000;

/// How much of each scene is drawn. Each one is smaller than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    Whole,
    /// Scenes that passed have no wire entries in full.
    FailingWire,
    /// Scenes that passed have their steps alone.
    FailingTalk,
    /// No scene has wire entries in full.
    NoWire,
    /// Scenes have their reasons and no steps.
    Reasons,
    /// Scenes are named, as many as there is room for.
    Names,
}

impl Detail {
    const ALL: [Self; 6] = [
        Self::Whole,
        Self::FailingWire,
        Self::FailingTalk,
        Self::NoWire,
        Self::Reasons,
        Self::Names,
    ];

    /// What the reader is told about it.
    fn remark(self) -> Option<&'static str> {
        Some(match self {
            Self::Whole => return None,
            Self::FailingWire => "requests and webhooks of scenes that passed are left out",
            Self::FailingTalk => "conversations of scenes that passed are left out",
            Self::NoWire => {
                "conversations of scenes that passed, and all requests and webhooks, are left out"
            }
            Self::Reasons => "steps and conversations are left out",
            Self::Names => "all but the names of the first scenes is left out",
        })
    }
}

/// The page. `link` makes the address of a kept file, as the page names it.
pub fn page(report: &RunReport, link: &dyn Fn(&str) -> String) -> String {
    sized(report, link, BUDGET)
}

fn sized(report: &RunReport, link: &dyn Fn(&str) -> String, budget: usize) -> String {
    let mut page = String::new();
    for detail in Detail::ALL {
        page = RunPage {
            report,
            link,
            detail,
            budget,
        }
        .drawn();
        if page.len() <= budget {
            break;
        }
    }
    page
}

struct RunPage<'a> {
    report: &'a RunReport,
    link: &'a dyn Fn(&str) -> String,
    detail: Detail,
    budget: usize,
}

/// One scene, its file, and its number on the page.
type Numbered<'a> = (usize, &'a FileReport, &'a SceneReport);

impl RunPage<'_> {
    fn drawn(&self) -> String {
        let mut out = String::new();
        self.head(&mut out);
        let scenes = self.scenes();
        out.push_str("<div class=\"columns\">\n");
        let shown = self.list(&mut out, &scenes);
        out.push_str("<main>\n");
        if self.detail < Detail::Names {
            for (number, file, scene) in &scenes {
                let drawing = Drawing {
                    run: &self.report.run,
                    file,
                    scene,
                    number: *number,
                    link: self.link,
                    has_steps: self.detail < Detail::Reasons,
                    has_talk: self.detail < Detail::FailingTalk || is_wrong(scene),
                    has_wire: match self.detail {
                        Detail::Whole => true,
                        Detail::FailingWire | Detail::FailingTalk => is_wrong(scene),
                        _ => false,
                    },
                };
                out.push_str(&drawing.drawn());
                if out.len() > self.budget {
                    // Another page will be drawn, with less on it.
                    return out;
                }
            }
        } else if shown < scenes.len() {
            let more = scenes.len() - shown;
            // Writing to a String cannot fail.
            let _ = writeln!(out, "<p>… and {more} more, see the report as JSON</p>");
        }
        let version = escaped(&self.report.handset);
        let _ = write!(
            out,
            "</main>\n</div>\n<footer>Written by handset {version}</footer>\n\
             <script>{SCRIPT}</script>\n</body>\n</html>\n"
        );
        out
    }

    /// Failing scenes first, each part in the order they were run.
    fn scenes(&self) -> Vec<Numbered<'_>> {
        let files = self.report.files.iter();
        let all = files.flat_map(|file| file.scenes.iter().map(move |scene| (file, scene)));
        let all = all.enumerate();
        let mut all: Vec<Numbered<'_>> = all
            .map(|(at, (file, scene))| (at + 1, file, scene))
            .collect();
        all.sort_by_key(|(_, _, scene)| match scene.outcome {
            SceneOutcome::Failed { .. } => 0,
            SceneOutcome::Error { .. } => 1,
            SceneOutcome::Passed => 2,
            SceneOutcome::Skipped { .. } => 3,
        });
        all
    }

    fn head(&self, out: &mut String) {
        let (report, run) = (self.report, &self.report.run);
        let totals = human::in_words(report.totals);
        let verdict = if report.is_ok() { "PASSED" } else { "FAILED" };
        let class = if report.is_ok() {
            "is-passed"
        } else {
            "is-failed"
        };
        let style = format!("{BUBBLES}{STYLE}");
        let _ = write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
             style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{verdict}: {totals}</title>\n<style>{style}</style>\n</head>\n<body>\n\
             <header>\n<h1><span class=\"badge {class}\">{verdict}</span> {totals}</h1>\n<dl class=\"facts\">\n",
            source(&style),
            source(SCRIPT),
        );
        let scenes = words::counted(report.totals.all(), "scene");
        let files = words::counted(report.files.len(), "file");
        let facts = [
            ("Scenes", format!("{scenes} in {files}")),
            ("Began", words::moment(&run.started)),
            ("Took", words::span(run.duration_ms)),
            (
                "Time in scenes",
                words::time_in_scenes(&run.time).to_owned(),
            ),
            ("Cloud", run.cloud.clone()),
            ("Profile", run.profile.clone().unwrap_or_default()),
            ("Machine", run.host.clone()),
            ("Seed", run.seed.to_string()),
            ("Run", run.id.clone()),
        ];
        for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
            let _ = writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", plain(fact));
        }
        let again = words::all_again(run, &report.files);
        let again = plain(&words::cut(&again, words::LONGEST));
        let _ = writeln!(out, "</dl>\n<p>Run it again: <code>{again}</code></p>");
        if let Some(why) = &run.ended_early {
            let _ = writeln!(out, "<p class=\"ribbon\">Ended early: {}</p>", plain(why));
        }
        if let Some(remark) = self.detail.remark() {
            let most = self.budget / 1_000_000;
            let _ = writeln!(
                out,
                "<p class=\"ribbon\">To keep this page below {most} MB, {remark}.</p>"
            );
        }
        out.push_str("</header>\n");
    }

    /// The list on the left; how many scenes are in it.
    fn list(&self, out: &mut String, scenes: &[Numbered<'_>]) -> usize {
        out.push_str(
            "<nav aria-label=\"Scenes\">\n<p id=\"filter\" hidden=\"\"><label>Filter by text or tag \
             <input type=\"search\"/></label> <span role=\"status\"></span></p>\n<ol>\n",
        );
        let mut shown = 0;
        for (number, file, scene) in scenes {
            let (path, line) = words::place(&file.path, scene);
            let tags: Vec<String> = scene.tags.iter().map(|tag| format!(" @{tag}")).collect();
            let _ = writeln!(
                out,
                "<li><a href=\"#s{number}\">{} <span dir=\"auto\">{}</span> \
                 <small>{}:{line}{}</small></a></li>",
                scene::badge(&scene.outcome),
                plain(&words::name(scene)),
                plain(path),
                plain(&tags.concat()),
            );
            shown += 1;
            // Some room stays for the end of the page.
            if self.detail == Detail::Names && out.len() + 4_000 > self.budget {
                break;
            }
        }
        out.push_str("</ol>\n</nav>\n");
        shown
    }
}

fn is_wrong(scene: &SceneReport) -> bool {
    matches!(
        scene.outcome,
        SceneOutcome::Failed { .. } | SceneOutcome::Error { .. }
    )
}

/// A text of others on one row of the page.
fn plain(text: &str) -> String {
    escaped(&words::row(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::outcome::{Seen, SeenKind, StepReport};

    /// A run of two scenes that passed and one that failed, each with so much on the wire.
    fn report(wire: usize, text: usize) -> RunReport {
        let scene = |title: &str| SceneReport {
            title: title.to_owned(),
            steps: vec![StepReport::default()],
            seen: vec![Seen {
                at_ms: 0,
                kind: SeenKind::Heard,
                whose: "ada".to_owned(),
                who: Some("Riley".to_owned()),
                text: format!("talk of {title} {}", "t".repeat(text)),
                entry: Some(1),
                line: None,
                content: None,
            }],
            wire: [(1, format!("wire of {title} {}", "w".repeat(wire)))].into(),
            ..SceneReport::default()
        };
        let mut failed = scene("three");
        failed.outcome = SceneOutcome::Error {
            why: "no listener".to_owned(),
            is_internal: false,
        };
        let file = FileReport {
            scenes: vec![scene("one"), scene("two"), failed],
            ..FileReport::default()
        };
        RunReport {
            files: vec![file],
            ..RunReport::default()
        }
    }

    #[test]
    fn a_page_above_its_budget_loses_what_is_least_missed_and_says_so() {
        let page = |wire, text| {
            let page = sized(&report(wire, text), &str::to_owned, 40_000);
            assert!(page.len() <= 40_000, "{}", page.len());
            let has = |what: &str| page.contains(what);
            (
                [has("wire of one"), has("talk of one"), has("wire of three")],
                has("To keep this page below"),
            )
        };
        assert_eq!(page(10, 10), ([true; 3], false));
        assert_eq!(page(15_000, 10), ([false, true, true], true));
        assert_eq!(page(15_000, 1_900), ([false, true, true], true));
        assert_eq!(page(60_000, 1_900), ([false, false, false], true));
    }
}
