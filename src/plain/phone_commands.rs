//! What lines and commands do on the consumer's side.

use std::path::PathBuf;

use crate::{
    config::personas,
    domain::{
        conversation::event::Act,
        ids::{ItemId, PhoneId},
        line::{Line, LineBody},
        wire::outbound::{EndField, Rating},
    },
    engine::{
        command::{Command, Format, Question},
        update::Switches,
    },
    plain::{
        front::{AskedFor, EditedFor, Front, Side},
        phone::PlainPhone,
        told::ToldLines,
        words::{self, counted},
    },
    tui::{
        chat::{
            attach::{Job, at_home},
            phone::Recording,
        },
        commands::{
            by_hand::{self, RequestKind},
            export,
            keys::Action,
            slash::{Does, arguments},
        },
    },
};

/// Past conversations that `/journal` tells at most.
const PAST: usize = 10;
/// Hits that `/find` tells at most.
const HITS: usize = 10;
/// Messages told of a phone that comes into view.
const CAUGHT_UP: usize = 10;

impl Front {
    /// Says a text on the phone in view, as who types it there would.
    pub(crate) fn say_on_phone(&mut self, text: &str) {
        let text = text.to_owned();
        let Some(phone) = self.phone_mut() else {
            return self.warn("there is no phone yet; nothing was sent");
        };
        phone.submitted += 1;
        let metadata = phone.metadata.take();
        self.act(Act::Typed { standing: true });
        self.act(Act::Submit { text, metadata });
    }

    /// Brings a phone into view, and tells what came there meanwhile.
    pub(crate) fn go_to_phone(&mut self, id: PhoneId) {
        let before = self.at.replace(id);
        if before == Some(id) {
            // Back from the agent workspace.
            if let Some(phone) = self.phones.get_mut(&id) {
                let rows = phone.told.catch_up(CAUGHT_UP, &self.speech);
                self.rows.extend(rows);
            }
            return;
        }
        if let Some(before) = before.filter(|before| self.phones.contains_key(before))
            && !self.is_played(before)
        {
            for act in [Act::Shown(Vec::new()), Act::Looked(false)] {
                self.command(Command::Act { phone: before, act });
            }
        }
        if !self.is_played(id) {
            self.act(Act::Looked(true));
        }
        let Some(phone) = self.phones.get_mut(&id) else {
            return;
        };
        phone.reported = None;
        let name = phone.name();
        let rows = phone.told.catch_up(CAUGHT_UP, &self.speech);
        self.tell(format!("System: This is {name}'s phone."));
        self.rows.extend(rows);
    }

    /// Does what a command of the phone's table says; the error tells why it was not done.
    #[expect(clippy::too_many_lines, reason = "one arm for each command")]
    pub(crate) fn carry_out_on_phone(&mut self, does: Does, argument: &str) -> Result<(), String> {
        if self.at.is_none() {
            return Err("there is no phone yet".to_owned());
        }
        match does {
            Does::Act(action) => return self.act_on_phone(action, argument),
            Does::Flight => {
                let on = self.switch(argument, |switches| switches.flight)?;
                if let Some(phone) = self.phone_mut() {
                    phone.has_flown = true;
                }
                self.act(Act::Flight(on));
            }
            Does::Pocket => {
                let on = self.switch(argument, |switches| switches.pocket)?;
                self.act(Act::Pocket(on));
            }
            Does::Find => self.find(argument),
            Does::Journal => self.ask(
                Question::Conversations {
                    words: argument.to_owned(),
                    limit: PAST,
                },
                AskedFor::Journal,
            ),
            Does::End => {
                let field = arguments::end(argument)?;
                self.close(Act::End(field));
            }
            Does::Csat => {
                let rating = arguments::csat(argument)?;
                self.act(Act::Rate(rating));
            }
            Does::Fcr => {
                let rating = arguments::fcr(argument)?;
                let csat = self.phone().and_then(stars);
                self.act(Act::Rate(Rating { csat, ..rating }));
            }
            Does::Ttr => {
                let (ttr, value) = arguments::ttr(argument)?;
                self.act(Act::ChangeTtr { ttr, value });
            }
            Does::State => {
                let state = arguments::state(argument)?;
                self.act(Act::Tell(state));
            }
            Does::Mark => {
                let (status, metadata) = arguments::mark(argument)?;
                let theirs = |line: &Line| matches!(line.body, LineBody::Theirs { .. });
                let item = self
                    .told()
                    .and_then(|told| told.newest(theirs).map(|line| line.id));
                let item = item.ok_or("nobody else has written anything yet")?;
                self.act(Act::Mark {
                    item,
                    status,
                    metadata,
                });
            }
            Does::Metadata => {
                let metadata = arguments::metadata(argument)?;
                let words = match metadata {
                    Some(_) => "System: The metadata goes along with the next message.",
                    None => "System: No metadata goes along.",
                };
                if let Some(phone) = self.phone_mut() {
                    phone.metadata = metadata;
                }
                self.tell(words);
            }
            Does::Persona => {
                let found = personas::named(argument, &self.personas);
                let persona = found.map(|known| known.persona.clone()).ok_or_else(|| {
                    let known = personas::keys(&self.personas);
                    format!("there is no persona {argument:?}; there are {known}")
                })?;
                self.awaited = Some(persona.consumer.clone());
                self.command(Command::Open(Box::new(persona)));
            }
            Does::Image => self.attach(argument, false)?,
            Does::ImageAnyway => self.attach(argument, true)?,
            Does::Attach => {
                let folder = (!argument.is_empty()).then(|| PathBuf::from(argument));
                self.jobs.push(Job::List { folder });
            }
            Does::Raw => {
                let kind = arguments::kind(argument)?.unwrap_or(RequestKind::Text);
                self.write_request(kind)?;
            }
            Does::Export => {
                let format = arguments::format(argument)?;
                self.export(format)?;
            }
            Does::Record => {
                let file = arguments::scenario(argument)?;
                self.record(file)?;
            }
            Does::Replay => {
                let mine = |line: &Line| matches!(line.body, LineBody::Mine { .. });
                let (is_mine, item) = self.numbered(argument, |_, line| (mine(line), line.id))?;
                if !is_mine {
                    return Err("name a message of yours, that is to be said last".to_owned());
                }
                self.act(Act::Replay(item));
            }
            Does::Scenario => self.on_scenario_command(argument)?,
            Does::Theme | Does::Stage | Does::Filter | Does::Workspace(_) => {
                return Err(not_here(does)
                    .unwrap_or("it is for the agent workspace")
                    .to_owned());
            }
        }
        Ok(())
    }

