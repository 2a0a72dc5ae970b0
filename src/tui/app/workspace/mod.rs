//! What changes the workspace: what the chairs tell, and what the person does.

mod act;
mod pointer;
mod say;
#[cfg(test)]
mod tests;

use ratatui::layout::Rect;

use crate::{
    domain::{
        ids::ConversationId,
        notice::{Notice, Severity},
        time::Timestamp,
        workspace::view::{Held, Ring},
    },
    engine::agent_session::{command::Command, update::Update},
    tui::{
        agent::{
            Chair,
            layout::{Parts, Wants},
            names::one_row,
            seats::News,
            talk::Talk,
            times,
        },
        app::{
            keyboard::Keyboard,
            model::{Focus, Leaving, Model},
        },
        chat::{
            bubble::Aside,
            transcript::{Measure, Transcript},
        },
        inspector::Tab,
        text::left::next_change,
    },
};

impl Model {
    /// Takes in what happened about a chair.
    pub(crate) fn on_news(&mut self, news: News) {
        match news {
            News::Seated(user, number) => self.seated(user, number),
            News::Refused(user, why) => self.not_seated(&user, &why),
            News::Told(number, update) => self.on_chair(number, update),
            News::Gone(number) => {
                self.got_up(number);
                let title = "an agent session has ended without saying why";
                self.tell(Severity::Error, title, "", "see handset.log");
            }
        }
    }

    /// Somebody has sat down.
    fn seated(&mut self, user: String, number: usize) {
        self.workspace.sitting = None;
        let thread = self.workspace.next_thread();
        self.workspace.chairs.push(Chair::new(number, user, thread));
        self.bring_chair(self.workspace.chairs.len() - 1);
    }

    /// Somebody could not sit down.
    fn not_seated(&mut self, user: &str, why: &str) {
        self.workspace.sitting = None;
        let title = format!("{user} cannot log in");
        let notice = Notice {
            severity: Severity::Error,
            title,
            detail: why.to_owned(),
            hint: String::new(),
        };
        self.notices.show(&notice, self.ui.now);
    }

    /// A chair is empty now.
    fn got_up(&mut self, number: usize) {
        let Some(at) = self
            .workspace
            .chairs
            .iter()
            .position(|chair| chair.number == number)
        else {
            return;
        };
        self.workspace.chairs.remove(at);
        if self.workspace.at >= at && self.workspace.at > 0 {
            self.workspace.at -= 1;
        }
        if self.workspace.alone && self.workspace.chairs.is_empty() {
            self.leaving = Leaving::Stopped;
        }
    }

    /// Takes in what a chair tells.
    fn on_chair(&mut self, number: usize, update: Update) {
        let now = self.ui.now;
        let seen = self.shows_workspace();
        let thread = match &update {
            Update::Conversation(_) => self.workspace.next_thread(),
            _ => 0,
        };
        let Some(chair) = self.workspace.numbered(number) else {
            return;
        };
        match update {
            Update::Link(link) => chair.link = Some(link),
            Update::Rings(rings) => {
                let is_new = |ring: &&Ring| !chair.rings.iter().any(|old| old.id == ring.id);
                let new = rings.iter().find(is_new).filter(|_| !seen).cloned();
                let name = chair.name();
                chair.rings = rings;
                if let Some(ring) = new {
                    self.tell_of_ring(&name, &ring);
                }
            }
            Update::Conversation(held) => hold(chair, *held, thread),
            Update::Gone(id) => {
                let at = chair.talks.iter().position(|talk| talk.held.id == id);
                if let Some(at) = at {
                    chair.talks.remove(at);
                    if chair.at.as_ref() == Some(&id) {
                        let next = chair.talks.get(at).or_else(|| chair.talks.last());
                        chair.at = next.map(|talk| talk.held.id.clone());
                    }
                }
            }
            Update::Lines {
                conversation,
                lines,
            } => {
                if let Some(talk) = chair.talk_of(&conversation) {
                    for line in lines {
                        talk.put(line);
                    }
                }
            }
            Update::Typing {
                conversation,
                typing,
            } => {
                if let Some(talk) = chair.talk_of(&conversation) {
                    talk.typing = typing;
                }
            }
            Update::House { skills, agents } => {
                chair.skills = skills;
                chair.agents = agents;
            }
            Update::Notice(notice) => self.notices.show(&notice, now),
            Update::Stopped => self.got_up(number),
        }
    }

    /// Something rings in a workspace nobody looks at.
    fn tell_of_ring(&mut self, name: &str, ring: &Ring) {
        let key = self.ui.shown(crate::tui::commands::keys::Action::TakeChair);
        let consumer = one_row(&ring.consumer);
        let notice = Notice {
            severity: Severity::Info,
            title: format!("☏ {consumer} rings for {name}"),
            detail: one_row(&ring.preview),
            hint: format!("{key} goes there"),
        };
        self.notices.show(&notice, self.ui.now);
    }

    /// Takes back a wish its chair had no room for.
    pub(crate) fn refused_by_chair(&mut self, number: usize, command: Command) {
        let what = match command {
            Command::Say {
                conversation,
                text,
                private,
            } => {
                let chair = self.workspace.numbered(number);
                if let Some(talk) = chair.and_then(|chair| chair.talk_of(&conversation))
                    && talk.chat.composer.field.is_empty()
                {
                    talk.is_note = private;
                    talk.chat.composer.field.insert(&text);
                }
                "the message was not sent"
            }
            // The next key tells the first again; the other is kept until there is room.
            Command::Writing { .. } | Command::Look(_) => return,
            _ => "that was not done",
        };
        self.tell(
            Severity::Warning,
            what,
            "the agent session is busy and takes no more commands right now",
            "try again in a moment",
        );
    }

