//! Reads a scenario with the files it uses: text in, a script and every fault out.
//!
//! A line is the unit of recovery: one with a fault is told and left out, and the next one is read.
//! What each line may look like is said in [`forms`](crate::scenario::forms).

mod acts;
pub(crate) use acts::deed;
mod files;
mod head;
pub(crate) mod rows;
mod steps;
#[cfg(test)]
mod tests;
pub(crate) mod turns;

use crate::scenario::{
    check,
    fault::{Fault, FaultKind},
    forms::Layout,
    parse::files::ScenarioFiles,
    script::{Deed, Scene, Script, ScriptStep, SourcePlace, StepKind},
    syntax::line::{SourceLine, lines},
};

/// The largest file, in bytes.
pub const LARGEST_FILE: usize = 1 << 20;
/// The most data rows.
pub const MOST_ROWS: usize = 10_000;
/// The deepest that files use each other.
pub const DEEPEST_USE: usize = 16;
/// The most bytes of all used files, each counted as often as it is used.
pub const LARGEST_USES: usize = 8 << 20;
/// The most uses of files in a scenario, all counted.
pub const MOST_USES: usize = 256;
/// The deepest that blocks stand in each other.
pub const DEEPEST_BLOCK: usize = 32;
/// The most faults that are told.
pub const MOST_FAULTS: usize = 200;

/// A scenario as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// What could be read of it.
    pub script: Script,
    /// The texts of [`Script::files`], to show faults in.
    pub sources: Vec<String>,
    /// Every fault, by its place; a script with one that is no warning must not be run.
    pub faults: Vec<Fault>,
}

impl Parsed {
    /// Whether it must not be run.
    pub fn is_faulty(&self) -> bool {
        self.faults.iter().any(|fault| !fault.kind.is_warning())
    }
}

/// Reads a scenario.
///
/// `files` gives the text of a file that it names in `use` and in `rows from`. The name is one
/// relative to the folder of the scenario, with `/`: a file that a used file names lies beside that
/// one.
pub fn parse(name: &str, text: &str, files: &dyn Fn(&str) -> Result<String, String>) -> Parsed {
    let mut parser = Parser::new(files);
    let mut script = Script::default();
    match parser.files.begin(name, text) {
        Ok(file) => parser.scenario(file, &mut script),
        Err(words) => {
            let spot = (SourcePlace { file: 0, line: 1 }, 0..0);
            parser
                .faults
                .push(Fault::new(FaultKind::TooLarge, spot, words));
        }
    }
    let (names, sources) = parser.files.told();
    script.files = names;
    parser.faults.append(&mut check::check(&script, &sources));
    let mut parsed = Parsed {
        script,
        sources,
        faults: parser.faults,
    };
    parsed
        .faults
        .sort_by_key(|fault| (fault.place, fault.columns.start, fault.kind));
    parsed.faults.dedup();
    parsed.faults.truncate(MOST_FAULTS);
    parsed
}

/// The syntax of a text alone, without the files it names: what `fmt` goes by.
pub(crate) fn layout(text: &str) -> Result<Layout, Vec<Fault>> {
    let mut parser = Parser::new(&|_| Err(String::new()));
    let mut script = Script::default();
    match parser.files.begin("", text) {
        Ok(file) => parser.scenario(file, &mut script),
        Err(words) => {
            let spot = (SourcePlace { file: 0, line: 1 }, 0..0);
            parser
                .faults
                .push(Fault::new(FaultKind::TooLarge, spot, words));
        }
    }
    let is_of_files = |kind| matches!(kind, FaultKind::Unread | FaultKind::NoSteps);
    let faults = parser.faults.into_iter();
    let mut faults: Vec<Fault> = faults
        .filter(|fault| !fault.kind.is_warning() && !is_of_files(fault.kind))
        .collect();
    faults.truncate(MOST_FAULTS);
    if faults.is_empty() {
        Ok(parser.layout)
    } else {
        Err(faults)
    }
}