    fn act_on_phone(&mut self, action: Action, argument: &str) -> Result<(), String> {
        if !argument.is_empty() && !matches!(action, Action::Retry | Action::Fetch) {
            return Err(
                "it takes nothing after it; // at the start sends a text that begins with /"
                    .to_owned(),
            );
        }
        match action {
            Action::CloseConversation => self.close(Act::Close),
            Action::EndConversation => self.close(Act::End(EndField::State)),
            Action::NewConversation => {
                if let Some(phone) = self.phone_mut() {
                    phone.opening = true;
                }
                self.act(Act::New);
            }
            Action::GoBack => self.act(Act::GoBack(None)),
            Action::OpenWorkspace => self.go_to_workspace(),
            Action::ClosePhone => {
                if let Some(at) = self.at {
                    self.command(Command::Close(at));
                }
            }
            Action::Retry => {
                let item = self.failed(argument)?;
                self.act(Act::Retry(item));
            }
            Action::Fetch => {
                let item = if argument.is_empty() {
                    self.told().and_then(|told| told.newest_file())
                } else {
                    Some(self.numbered(argument, |_, line| line.id)?)
                };
                let item = item.ok_or("there is no file to fetch")?;
                self.command(Command::Fetch(item));
            }
            Action::TryTunnel => self.command(Command::TryWayIn),
            _ => return self.act_on_either_side(action),
        }
        Ok(())
    }

    fn close(&mut self, act: Act) {
        if let Some(phone) = self.phone_mut()
            && phone
                .details
                .as_ref()
                .is_some_and(|details| details.main_open)
        {
            phone.closing = phone
                .details
                .as_ref()
                .map(|details| details.conversation.clone());
        }
        self.act(act);
    }

    fn switch(&self, argument: &str, now: impl Fn(Switches) -> bool) -> Result<bool, String> {
        match argument {
            "" => Ok(!self
                .phone()
                .and_then(|phone| phone.switches)
                .is_some_and(now)),
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err("it takes on, off or nothing, which turns it the other way round".to_owned()),
        }
    }

    /// The message of this number, or with none the newest that failed.
    pub(crate) fn failed(&mut self, argument: &str) -> Result<ItemId, String> {
        if argument.is_empty() {
            let failed = self
                .told()
                .and_then(|told| told.newest(ToldLines::is_failed).map(|line| line.id));
            return failed.ok_or_else(|| "no message failed".to_owned());
        }
        let (is_failed, item) =
            self.numbered(argument, |_, line| (ToldLines::is_failed(line), line.id))?;
        if is_failed {
            Ok(item)
        } else {
            Err(format!("message {argument} has not failed"))
        }
    }

    /// Tells the messages that have these words.
    pub(crate) fn find(&mut self, wanted: &str) {
        let found = match self.side {
            Side::Phone => {
                let phone = self.at.and_then(|at| self.phones.get(&at));
                phone.map(|phone| phone.told.find(wanted, HITS, &self.speech))
            }
            Side::Agent => {
                let talk = self.agent.talk_mut();
                talk.map(|talk| talk.told.find(wanted, HITS, &self.speech))
            }
        };
        let found = found.unwrap_or_default();
        if found.is_empty() {
            return self.tell(format!("System: Nothing has {wanted:?}."));
        }
        self.rows.extend(found);
    }

