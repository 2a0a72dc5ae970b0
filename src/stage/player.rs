//! Plays a timeline. It is told the time and the presenter's keys, and gives what the screen is to
//! do; [`StagePlayer::wake`] tells when it wants to be told the time next.

mod acts;
mod position;

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

pub use acts::StageAct;

use crate::{
    domain::{
        ids::{ItemId, PhoneId},
        line::Line,
        time::Timestamp,
    },
    stage::timeline::{Cue, Tick, TimedCue, Timeline},
};

/// The phone that the show is on; no phone of an engine comes to have this number.
pub const PHONE: PhoneId = PhoneId(u32::MAX);
/// The shortest time between two graphemes that a presenter's keys type.
const SHORTEST_GAP: Duration = Duration::from_millis(83);
/// The first number of the bubbles that the presenter writes.
const BY_HAND: u32 = 1 << 20;
/// The time before the first thing after a jump.
const AFTER_JUMP: Duration = Duration::from_millis(300);

/// What the presenter wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageKey {
    /// Hold the show, or let it go on.
    Pause,
    /// Hold it, if it goes.
    Hold,
    /// Have the line that is written or awaited there at once.
    FinishLine,
    /// Have the rest of the step there at once.
    NextStep,
    /// Go back to where this step begins, or to the one before.
    StepBack,
    /// Begin again.
    Restart,
    /// Go to the chapter of this number, from 1.
    Chapter(usize),
    /// Go to the first step that is not before this line of the file.
    Line(usize),
    /// Have the presenter's keys type the lines, or no more.
    Ghost,
    /// A key that writes was pressed while keys type the lines.
    Write,
    /// Enter, while keys type the lines.
    Enter,
    /// Backspace, while keys type the lines.
    TakeBack,
    /// Have the keyboard: the presenter writes.
    TakeKeyboard,
    /// Give it back.
    GiveBack,
    /// Send what the presenter wrote.
    Say(String),
}

/// Where a show is, for its presenter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is told by itself")]
pub struct StageProgress {
    /// The index of the step that is played.
    pub step: usize,
    /// The last note.
    pub note: Option<String>,
    /// The lines of the scenario that come next, this one first.
    pub next: Vec<String>,
    /// How long what was played takes.
    pub elapsed: Duration,
    /// How long the rest takes.
    pub left: Duration,
    /// Whether time alone goes on with it.
    pub is_running: bool,
    /// Whether the presenter holds it.
    pub is_paused: bool,
    /// Whether the presenter's keys type the lines.
    pub is_ghost: bool,
    /// Whether the presenter has the keyboard.
    pub is_by_hand: bool,
    /// What it is played on: the cloud that is behind it, if one is.
    pub link: String,
}

/// A show that is played.
#[derive(Debug)]
pub struct StagePlayer {
    timeline: Timeline,
    speed: f64,
    /// The index of what comes next.
    next: usize,
    /// How many keys of the line that comes next were played.
    stroke: usize,
    /// What is written of it.
    draft: Vec<String>,
    /// How long until then, since `since`.
    wait: Duration,
    since: Timestamp,
    is_paused: bool,
    is_ghost: bool,
    is_by_hand: bool,
    /// When the last grapheme was typed by a key.
    typed_at: Option<Timestamp>,
    /// The lines that are on the screen.
    lines: BTreeMap<u32, Line>,
    /// How far messages by hand will come, and when.
    to_come: Vec<(Timestamp, u32, Tick)>,
    by_hand: u32,
    placed: u64,
}

impl StagePlayer {
    /// A show that begins at this time.
    pub fn new(timeline: Timeline, speed: f64, now: Timestamp) -> Self {
        let mut player = Self {
            timeline,
            speed: speed.clamp(0.1, 100.0),
            next: 0,
            stroke: 0,
            draft: Vec::new(),
            wait: Duration::ZERO,
            since: now,
            is_paused: false,
            is_ghost: false,
            is_by_hand: false,
            typed_at: None,
            lines: BTreeMap::new(),
            to_come: Vec::new(),
            by_hand: BY_HAND,
            placed: 0,
        };
        player.wait = player.next_gap();
        player
    }

    /// What is played.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Whether the presenter's keys type the lines.
    pub fn is_ghost(&self) -> bool {
        self.is_ghost
    }

    /// Whether a key that writes types the line just now.
    pub fn takes_keys(&self) -> bool {
        self.is_ghost && !self.is_by_hand && self.is_own_turn()
    }

    /// Whether the presenter has the keyboard.
    pub fn is_by_hand(&self) -> bool {
        self.is_by_hand
    }

    /// Whether all of it was played.
    pub fn is_over(&self) -> bool {
        self.next >= self.timeline.cues.len()
    }

    /// When the player wants to be told the time; not at all while it waits for a key.
    pub fn wake(&self) -> Option<Timestamp> {
        let next = (!self.is_held()).then(|| self.since.after(self.wait));
        let ticks = self.to_come.iter().map(|(at, ..)| *at);
        ticks.chain(next).min()
    }