/// Reads one file after the other.
struct Parser<'a> {
    files: ScenarioFiles<'a>,
    faults: Vec<Fault>,
    /// Only `fmt` wants it.
    layout: Layout,
}

/// The lines of a file, and how far they are read.
struct SourceLines {
    all: Vec<SourceLine>,
    at: usize,
    /// Whether the file is one that is used.
    is_used: bool,
    /// Whether the rest was given up, with a fault told.
    is_left: bool,
}

impl SourceLines {
    fn peek(&self) -> Option<&SourceLine> {
        self.all.get(self.at)
    }

    fn next(&mut self) -> Option<SourceLine> {
        let line = self.all.get_mut(self.at).map(std::mem::take);
        self.at += usize::from(line.is_some());
        line
    }
}

impl<'a> Parser<'a> {
    fn new(files: &'a dyn Fn(&str) -> Result<String, String>) -> Self {
        Self {
            files: ScenarioFiles::new(files),
            faults: Vec::new(),
            layout: Layout::default(),
        }
    }

    /// Reads the whole of a scenario.
    fn scenario(&mut self, file: usize, script: &mut Script) {
        let all = lines(self.files.text(file), file, &mut self.faults);
        let mut lines = SourceLines {
            all,
            at: 0,
            is_used: false,
            is_left: false,
        };
        let first = lines
            .peek()
            .map_or_else(SourcePlace::default, |line| line.place);
        let first = SourcePlace {
            line: first.line.max(1),
            ..first
        };
        self.head(&mut lines, script, None);
        let steps = self.steps(&mut lines, None, 0);
        if lines.peek().is_none() {
            if steps.is_empty() && self.faults.is_empty() {
                let words = "nothing happens in this file";
                let fault = Fault::new(FaultKind::NoSteps, (first, 0..0), words)
                    .help("write who says what, as `me: Where is my order?`");
                self.faults.push(fault);
            }
            script.scenes.push(Scene {
                place: first,
                steps,
                ..Scene::default()
            });
        } else if let Some(step) = steps.first() {
            let words = "a step stands before the first scene";
            let fault = Fault::new(FaultKind::Misplaced, (step.place, 0..0), words)
                .help("move the step into a scene, or write a `scene` line above it");
            self.faults.push(fault);
        }
        while let Some(line) = lines.next() {
            let scene = self.scene(&line, &mut lines, script);
            script.scenes.push(scene);
        }
        for scene in &mut script.scenes {
            let cast: Vec<_> = script.head.cast.iter().chain(&scene.head.cast).collect();
            let is_agent = |who: &_| {
                let played = cast.iter().rfind(|play| &play.name == who);
                played.map_or_else(|| is_agents_role(who), |play| play.is_agent)
            };
            agents_go_online(&mut scene.steps, &is_agent);
        }
    }
}

fn is_agents_role(who: &crate::scenario::script::Template) -> bool {
    use crate::scenario::script::TextPiece;
    matches!(who.0.as_slice(), [TextPiece::Text(name)] if matches!(name.as_str(), "agent" | "manager"))
}

/// `goes online` is a word of both: an agent's is an availability.
fn agents_go_online(
    steps: &mut [ScriptStep],
    is_agent: &impl Fn(&crate::scenario::script::Template) -> bool,
) {
    use crate::domain::availability::Availability;
    for step in steps {
        match &mut step.kind {
            StepKind::Deed {
                who,
                deed: deed @ Deed::GoesOnline(true),
                ..
            } if is_agent(who) => {
                *deed = Deed::GoesTo(Availability::Online);
            }
            StepKind::AnyOrder(steps) | StepKind::Use { steps, .. } => {
                agents_go_online(steps, is_agent);
            }
            StepKind::If {
                condition,
                then,
                otherwise,
            } => {
                agents_go_online(std::slice::from_mut(condition), is_agent);
                agents_go_online(then, is_agent);
                agents_go_online(otherwise, is_agent);
            }
            _ => {}
        }
    }
}