    fn write_request(&mut self, kind: RequestKind) -> Result<(), String> {
        let theirs = |line: &Line| match &line.body {
            LineBody::Theirs { sequence, .. } => Some(*sequence),
            _ => None,
        };
        let (Some(at), Some(phone)) = (self.at, self.phone()) else {
            return Err("there is no phone yet".to_owned());
        };
        let newest = phone
            .told
            .newest(|line| theirs(line).is_some())
            .and_then(theirs);
        let conversation = phone
            .head
            .as_ref()
            .and_then(|head| head.conversation.as_ref());
        let opening = phone.persona.opening.clone();
        let details = phone.details.as_deref();
        let facts = by_hand::Facts::of(&self.account, opening, conversation, details, newest);
        self.edit = Some((EditedFor::Request(at, kind), facts.template(kind)));
        Ok(())
    }

    /// Takes what was written in an editor.
    pub(crate) fn on_edited(&mut self, purpose: &EditedFor, written: &str) {
        match purpose {
            _ if written.trim().is_empty() => {
                self.tell("System: Nothing was written, nothing was sent.");
            }
            EditedFor::Message => self.say(written),
            EditedFor::Request(phone, kind) => {
                self.command(Command::Raw {
                    phone: *phone,
                    endpoint: kind.endpoint(),
                    body: written.to_owned(),
                });
                self.tell("System: The request is on its way. /wire last tells what comes of it.");
            }
        }
    }

    fn export(&mut self, format: Format) -> Result<(), String> {
        let head = self.phone().and_then(|phone| phone.head.as_ref());
        let conversation = head.and_then(|head| head.conversation.clone());
        let conversation = conversation.ok_or("there is no conversation yet")?;
        let question = Question::Export {
            conversation,
            format,
            file: None,
            since: None,
        };
        self.ask(question, AskedFor::Export(export::name(format)));
        Ok(())
    }

    fn record(&mut self, file: Option<PathBuf>) -> Result<(), String> {
        let now = self.now;
        let Some(phone) = self.phone_mut() else {
            return Err("there is no phone yet".to_owned());
        };
        let conversation = phone
            .head
            .as_ref()
            .and_then(|head| head.conversation.clone());
        match (file, phone.recording.take()) {
            (Some(_), Some(recording)) => {
                let file = recording.file.display().to_string();
                phone.recording = Some(recording);
                Err(format!(
                    "it records to {file} already; /record off ends that"
                ))
            }
            (Some(file), None) => {
                let file = at_home(&file);
                let file = std::path::absolute(&file).unwrap_or(file);
                let words = format!("System: What follows is recorded to {}", file.display());
                phone.recording = Some(Recording {
                    file,
                    since: now,
                    conversations: conversation.into_iter().collect(),
                });
                self.tell(words);
                Ok(())
            }
            (None, None) => Err("nothing is recorded; name a file to begin".to_owned()),
            (None, Some(recording)) => {
                let newest = conversation.or_else(|| recording.conversations.last().cloned());
                let conversation = newest.ok_or("no conversation was open")?;
                let question = Question::Export {
                    conversation,
                    format: Format::Talk,
                    file: Some(recording.file),
                    since: Some(recording.since),
                };
                self.ask(question, AskedFor::Recording);
                Ok(())
            }
        }
    }

    /// Tells the last notices again.
    pub(crate) fn tell_notices(&mut self) {
        let notices: Vec<String> = self.notices.iter().map(words::notice).collect();
        if notices.is_empty() {
            return self.tell("System: There was no notice.");
        }
        self.rows.extend(notices);
    }

    /// Tells the phones that are open.
    pub(crate) fn tell_phones(&mut self) {
        let rows: Vec<String> = (1..)
            .zip(&self.phones)
            .map(|(number, (id, phone)): (usize, _)| {
                let is_here = if Some(*id) == self.at {
                    ", in view"
                } else {
                    ""
                };
                let unread = phone.told.unread();
                let unread = match unread {
                    0 => String::new(),
                    count => format!(", {}", counted(count, "new message")),
                };
                let state = if phone.is_open() {
                    "open"
                } else {
                    "no open conversation"
                };
                format!(
                    "Phone {number}: {}, {state}{unread}{is_here}.",
                    phone.name()
                )
            })
            .collect();
        self.rows.extend(rows);
    }
}

/// The stars the consumer has given.
fn stars(phone: &PlainPhone) -> Option<u8> {
    let csat = phone.details.as_ref()?.csat.as_ref()?;
    let stars = u8::try_from(csat["csatRate"].as_u64()?).ok()?;
    Some(stars).filter(|stars| *stars > 0)
}

/// Why a command of the table is not done in plain mode; `None` when it is.
pub(crate) fn not_here(does: Does) -> Option<&'static str> {
    match does {
        Does::Theme => Some("there are no colours in plain mode"),
        Does::Stage => Some("the demo stage needs the screen"),
        Does::Filter => Some("the wire is told by /wire and with /say more"),
        Does::Act(action) => match action {
            Action::Form => Some(
                "the form needs the screen; a persona file says the same, as handset personas tells",
            ),
            Action::PictureHosts => Some("no picture of a card is fetched in plain mode"),
            Action::Suspend => Some("the terminal suspends handset itself, with Ctrl+Z"),
            Action::Mouse => Some("the mouse is the terminal's in plain mode"),
            _ => None,
        },
        _ => None,
    }
}