    /// What happens by this time.
    pub fn tick(&mut self, now: Timestamp) -> Vec<StageAct> {
        let mut acts = Vec::new();
        let (due, later) = self.to_come.iter().partition(|(at, ..)| *at <= now);
        self.to_come = later;
        let due: Vec<(Timestamp, u32, Tick)> = due;
        for (at, bubble, tick) in due {
            self.perform(&Cue::Delivered { bubble, tick }, at, &mut acts);
        }
        while !self.is_held() {
            let due = self.since.after(self.wait);
            if due > now {
                break;
            }
            self.since = due;
            self.play_next(due, &mut acts);
        }
        acts
    }

    /// What the presenter's key does.
    pub fn key(&mut self, key: StageKey, now: Timestamp) -> Vec<StageAct> {
        let mut acts = self.tick(now);
        match key {
            StageKey::Pause => self.hold(now, |player| player.is_paused = !player.is_paused),
            StageKey::Hold => self.hold(now, |player| player.is_paused = true),
            StageKey::Ghost => {
                self.hold(now, |player| player.is_ghost = !player.is_ghost);
                self.find_stroke();
            }
            StageKey::TakeKeyboard => self.hold(now, |player| player.is_by_hand = true),
            StageKey::GiveBack => {
                self.hold(now, |player| player.is_by_hand = false);
                acts.push(StageAct::Draft(self.draft.concat()));
            }
            StageKey::FinishLine => self.finish_line(now, &mut acts),
            StageKey::NextStep => self.next_step(now, &mut acts),
            StageKey::StepBack => self.step_back(now, &mut acts),
            StageKey::Restart => self.go_to(0, now, &mut acts),
            StageKey::Chapter(number) => {
                let chapter = number.checked_sub(1);
                let chapter = chapter.and_then(|at| self.timeline.chapters.get(at));
                if let Some(first) = chapter.and_then(|one| self.first_of(one.step)) {
                    self.go_to(first, now, &mut acts);
                }
            }
            StageKey::Line(line) => {
                let mut steps = self.timeline.steps.iter();
                let first = steps.find(|step| step.line >= line).map(|step| step.first);
                self.go_to(first.unwrap_or(0), now, &mut acts);
            }
            StageKey::Write => self.type_next(now, &mut acts),
            StageKey::Enter => self.enter(now, &mut acts),
            StageKey::TakeBack => self.take_back(&mut acts),
            StageKey::Say(text) => self.say_by_hand(&text, now, &mut acts),
        }
        acts
    }

    /// Where the show is.
    pub fn progress(&self, now: Timestamp) -> StageProgress {
        let step = self.timeline.step_of(self.next);
        let mut chapters = self.timeline.chapters.iter().rev();
        let note = chapters.find(|one| self.first_of(one.step).is_some_and(|at| at < self.next));
        let next = self.timeline.steps.iter().skip(step);
        let next = next.filter(|step| !step.text.starts_with("note ") && !self.is_over());
        let whole = self.timeline.span_from(0);
        let left = self.timeline.span_from(self.next);
        let waited = if self.is_held() {
            Duration::ZERO
        } else {
            now.since(self.since).min(self.wait)
        };
        StageProgress {
            step,
            note: note.map(|one| one.title.clone()),
            next: next.take(3).map(|step| step.text.clone()).collect(),
            elapsed: whole_seconds(whole.saturating_sub(left).div_f64(self.speed) + waited),
            left: whole_seconds(left.div_f64(self.speed).saturating_sub(waited)),
            is_running: !self.is_held(),
            is_paused: self.is_paused,
            is_ghost: self.is_ghost,
            is_by_hand: self.is_by_hand,
            link: "no cloud".to_owned(),
        }
    }

    fn is_held(&self) -> bool {
        self.is_paused || self.is_by_hand || self.is_over() || (self.is_ghost && self.is_own_turn())
    }

    /// Whether the consumer does what comes next.
    fn is_own_turn(&self) -> bool {
        let next = self.timeline.cues.get(self.next);
        next.is_some_and(|cue| cue.is_own)
    }

    /// Changes what holds the show; the time that is left to wait stays the same.
    fn hold(&mut self, now: Timestamp, change: impl FnOnce(&mut Self)) {
        if !self.is_held() {
            self.wait = self.wait.saturating_sub(now.since(self.since));
        }
        change(self);
        self.since = now;
    }

    /// The time before what comes next.
    fn next_gap(&self) -> Duration {
        let Some(TimedCue { gap, cue, .. }) = self.timeline.cues.get(self.next) else {
            return Duration::ZERO;
        };
        let gap = match cue {
            Cue::Write { strokes, .. } => {
                let stroke = strokes
                    .get(self.stroke)
                    .map_or(Duration::ZERO, |one| one.gap);
                if self.stroke == 0 {
                    *gap + stroke
                } else {
                    stroke
                }
            }
            _ => *gap,
        };
        gap.div_f64(self.speed)
    }

    /// The index of the first thing of a step.
    fn first_of(&self, step: usize) -> Option<usize> {
        self.timeline.steps.get(step).map(|step| step.first)
    }

    fn id(number: u32) -> ItemId {
        ItemId {
            phone: Some(PHONE),
            number,
        }
    }
}

fn whole_seconds(span: Duration) -> Duration {
    Duration::from_secs(span.as_secs())
}
