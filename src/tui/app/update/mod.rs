//! The only place that changes the model: by what the engine tells, and by what
//! the person does.

pub(crate) mod act;
mod again;
mod answers;
mod away;
mod card;
mod carry;
pub(crate) mod chat;
mod copying;
mod edit;
mod files;
mod find;
mod focus;
mod inspector;
mod lines;
mod over;
mod past;
mod phones;
mod pictures;
mod pointer;
mod prepare;
mod recording;
mod scenario;
mod select;
pub(crate) mod theatre;

use crossterm::event::Event;

use crate::{
    domain::{
        conversation::event::Act,
        notice::{Severity, Topic},
    },
    engine::{
        command::Command,
        update::{Link, Phase, PictureRefusal, Update},
    },
    ingress::status::Health,
    tui::{
        app::{
            focus::Focus,
            kept::Stale,
            model::{Leaving, Model},
        },
        commands::{
            keys::{Action, Chord, Key},
            slash,
        },
        inspector::Tab,
        terminal::input::{self, Input},
        text::edit::Editor,
    },
};

impl Model {
    /// Takes in what the engine tells.
    pub fn on_update(&mut self, update: Update) {
        match update {
            Update::Lines(items) => self.put_items(items),
            Update::Phone { phone: id, persona } => {
                self.put_phone(id, persona);
                self.play_on_stage();
            }
            Update::Closed(id) => self.closed(id),
            Update::Typing { phone: id, name } => {
                if let Some(phone) = self.phone_of(id) {
                    phone.typing = name;
                }
            }
            Update::Draft {
                phone: id,
                conversation,
                text,
            } => {
                if let Some(phone) = self.phone_of(id)
                    && phone.chat.composer.field.is_empty()
                {
                    phone.chat.composer.field = Editor::holding(&text);
                    phone.kept_draft = (conversation, text);
                }
            }
            Update::WorkspaceDrafts(drafts) => self.workspace.kept.found(drafts),
            Update::Head { phone: id, head } => {
                self.drafts_changed = true;
                let is_open = head.phase == Phase::Open;
                let mut has_opened = false;
                if let Some(phone) = self.phone_of(id) {
                    if head.phase == Phase::Closed {
                        phone.typing = None;
                    }
                    if let Some(recording) = &mut phone.recording {
                        recording.goes_on_in(head.conversation.as_ref());
                    }
                    let was = phone.head.replace(head);
                    has_opened = is_open && was.is_none_or(|was| was.phase != Phase::Open);
                }
                if has_opened {
                    self.notices.resolve(&Topic::Phone(id));
                }
            }
            Update::Replaying {
                phone: id,
                replaying,
            } => {
                if let Some(phone) = self.phone_of(id) {
                    phone.replaying = replaying;
                }
            }
            Update::Details { phone: id, details } => {
                if let Some(phone) = self.phone_of(id) {
                    phone.details = details;
                }
            }
            Update::Wire(entries) => {
                for entry in entries {
                    self.inspector.tree.changed(entry.id);
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
            Update::Link(link) => {
                self.resolve_ingress(&link);
                self.link = link;
            }
            Update::Switches {
                phone: id,
                switches,
            } => {
                if let Some(phone) = self.phone_of(id) {
                    phone.switches = switches;
                }
            }
            Update::Progress { item, done, total } => self.put_progress(item, done, total),
            Update::File { item, file } => self.put_file(item, file),
            Update::Picture { address, picture } => self.picture_arrived(&address, picture),
            Update::PictureHosts(hosts) => self.hosts_decided(hosts),
            Update::Consent(asked) => self.ask_consent(asked),
            Update::Notice(notice) => self.notices.show(&notice, self.ui.now),
            Update::Stopped => self.leaving = Leaving::Stopped,
        }
    }

    /// What was wrong with how webhooks come in is so no more, once that is proved.
    fn resolve_ingress(&mut self, link: &Link) {
        let indicators = [
            (Topic::Tunnel, &link.ingress.tunnel),
            (Topic::Install, &link.ingress.install),
        ];
        for (topic, indicator) in indicators {
            if indicator
                .as_ref()
                .is_some_and(|one| one.health == Health::Proved)
            {
                self.notices.resolve(&topic);
            }
        }
    }

    /// Takes in what the terminal reports; returns what of the screen that makes stale.
    pub fn on_event(&mut self, event: Event) -> Stale {
        let Some(input) = input::translate(event) else {
            return Stale::Nothing;
        };
        match input {
            Input::Key(chord) => return self.on_key(chord),
            Input::Paste(_) | Input::Click(_) if self.is_only_shown() => return Stale::Nothing,
            Input::Paste(text) => self.on_paste(&text),
            Input::Looked(looked) => {
                self.looked = looked;
                self.send(Act::Looked(looked));
            }
            Input::Resize => self.errands.redraw = true,
            Input::Click(at) => self.on_click(at),
            Input::Wheel { up, at } => self.on_wheel(up, at),
        }
        Stale::All
    }

    fn on_key(&mut self, chord: Chord) -> Stale {
        if let Some(stale) = self.on_presenter_key(chord) {
            return stale;
        }
        let is_plain = self.is_plain_draft();
        if let Some(stale) = self.redirect(chord) {
            return stale;
        }
        if let Some(action) = self.inspector_action(chord) {
            if action != Action::Quit && self.leaving == Leaving::Warned {
                self.leaving = Leaving::Not;
            }
            if self.has_popup() && is_for_the_chat(action) {
                let title = "close what lies on top first";
                self.tell(Severity::Info, title, "", "");
                return Stale::All;
            }
            self.act(action);
            let is_edit = matches!(action, Action::Backspace | Action::Delete);
            return self.after_edit(is_edit && is_plain);
        }
        // Ctrl with Alt is how some keyboards write characters of the third level.
        let writes = chord.writes() || (chord.ctrl && chord.alt);
        let (Key::Char(c), true) = (chord.key, writes) else {
            return Stale::Nothing;
        };
        // A blank alone is no message; it uses what the keyboard stands on.
        let draft = &self.phone.chat.composer.field;
        if c == ' ' && self.phone.button.is_some() && self.is_composing() && draft.is_empty() {
            self.use_selected();
            return Stale::All;
        }
        let is_written = self.write(c.encode_utf8(&mut [0; 4]));
        self.after_edit(is_written && is_plain)
    }

    /// Whether the keyboard writes a draft of which nothing is shown but in the composer.
    fn is_plain_draft(&self) -> bool {
        self.is_composing()
            && self.phone.button.is_none()
            && self.phone.chat.composer.metadata.is_none()
            && !self.phone.chat.composer.may_be_counted()
            && !slash::is_command(self.phone.chat.composer.field.text())
            // It tells times to the second, which the key may have made later.
            && self.inspector.tab != Tab::Agent
    }

    /// What is stale after a key that changed a plain draft, and no more than that, or another key.
    fn after_edit(&self, was_plain: bool) -> Stale {
        if was_plain && self.is_plain_draft() {
            Stale::Composer
        } else {
            Stale::All
        }
    }

    fn on_paste(&mut self, text: &str) {
        // A paste never lands in a pane that takes no text: it goes where one writes.
        let takes_text = self.focus == Focus::Composer || self.is_in_workspace();
        if !self.has_popup() && !self.inspector.filtering && !takes_text {
            self.go_to_composer();
        }
        self.write(text);
        if !self.is_in_workspace() {
            self.judge(text);
        }
    }

    /// Takes back a command the engine had no room for.
    pub fn refused(&mut self, command: Command) {
        let what = match command {
            Command::Act { phone: id, act } => match act {
                Act::Submit { text, metadata } => {
                    if let Some(phone) = self.phone_of(id)
                        && phone.chat.composer.field.is_empty()
                    {
                        phone.chat.composer.metadata = metadata;
                        phone.chat.composer.field.insert(&text);
                    }
                    self.drafts_changed = true;
                    "the message was not sent"
                }
                // The next key tells the first again; the others are kept until there is room.
                Act::Typed { .. } | Act::Looked(_) | Act::Shown(_) => return,
                _ => "that was not done",
            },
            Command::Draft { phone: id, .. } => {
                if let Some(phone) = self.phone_of(id) {
                    phone.is_draft_unkept = true;
                    self.drafts_changed = true;
                }
                return;
            }
            Command::WorkspaceDraft(draft) => {
                self.workspace.kept.refused(draft);
                self.drafts_changed = true;
                return;
            }
            Command::Picture(address) => {
                let busy = PictureRefusal::Failed("the engine is busy".to_owned());
                return self.picture_arrived(&address, Err(busy));
            }
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
    use Action::{ClosePhone, Replay, Reply, Retry};
    matches!(action, Replay | Reply(_) | Retry | ClosePhone)
}
