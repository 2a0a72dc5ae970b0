//! The show on the phone: what its player has the screen do, and the presenter's keys. No engine
//! stands behind such a phone.

use std::time::Duration;

use crate::{
    domain::{text::SafeText, time::Timestamp},
    engine::{
        command::Command,
        update::{Phase, Update},
    },
    stage::player::{PHONE, StageAct, StageKey, StagePlayer, StageProgress},
    tui::{
        app::{
            kept::Stale,
            model::{Leaving, Model},
            theatre::{ShowSettings, TWICE_MILLIS, Theatre, ToPlay},
        },
        chat::{cards::Cards, conversation::Conversation, phone::Phone, scenario::ScenarioHold},
        commands::{
            keys::{Chord, Key},
            slash::arguments,
        },
        stage::{Cover, KeyPlate},
        text::edit::{Editor, Motion},
    },
};
/// The presenter's keys, as `?` shows them.
const PRESENTER_KEYS: [&str; 12] = [
    "Space  pause",
    "→  finish line",
    "↓  next step",
    "↑  back",
    "Home  again",
    "1-9  chapter",
    "g  ghost",
    "t  write",
    "b  black",
    "k  keys",
    "F12  panic",
    "q q  leave",
];

/// How long they stay.
const HELP: Duration = Duration::from_secs(8);
/// How long the plate of a key stays.
const PLATE: Duration = Duration::from_millis(1500);

impl Model {
    /// Begins the show, or has the scenario played as soon as a phone is open.
    pub(crate) fn begin_plays(&mut self, show: Option<ShowSettings>, plays: Option<String>) {
        match (show, plays) {
            (show, Some(file)) => {
                self.to_play = ToPlay {
                    file: Some(file),
                    show,
                    failed_at: None,
                };
            }
            (Some(show), None) => self.begin_show(&show, true),
            (None, None) => {}
        }
    }

    /// A phone is open: what is to be played begins there.
    pub(crate) fn play_on_stage(&mut self) {
        if let Some(file) = self.to_play.file.take()
            && let Err(why) = self.play_scenario(&arguments::quoted(&file))
        {
            tracing::warn!(%why, "the scenario on stage");
            self.scenario_failed(0);
        }
    }

    /// The scenario on stage has failed at a line: the show can take its place, and nothing is said.
    pub(crate) fn scenario_failed(&mut self, line: usize) {
        if self.stage.is_some() && self.to_play.show.is_some() {
            self.to_play.failed_at = Some(line);
            self.tell_presenter("↓ goes on as a show");
        }
    }

    /// Goes on as a show where the scenario failed; whether it did.
    fn go_on_as_show(&mut self) -> bool {
        let Some(line) = self.to_play.failed_at.take() else {
            return false;
        };
        let Some(show) = self.to_play.show.take() else {
            return false;
        };
        self.begin_show(&show, false);
        let now = self.ui.now;
        self.advance(|player| player.key(StageKey::Line(line), now));
        true
    }

