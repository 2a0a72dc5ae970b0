//! The row that tells of the scenario on the phone: which step of how many, what is waited for and
//! how long still, and the keys.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use crate::{
    domain::text::SafeText,
    tui::{
        chat::scenario::{RunningScenario, ScenarioHold, StepStage},
        commands::keys::Action,
        text::width::{elided, sized, width},
        theme::ui::Ui,
    },
};

/// From this many columns on the row has the title too.
const ROOMY: u16 = 110;

/// Most columns of a title.
const TITLE: usize = 24;

/// A piece of the row: the column it begins at, its text, and what a click on it does.
struct StripPiece {
    x: u16,
    text: String,
    style: Style,
    action: Option<Action>,
}

fn one_row(text: &str) -> String {
    SafeText::clean(text).one_line()
}

/// The sign and the words of how it stands.
fn standing(run: &RunningScenario) -> (&'static str, &'static str) {
    match run.hold {
        ScenarioHold::Runs => ("▸", ""),
        ScenarioHold::Paused => ("‖", "paused"),
        ScenarioHold::ByHand => ("‖", "by hand"),
        ScenarioHold::AtLine => ("‖", "from here by hand"),
    }
}

/// What the keys do now, the most useful first.
fn keys(run: &RunningScenario, ui: &Ui) -> Vec<(String, &'static str, Action)> {
    let pause = match run.hold {
        ScenarioHold::Runs => "pause",
        ScenarioHold::Paused | ScenarioHold::AtLine => "go on",
        ScenarioHold::ByHand => "give back",
    };
    let all = [
        (Action::PauseScenario, pause),
        (Action::StepScenario, "step"),
        (Action::StopScenario, "stop"),
    ];
    let bound = all.map(|(action, word)| (ui.shown(action), word, action));
    bound
        .into_iter()
        .filter(|(key, ..)| !key.is_empty())
        .collect()
}

/// What is said of the step: its line, and how long it may still take.
fn step(run: &RunningScenario, ui: &Ui) -> (String, String) {
    let Some(step) = &run.step else {
        let words = if run.steps == 0 { "is read" } else { "begins" };
        return (words.to_owned(), String::new());
    };
    let left = match run.seconds_left(ui.now) {
        Some(left) => format!(" · {left} s"),
        None => String::new(),
    };
    let before = match step.stage {
        StepStage::Next => "next ",
        StepStage::UnderWay | StepStage::Ended => "",
    };
    let text = one_row(&step.text);
    (format!("{before}line {}  {text}", step.line), left)
}

fn pieces(run: &RunningScenario, ui: &Ui, row: Rect) -> Vec<StripPiece> {
    let styles = &ui.styles;
    let (sign, words) = standing(run);
    let is_held = run.hold != ScenarioHold::Runs;
    let is_roomy = row.width >= ROOMY || run.step.is_none();
    let mut keys = keys(run, ui);
    let columns = |keys: &[(String, &str, Action)]| -> usize {
        keys.iter()
            .map(|(key, word, _)| width(key) + width(word) + 4)
            .sum()
    };
    let title = one_row(&run.title);
    let number = run.step.as_ref();
    let number = number.map(|step| format!("{}/{}", step.number, run.steps));
    let mut parts = vec![words.to_owned()];
    parts.extend(is_roomy.then(|| elided(&title, TITLE).into_owned()));
    parts.extend(number);
    parts.retain(|part| !part.is_empty());
    let head = format!(" {sign} {} · ", parts.join(" · "));
    let (told, left) = step(run, ui);
    let room = usize::from(row.width);
    // The line is worth more than the last keys.
    while keys.len() > 1 && width(&head) + width(&left) + 16 + columns(&keys) > room {
        keys.remove(1);
    }
    let room = room.saturating_sub(width(&head) + width(&left) + columns(&keys));
    let told = elided(&told, room.max(1)).into_owned();
    let mut pieces = Vec::new();
    let mut x = row.x;
    let mut put = |x: &mut u16, text: String, style: Style, action: Option<Action>| {
        let piece = StripPiece {
            x: *x,
            text,
            style,
            action,
        };
        *x += sized(width(&piece.text));
        pieces.push(piece);
    };
    let of_head = if is_held { styles.warn } else { styles.accent };
    let pause = Some(Action::PauseScenario);
    put(&mut x, head, of_head, pause);
    put(&mut x, told, Style::new(), pause);
    put(&mut x, left, styles.muted, pause);
    let mut x = row.right().saturating_sub(sized(columns(&keys))).max(x);
    for (key, word, action) in keys {
        put(&mut x, format!("  {key}"), styles.strong, Some(action));
        put(&mut x, format!(" {word} "), styles.muted, Some(action));
    }
    pieces
}

/// Draws the row that tells of the scenario and its keys.
pub(crate) fn draw(run: &RunningScenario, ui: &Ui, row: Rect, buffer: &mut Buffer) {
    if row.is_empty() {
        return;
    }
    if ui.styles.has_colours() {
        buffer.set_style(row, ui.styles.raised);
    }
    for piece in pieces(run, ui, row) {
        let room = usize::from(row.right().saturating_sub(piece.x));
        if room > 0 {
            buffer.set_stringn(piece.x, row.y, &piece.text, room, piece.style);
        }
    }
}

/// What a click on the row does.
pub(crate) fn action_at(run: &RunningScenario, ui: &Ui, row: Rect, at: Position) -> Option<Action> {
    let mut pieces = pieces(run, ui, row).into_iter();
    pieces.find_map(|piece| {
        let area = Rect::new(piece.x, row.y, sized(width(&piece.text)), 1);
        piece.action.filter(|_| area.contains(at))
    })
}
