//! The only place that changes the model: by what the engine tells, and by what
//! the person does.

pub(crate) mod act;
mod answers;
mod card;
mod carry;
mod copying;
mod edit;
mod files;
mod inspector;
mod lines;
mod over;
mod past;
mod phones;
mod pictures;
mod pointer;
mod prepare;
mod run;
mod select;

use crossterm::event::Event;

use crate::{
    domain::{conversation::event::Act, notice::Severity},
    engine::{
        command::Command,
        update::{Phase, Update},
    },
    tui::{
        app::model::{Focus, Leaving, Model},
        commands::keys::{Action, Chord, Key},
        terminal::input::{self, Input},
    },
};

impl Model {
    /// Takes in what the engine tells.
    pub fn on_update(&mut self, update: Update) {
        match update {
            Update::Items(items) => self.put_items(items),
            Update::Phone { thread, persona } => self.put_phone(thread, persona),
            Update::PutAway(thread) => self.put_away(thread),
            Update::Typing { thread, name } => {
                if let Some(phone) = self.phone_of(thread) {
                    phone.typing = name;
                }
            }
            Update::Head { thread, head } => {
                if let Some(phone) = self.phone_of(thread) {
                    if head.phase == Phase::Closed {
                        phone.typing = None;
                    }
                    phone.head = Some(head);
                }
            }
            Update::Details { thread, details } => {
                if let Some(phone) = self.phone_of(thread) {
                    phone.details = details;
                }
            }
            Update::Wire(entries) => {
                for entry in entries {
                    self.inspector.detail.changed(entry.id);
                    self.live_wire().put(entry);
                }
            }
            Update::Linked { entry, items } => {
                if self.inspector.parked.is_some() {
                    self.inspector.wire.link(entry, items.clone());
                }
                self.live_wire().link(entry, items);
            }
            Update::Tokens(tokens) => self.inspector.tokens = tokens,
            Update::Answer { ask, answer } => self.on_answer(ask, answer),
            Update::Link(link) => self.link = link,
            Update::Switches { thread, switches } => {
                if let Some(phone) = self.phone_of(thread) {
                    phone.switches = switches;
                }
            }
            Update::Progress { item, done, total } => self.put_progress(item, done, total),
            Update::File { item, file } => self.put_file(item, file),
            Update::Consent(asked) => self.ask_consent(asked),
            Update::Notice(notice) => self.notices.show(&notice, self.ui.now),
            Update::Stopped => self.leaving = Leaving::Stopped,
        }
    }

    /// Takes in what the terminal reports.
    pub fn on_event(&mut self, event: Event) {
        let Some(input) = input::translate(event) else {
            return;
        };
        match input {
            Input::Key(chord) => self.on_key(chord),
            Input::Paste(text) => self.on_paste(&text),
            Input::Looked(looked) => {
                self.looked = looked;
                self.order(Act::Looked(looked));
            }
            Input::Resize => self.errands.redraw = true,
            Input::Click(at) => self.on_click(at),
            Input::Wheel { up, at } => self.on_wheel(up, at),
        }
    }

    fn on_key(&mut self, chord: Chord) {
        if let Some(action) = self.ui.keymap.action(self.contexts(), chord) {
            if action != Action::Quit && self.leaving == Leaving::Warned {
                self.leaving = Leaving::Not;
            }
            if !self.popups.is_empty() && is_for_the_chat(action) {
                let title = "close what lies on top first";
                return self.tell(Severity::Info, title, "", "");
            }
            self.act(action);
            return;
        }
        // Ctrl with Alt is how some keyboards write characters of the third level.
        let writes = chord.writes() || (chord.ctrl && chord.alt);
        if let (Key::Char(c), true) = (chord.key, writes) {
            // A blank alone is no message; it uses what the keyboard stands on.
            let draft = &self.phone.chat.composer.field;
            if c == ' ' && self.phone.button.is_some() && self.is_composing() && draft.is_empty() {
                return self.use_selected();
            }
            self.write(c.encode_utf8(&mut [0; 4]));
        }
    }

    fn on_paste(&mut self, text: &str) {
        // A paste never lands in a pane that takes no text: it goes where one writes.
        let takes_text = self.focus == Focus::Composer || self.is_in_workspace();
        if self.popups.is_empty() && !self.inspector.filtering && !takes_text {
            self.focus = Focus::Composer;
        }
        self.write(text);
        if !self.is_in_workspace() {
            self.judge(text);
        }
    }

    /// Takes back a command the engine had no room for.
    pub fn refused(&mut self, command: Command) {
        let what = match command {
            Command::Act { thread, act } => match act {
                Act::Submit { text, metadata } => {
                    if let Some(phone) = self.phone_of(thread)
                        && phone.chat.composer.field.is_empty()
                    {
                        phone.chat.composer.metadata = metadata;
                        phone.chat.composer.field.insert(&text);
                    }
                    "the message was not sent"
                }
                // The next key tells the first again; the others are kept until there is room.
                Act::Typed { .. } | Act::Looked(_) | Act::Shown(_) => return,
                _ => "that was not done",
            },
            Command::Open(_) => {
                self.awaited = None;
                "the phone was not handed over"
            }
            Command::Quit => {
                self.leaving = Leaving::Not;
                "handset does not stop yet"
            }
            Command::Ask { ask, .. } => {
                self.not_asked(ask);
                "the journal was not asked"
            }
            _ => "that was not done",
        };
        self.tell(
            Severity::Warning,
            what,
            "the engine is busy and takes no more commands right now",
            "try again in a moment",
        );
    }
}

/// Whether an action speaks for the consumer, or takes the phone away: nobody means that who looks
/// at a popup over it.
fn is_for_the_chat(action: Action) -> bool {
    use Action::{PutAway, Replay, Reply, Retry};
    matches!(action, Replay | Reply(_) | Retry | PutAway)
}
