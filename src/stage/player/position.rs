//! Where the show is: lines finished at once, steps on and back, jumps, and lines that the
//! presenter's keys type.

use std::time::Duration;

use crate::{
    domain::time::Timestamp,
    stage::{
        player::{AFTER_JUMP, SHORTEST_GAP, StageAct, StagePlayer},
        timeline::Cue,
        typing::StrokeKey,
    },
};

impl StagePlayer {
    /// Has everything before this index on the screen, and plays on from there.
    pub(super) fn go_to(&mut self, index: usize, now: Timestamp, acts: &mut Vec<StageAct>) {
        acts.push(StageAct::Clear);
        self.lines.clear();
        self.to_come.clear();
        self.draft.clear();
        (self.next, self.stroke, self.placed) = (0, 0, 0);
        self.run_to(index, now, acts);
        self.wait_after_jump(now);
    }

    /// Plays everything before this index at once.
    fn run_to(&mut self, index: usize, now: Timestamp, acts: &mut Vec<StageAct>) {
        while self.next < index.min(self.timeline.cues.len()) {
            self.play_whole(now, acts);
        }
    }

    /// Plays what comes next at once; a line is written to its end.
    fn play_whole(&mut self, now: Timestamp, acts: &mut Vec<StageAct>) {
        if let Some(timed) = self.timeline.cues.get(self.next) {
            let cue = timed.cue.clone();
            self.perform(&cue, now, acts);
        }
        self.next += 1;
        self.stroke = 0;
    }

    fn wait_after_jump(&mut self, now: Timestamp) {
        self.since = now;
        self.wait = self.next_gap().min(AFTER_JUMP);
    }

    /// The line that is written is there, or what others are about to say.
    pub(super) fn finish_line(&mut self, now: Timestamp, acts: &mut Vec<StageAct>) {
        while let Some(timed) = self.timeline.cues.get(self.next) {
            let ends = matches!(
                timed.cue,
                Cue::Write { .. }
                    | Cue::Say { .. }
                    | Cue::Show { .. }
                    | Cue::Quiet { .. }
                    | Cue::Note(_)
                    | Cue::Rest
            );
            self.play_whole(now, acts);
            if ends {
                break;
            }
        }
        self.wait_after_jump(now);
    }

    pub(super) fn next_step(&mut self, now: Timestamp, acts: &mut Vec<StageAct>) {
        let step = self.timeline.step_of(self.next);
        let next = self.first_of(step + 1);
        self.run_to(next.unwrap_or(self.timeline.cues.len()), now, acts);
        self.wait_after_jump(now);
    }

    pub(super) fn step_back(&mut self, now: Timestamp, acts: &mut Vec<StageAct>) {
        // Where nothing was seen yet, the step before is meant.
        let step = self.timeline.step_of(self.next);
        let seen = |step: &usize| {
            let first = self.first_of(*step).unwrap_or(0);
            let end = self.first_of(step + 1).unwrap_or(usize::MAX).min(self.next);
            let played = self.timeline.cues.get(first..end).unwrap_or_default();
            played.iter().any(|timed| timed.cue.is_seen())
        };
        let is_writing = !self.draft.is_empty();
        let back = (0..=step)
            .rev()
            .find(|at| seen(at) || (is_writing && *at == step));
        let first = self.first_of(back.unwrap_or(0)).unwrap_or(0);
        self.go_to(first, now, acts);
    }

    /// A key types the next grapheme; of what else the consumer does, it does it.
    pub(super) fn type_next(&mut self, now: Timestamp, acts: &mut Vec<StageAct>) {
        let is_too_soon = |at| now.since(at) < SHORTEST_GAP;
        if !self.takes_keys() || self.typed_at.is_some_and(is_too_soon) {
            return;
        }
        self.keep_right();
        let Some(timed) = self.timeline.cues.get(self.next) else {
            return;
        };
        match &timed.cue {
            Cue::Write { graphemes, .. } => {
                self.typed_at = Some(now);
                let next = graphemes.get(self.draft.len()).cloned();
                let is_written = self.draft.len() + 1 >= graphemes.len();
                self.draft.extend(next);
                acts.push(StageAct::Draft(self.draft.concat()));
                if is_written {
                    self.next += 1;
                    self.stroke = 0;
                }
            }
            // What is written waits for Enter.
            Cue::Say { .. } if !self.draft.is_empty() => {}
            _ => self.enter(now, acts),
        }
    }

    /// Sends what is written, or writes it to its end; what else the consumer does is done.
    pub(super) fn enter(&mut self, now: Timestamp, acts: &mut Vec<StageAct>) {
        if self.takes_keys() {
            self.play_whole(now, acts);
            self.since = now;
            self.wait = self.next_gap();
        }
    }

    /// Takes the last grapheme back that was typed.
    pub(super) fn take_back(&mut self, acts: &mut Vec<StageAct>) {
        if !self.takes_keys() || self.draft.is_empty() {
            return;
        }
        if !self.is_writing() {
            // All of it was written, and Enter awaited.
            self.next = self.next.saturating_sub(1);
        }
        self.draft.pop();
        acts.push(StageAct::Draft(self.draft.concat()));
    }

    fn is_writing(&self) -> bool {
        let next = self.timeline.cues.get(self.next);
        next.is_some_and(|timed| matches!(timed.cue, Cue::Write { .. }))
    }

    /// Lets go of what was mistyped when keys began to type the line.
    fn keep_right(&mut self) {
        if let Some(Cue::Write { graphemes, .. }) =
            self.timeline.cues.get(self.next).map(|timed| &timed.cue)
        {
            let right = self.draft.iter().zip(graphemes);
            let right = right
                .take_while(|(written, meant)| written == meant)
                .count();
            self.draft.truncate(right);
        }
    }

    /// Goes on with the keys of the line where it was left.
    pub(super) fn find_stroke(&mut self) {
        let Some(Cue::Write { strokes, .. }) =
            self.timeline.cues.get(self.next).map(|timed| &timed.cue)
        else {
            return;
        };
        let mut written: Vec<&str> = Vec::new();
        let reaches = |written: &[&str], draft: &[String]| written == draft;
        let mut played = 0;
        while !reaches(&written, &self.draft) {
            let Some(stroke) = strokes.get(played) else {
                break;
            };
            match &stroke.key {
                StrokeKey::Write(grapheme) => written.push(grapheme),
                StrokeKey::TakeBack => drop(written.pop()),
            }
            played += 1;
        }
        if played != self.stroke {
            self.stroke = played;
            self.wait = self.next_gap().max(Duration::from_millis(50));
        }
    }
}