    /// Begins the show on the phone, on stage with the brand's card first where that is wanted.
    fn begin_show(&mut self, show: &ShowSettings, has_card: bool) {
        let now = self.ui.now;
        // Of phones that were there nothing is shown or told any more.
        self.phone = Phone::default();
        self.others.clear();
        self.tabs.clear();
        let on_stage = self.stage.as_mut().filter(|_| has_card);
        let has_card = on_stage.is_some();
        if let Some(stage) = on_stage {
            stage.cover = Cover::Splash;
        }
        let mut theatre = Theatre::new(show, now, has_card);
        let acts = if show.ghost {
            let begins = theatre.card_until.unwrap_or(now);
            theatre.player.key(StageKey::Ghost, begins)
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
        let is_card_over = self.card_until().is_some_and(|until| until <= now);
        if is_card_over {
            self.take_card_away();
        }
        self.advance(|player| player.tick(now)) | is_card_over
    }

    fn card_until(&self) -> Option<Timestamp> {
        self.theatre.as_ref()?.card_until
    }

    /// The phone is shown in place of the brand's card.
    fn take_card_away(&mut self) {
        if let (Some(theatre), Some(stage)) = (&mut self.theatre, &mut self.stage)
            && theatre.card_until.take().is_some()
        {
            stage.cover = Cover::None;
        }
    }

    /// Has the player do something, and the screen what comes of it; whether something did.
    fn advance(&mut self, act: impl FnOnce(&mut StagePlayer) -> Vec<StageAct>) -> bool {
        let Some(theatre) = &mut self.theatre else {
            return false;
        };
        let was_over = theatre.player.is_over();
        let acts = act(&mut theatre.player);
        let is_over = theatre.player.is_over();
        let is_changed = !acts.is_empty();
        self.perform(acts);
        if is_over && !was_over {
            self.errands.chapters.push(None);
        }
        is_changed
    }

    /// Where the show is, or the scenario that is played for real.
    pub(crate) fn progress_on_stage(&self) -> Option<StageProgress> {
        if let Some(theatre) = &self.theatre {
            return Some(theatre.player.progress(self.ui.now));
        }
        let run = self.scenario.as_ref()?;
        let step = run.step.iter();
        Some(StageProgress {
            note: Some(run.title.clone()),
            next: step.map(|step| step.text.clone()).collect(),
            is_running: run.hold == ScenarioHold::Runs,
            link: "played for real".to_owned(),
            ..StageProgress::default()
        })
    }

    /// When the show wants to go on.
    pub(crate) fn next_of_show(&self) -> Option<Timestamp> {
        let player = self.theatre.as_ref()?.player.wake();
        player.into_iter().chain(self.card_until()).min()
    }

    /// Whether a show is played in which the person does nothing by hand.
    pub(crate) fn is_only_shown(&self) -> bool {
        let theatre = self.theatre.as_ref();
        theatre.is_some_and(|theatre| !theatre.player.is_by_hand())
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
        if let Some(stage) = &mut self.stage {
            stage.caption = text.one_line();
        }
        self.errands.chapters.push(Some(text.one_line()));
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
        if chord.key == Key::F(12) && self.stage.is_some() {
            return Some(self.after_panic());
        }
        if chord.key == Key::Down && self.go_on_as_show() {
            return Some(Stale::All);
        }
        self.take_card_away();
        let theatre = self.theatre.as_mut()?;
        let now = self.ui.now;
        let (takes_keys, by_hand) = (theatre.player.takes_keys(), theatre.player.is_by_hand());
        let leaves = theatre.leaves.take();
        let is_plain = !chord.ctrl && !chord.alt;
        let key = match chord.key {
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
            Key::Char('?') => return Some(self.show_presenter_keys()),
            Key::Char('b') => return Some(self.turn_black()),
            Key::Char('k') => return Some(self.turn_plates()),
            Key::Char('q') => {
                let is_second =
                    leaves.is_some_and(|at| now.since(at) < Duration::from_millis(TWICE_MILLIS));
                if is_second {
                    return Some(self.leave_show());
                }
                theatre.leaves = Some(now);
                self.tell_presenter("q again leaves");
                return Some(Stale::All);
            }
            _ => return Some(Stale::Nothing),
        };
        if matches!(&key, StageKey::Say(text) if text.trim().is_empty()) {
            return Some(Stale::All);
        }
        let has_plates = theatre.has_plates;
        self.advance(|player| player.key(key.clone(), now));
        if has_plates {
            self.show_key_plate(&key);
        }
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
        if self
            .scenario
            .as_ref()
            .is_some_and(|run| run.hold == ScenarioHold::Runs)
        {
            self.pause_scenario();
        }
        self.advance(|player| player.key(StageKey::Hold, now));
        self.errands.redraw = true;
        Stale::All
    }

    fn leave_show(&mut self) -> Stale {
        self.phone.chat.composer.clear();
        self.leaving = Leaving::Asked;
        self.commands.push(Command::Quit);
        Stale::All
    }

    /// Shows the presenter's keys beside the phone for a while.
    fn show_presenter_keys(&mut self) -> Stale {
        let until = self.ui.now.after(HELP);
        if let Some(stage) = &mut self.stage {
            let plate = |text: &str| KeyPlate {
                text: text.to_owned(),
                until,
            };
            stage.plates = PRESENTER_KEYS.into_iter().map(plate).collect();
        }
        Stale::All
    }

    fn turn_black(&mut self) -> Stale {
        if let Some(stage) = &mut self.stage {
            stage.cover = match stage.cover {
                Cover::Black => Cover::None,
                _ => Cover::Black,
            };
        }
        Stale::All
    }

    fn turn_plates(&mut self) -> Stale {
        if let Some(theatre) = &mut self.theatre {
            theatre.has_plates = !theatre.has_plates;
        }
        Stale::All
    }

    /// Shows what a key did; of keys that write nothing is told.
    fn show_key_plate(&mut self, key: &StageKey) {
        let at = match key {
            StageKey::Pause => 0,
            StageKey::FinishLine => 1,
            StageKey::NextStep => 2,
            StageKey::StepBack => 3,
            StageKey::Restart => 4,
            StageKey::Chapter(_) => 5,
            StageKey::Ghost => 6,
            StageKey::TakeKeyboard => 7,
            _ => return,
        };
        let until = self.ui.now.after(PLATE);
        if let (Some(stage), Some(text)) = (&mut self.stage, PRESENTER_KEYS.get(at)) {
            let text = (*text).to_owned();
            stage.show_plate(KeyPlate { text, until });
        }
    }
}
