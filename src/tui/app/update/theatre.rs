//! The show on the phone: what its player has the screen do, and the presenter's keys. No engine
//! stands behind such a phone.

use std::time::Duration;

use crate::{
    domain::{text::SafeText, time::Timestamp},
    engine::{
        command::Command,
        update::{Phase, Update},
    },
    stage::player::{PHONE, StageAct, StageKey},
    tui::{
        app::{
            kept::Stale,
            model::{Leaving, Model},
            theatre::{ShowSettings, TWICE_MILLIS, Theatre},
        },
        chat::{cards::Cards, conversation::Conversation},
        commands::keys::{Chord, Key},
        text::edit::{Editor, Motion},
    },
};
/// The presenter's keys, as `?` shows them.
pub(crate) const PRESENTER_KEYS: &str =
    "Space pause  → line  ↓ step  ↑ back  g ghost  t write  1-9 chapter  b black  F12 panic  q q";

impl Model {
    /// Begins a show on the phone.
    pub(crate) fn begin_show(&mut self, show: &ShowSettings) {
        let now = self.ui.now;
        let mut theatre = Theatre::new(show, now);
        let acts = if show.ghost {
            theatre.player.key(StageKey::Ghost, now)
        } else {
            Vec::new()
        };
        self.theatre = Some(Box::new(theatre));
        self.put_phone(PHONE, Box::new(show.persona.clone()));
        self.clear_stage();
        self.perform(acts);
    }

    /// Has the show go on by this time; whether something came of it.
    pub(crate) fn tick_show(&mut self, now: Timestamp) -> bool {
        let Some(theatre) = &mut self.theatre else {
            return false;
        };
        let acts = theatre.player.tick(now);
        let is_changed = !acts.is_empty();
        self.perform(acts);
        is_changed
    }

    /// When the show wants to go on.
    pub(crate) fn next_of_show(&self) -> Option<Timestamp> {
        self.theatre.as_ref()?.player.wake()
    }

    fn perform(&mut self, acts: Vec<StageAct>) {
        for act in acts {
            match act {
                StageAct::Clear => self.clear_stage(),
                StageAct::Draft(text) => {
                    self.phone.chat.composer.field = Editor::holding(&text);
                }
                StageAct::Line(line) => self.put_items(vec![*line]),
                StageAct::Typing(name) => self.on_update(Update::Typing { phone: PHONE, name }),
                StageAct::Agent(name) => self.show_head(|theatre| theatre.head.agent = name),
                StageAct::Close => self.show_head(|theatre| theatre.head.phase = Phase::Closed),
                StageAct::Card(item, state) => {
                    *self.phone.cards.touch(item).0 = state;
                    self.phone.chat.transcript.changed(item);
                }
                StageAct::Caption(text) => self.show_caption(&text),
            }
        }
    }

    fn show_head(&mut self, change: impl FnOnce(&mut Theatre)) {
        if let Some(theatre) = &mut self.theatre {
            change(theatre);
            let head = theatre.head.clone();
            self.on_update(Update::Head { phone: PHONE, head });
        }
    }

    fn show_caption(&mut self, text: &SafeText) {
        self.errands.chapters.push(text.one_line());
    }

    /// An empty phone, whose conversation is open and has nobody in it yet.
    fn clear_stage(&mut self) {
        self.phone.chat = Conversation::default();
        self.phone.chat.lines.began();
        self.phone.cards = Cards::default();
        self.phone.typing = None;
        self.phone.button = None;
        self.show_head(|theatre| (theatre.head.agent, theatre.head.phase) = (None, Phase::Open));
    }

    /// What a key does while a show is played; `None` when none is.
    pub(crate) fn on_presenter_key(&mut self, chord: Chord) -> Option<Stale> {
        let theatre = self.theatre.as_mut()?;
        let now = self.ui.now;
        let (takes_keys, by_hand) = (theatre.player.takes_keys(), theatre.player.is_by_hand());
        let leaves = theatre.leaves.take();
        let is_plain = !chord.ctrl && !chord.alt;
        let key = match chord.key {
            Key::F(12) => return Some(self.after_panic()),
            Key::Char('c' | 'q') if chord.ctrl => return Some(self.leave_show()),
            Key::Esc if by_hand => StageKey::GiveBack,
            Key::Char('t') if by_hand && chord.alt => StageKey::GiveBack,
            Key::Enter if by_hand => StageKey::Say(self.phone.chat.composer.field.take()),
            _ if by_hand => return Some(self.write_by_hand(chord)),
            Key::Enter => StageKey::Enter,
            Key::Backspace => StageKey::TakeBack,
            Key::Char(_) if takes_keys && is_plain => StageKey::Write,
            Key::Right => StageKey::FinishLine,
            Key::Down => StageKey::NextStep,
            Key::Up => StageKey::StepBack,
            Key::Home => StageKey::Restart,
            Key::Char(' ') => StageKey::Pause,
            Key::Char('g') => StageKey::Ghost,
            Key::Char('t') => StageKey::TakeKeyboard,
            Key::Char(digit @ '1'..='9') => {
                StageKey::Chapter(digit.to_digit(10).unwrap_or_default() as usize)
            }
            Key::Char('?') => {
                theatre.has_help = !theatre.has_help;
                return Some(Stale::All);
            }
            Key::Char('q') => {
                let is_second =
                    leaves.is_some_and(|at| now.since(at) < Duration::from_millis(TWICE_MILLIS));
                if is_second {
                    return Some(self.leave_show());
                }
                theatre.leaves = Some(now);
                return Some(Stale::All);
            }
            _ => return Some(Stale::Nothing),
        };
        if matches!(&key, StageKey::Say(text) if text.trim().is_empty()) {
            return Some(Stale::All);
        }
        let acts = theatre.player.key(key, now);
        self.perform(acts);
        Some(Stale::All)
    }

    /// A key that writes while the presenter has the keyboard.
    fn write_by_hand(&mut self, chord: Chord) -> Stale {
        let room = self.phone.chat.composer.room();
        let field = &mut self.phone.chat.composer.field;
        match chord.key {
            Key::Char(c) if chord.writes() => {
                field.insert(c.encode_utf8(&mut [0; 4]));
            }
            Key::Backspace => field.delete(Motion::Left, room),
            Key::Delete => field.delete(Motion::Right, room),
            Key::Left => field.go(Motion::Left, chord.shift, room),
            Key::Right => field.go(Motion::Right, chord.shift, room),
            Key::Home => field.go(Motion::Home, chord.shift, room),
            Key::End => field.go(Motion::End, chord.shift, room),
            _ => return Stale::Nothing,
        }
        Stale::All
    }

    /// The terminal was shut, or is open again: nothing is played until the presenter says so, and
    /// everything is drawn anew.
    fn after_panic(&mut self) -> Stale {
        let now = self.ui.now;
        if let Some(theatre) = &mut self.theatre {
            let acts = theatre.player.key(StageKey::Hold, now);
            self.perform(acts);
        }
        self.errands.redraw = true;
        Stale::All
    }

    fn leave_show(&mut self) -> Stale {
        self.phone.chat.composer.clear();
        self.leaving = Leaving::Asked;
        self.commands.push(Command::Quit);
        Stale::All
    }

    /// Words for the presenter at the edge of the stage.
    pub(crate) fn presenter_words(&self) -> Option<&'static str> {
        let theatre = self.theatre.as_ref()?;
        match (theatre.leaves, theatre.has_help) {
            (Some(_), _) => Some("q again leaves"),
            (None, true) => Some(PRESENTER_KEYS),
            (None, false) => None,
        }
    }
}