    /// Whether the agent pane is on the screen, or will be in the next frame: before the first
    /// frame there is no layout to ask.
    fn shows_workspace(&self) -> bool {
        let has_pane = self.workspace.alone
            || self.layout.inspector.is_some()
            || self.focus != Focus::Composer;
        self.inspector.tab == Tab::Agent && has_pane && !self.layout.too_small
    }

    /// Whether the keyboard is in the agent workspace.
    pub(crate) fn has_workspace(&self) -> bool {
        matches!(self.keyboard(), Keyboard::Agent | Keyboard::EmptyWorkspace)
    }

    /// Whether it will be once no popup lies over it.
    pub(crate) fn is_in_workspace(&self) -> bool {
        self.focus != Focus::Composer && self.inspector.tab == Tab::Agent
    }

    /// Brings a chair into view.
    pub(crate) fn bring_chair(&mut self, at: usize) {
        if at < self.workspace.chairs.len() {
            self.workspace.at = at;
        }
    }

    /// Brings a conversation of the chair in view into view.
    pub(crate) fn bring_talk(&mut self, id: &ConversationId) {
        if let Some(chair) = self.workspace.chair_mut() {
            chair.at = Some(id.clone());
        }
    }

    /// Lays the workspace out in the pane it has.
    pub(crate) fn prepare_workspace(&mut self, frame: Rect) {
        let wants = self
            .workspace
            .chair()
            .map_or_else(Wants::default, |chair| Wants {
                rings: chair.rings.len(),
                talks: chair.talks.len(),
            });
        let page = self.workspace.chair().map(Chair::page);
        let parts = Parts::of(frame, wants, |columns| match page {
            // What came of a conversation takes two rows.
            Some(page) if !page.held.is_open && page.chat.composer.field.is_empty() => 2,
            Some(page) => page.chat.composer.rows(columns),
            None => 1,
        });
        self.layout.workspace = Some(parts);
        let (composer, transcript) = (parts.composer, parts.transcript);
        if let Some(chair) = self.workspace.chair_mut() {
            let page = chair.page_mut();
            page.chat.composer.prepare(composer.width, composer.height);
        }
        self.with_talk(|lines, measure| lines.prepare(transcript, measure));
    }

    /// The chair whose times are on screen.
    fn seen_chair(&self) -> Option<&Chair> {
        self.layout.workspace?;
        self.workspace.chair()
    }

    /// The times on screen as they are told now.
    pub(crate) fn workspace_times(&self) -> Vec<String> {
        let Some(chair) = self.seen_chair() else {
            return Vec::new();
        };
        let rings = chair
            .rings
            .iter()
            .map(|ring| times::countdown(ring, self.ui.now));
        let owed_by = chair.talks.iter().filter_map(|talk| talk.held.owed_by);
        rings
            .chain(owed_by.map(|by| times::owed(by, self.ui.now)))
            .collect()
    }

    /// When one of them will next be told differently.
    pub(crate) fn next_workspace_time(&self) -> Option<Timestamp> {
        let chair = self.seen_chair()?;
        let rings = chair
            .rings
            .iter()
            .filter_map(|ring| times::next_second(ring, self.ui.now));
        let owed_by = chair.talks.iter().filter_map(|talk| talk.held.owed_by);
        rings
            .chain(owed_by.filter_map(|by| next_change(by, self.ui.now)))
            .min()
    }

    /// Tells each chair which conversation is looked at, when that changed.
    pub(crate) fn report_look(&mut self) {
        let seen = self.layout.workspace.is_some() && self.looked;
        let at = self.workspace.at;
        for (index, chair) in self.workspace.chairs.iter_mut().enumerate() {
            let looks = chair.talk().filter(|_| seen && index == at);
            let looked = looks.map(|talk| talk.held.id.clone());
            if looked != chair.looked {
                chair.looked.clone_from(&looked);
                let number = chair.number;
                self.workspace
                    .commands
                    .push((number, Command::Look(looked)));
            }
        }
    }

    /// Runs something on the transcript in view with what it measures by.
    pub(crate) fn with_talk<R>(
        &mut self,
        run: impl FnOnce(&mut Transcript, &Measure<'_>) -> R,
    ) -> Option<R> {
        let retry = self.ui.shown(crate::tui::commands::keys::Action::Retry);
        let (zone, compact, gallery) = (&self.ui.zone, self.layout.compact, &self.gallery);
        let talk = self
            .workspace
            .chairs
            .get_mut(self.workspace.at)?
            .talk_mut()?;
        let (transcript, lines, known) = talk.split();
        let measure = Measure {
            lines,
            zone,
            compact,
            aside: &|id| Aside {
                retry: &retry,
                gallery: Some(gallery),
                workspace: Some(known.of(id).unwrap_or_default()),
                ..Aside::default()
            },
        };
        Some(run(transcript, &measure))
    }
}

/// A conversation came to a chair, or changed.
fn hold(chair: &mut Chair, held: Held, thread: u32) {
    let id = held.id.clone();
    let awaited = chair.awaited.as_ref() == Some(&id);
    match chair.talk_of(&id) {
        Some(talk) => {
            if !held.is_open {
                talk.typing = false;
                talk.is_note = false;
            }
            talk.held = held;
        }
        None => chair.talks.push(Talk::new(thread, held)),
    }
    if awaited {
        chair.awaited = None;
    }
    if awaited || chair.talk().is_none() {
        chair.at = Some(id);
    }
}
