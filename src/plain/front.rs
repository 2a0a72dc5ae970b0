//! What plain mode knows and what it wants done. It changes by updates and by lines that are
//! entered; it does no I/O and reads no clock.

use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    time::Duration,
};

use crate::{
    config::personas::KnownPersona,
    domain::{
        conversation::event::Act,
        exchange::Entry,
        ids::{AccountId, PhoneId},
        notice::Notice,
        time::Timestamp,
    },
    engine::{
        command::{Command, Question},
        update::Link,
    },
    plain::{
        PlainSettings,
        agent::AgentSide,
        menu::PlainQuestion,
        phone::PlainPhone,
        scenario::{PlainScenario, ScenarioRequests},
        told::{PlainSpeech, ToldLines},
        words::{self, Say},
    },
    tui::{chat::attach::Job, commands::by_hand::RequestKind},
};

/// Entries of the wire that `/wire` can tell.
const ENTRIES: usize = 64;
/// Notices that `/notices` tells again.
const NOTICES: usize = 10;
/// Who begins to type is told when no message comes within this time.
const TYPING: Duration = Duration::from_secs(1);
/// What was asked of the engine shows by then.
const ANSWERED: Duration = Duration::from_millis(200);

/// Whose lines are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The consumer's, on the phone in view.
    Phone,
    /// The agent's, in the conversation in view.
    Agent,
}

/// How far the end of plain mode is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndStage {
    /// Nobody wants to leave.
    Not,
    /// The engine or the sessions were asked to end.
    Asked,
    /// They have ended.
    Over,
}

/// What a question to the journal was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AskedFor {
    /// `/export`, in this form.
    Export(&'static str),
    /// `/journal`.
    Journal,
    /// `/record off`.
    Recording,
}

/// What an editor is opened for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum EditedFor {
    /// A message.
    Message,
    /// A request by hand.
    Request(PhoneId, RequestKind),
}

/// Who types, told once for each message.
#[derive(Debug, Default)]
pub(crate) struct TypingTold {
    name: Option<String>,
    due: Option<Timestamp>,
}

impl TypingTold {
    /// Somebody begins to type, or nobody does any more.
    pub(crate) fn set(&mut self, name: Option<String>, now: Timestamp) {
        match name {
            Some(name) if self.name.is_none() => {
                self.name = Some(name);
                self.due = Some(now.after(TYPING));
            }
            Some(_) => {}
            None => self.due = None,
        }
    }

    /// A message came: who types the next one is told again.
    pub(crate) fn message_came(&mut self) {
        *self = Self::default();
    }

    /// When it is to be told.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// What is to be told by now.
    pub(crate) fn tick(&mut self, now: Timestamp) -> Option<String> {
        self.due.take_if(|due| *due <= now)?;
        let name = self.name.as_deref()?;
        Some(format!("{name} is typing."))
    }
}

/// What plain mode knows.
pub(crate) struct Front {
    pub(crate) now: Timestamp,
    pub(crate) speech: PlainSpeech,
    pub(crate) personas: Vec<KnownPersona>,
    pub(crate) account: AccountId,
    pub(crate) side: Side,
    pub(crate) phones: BTreeMap<PhoneId, PlainPhone>,
    /// The phone in view.
    pub(crate) at: Option<PhoneId>,
    /// The consumer whose phone comes into view once it is open.
    pub(crate) awaited: Option<crate::domain::ids::ExtConsumerId>,
    pub(crate) agent: AgentSide,
    pub(crate) asking: Option<PlainQuestion>,
    /// Whether there is who plays scenarios.
    pub(crate) can_play: bool,
    /// The scenario that is played on a phone.
    pub(crate) scenario: Option<PlainScenario>,
    pub(crate) scenario_requests: ScenarioRequests,
    pub(crate) link: Option<Link>,
    /// The newest entries of the wire, and whether each was told.
    pub(crate) wire: VecDeque<(Entry, bool)>,
    pub(crate) notices: VecDeque<Notice>,
    /// The lines of a message that `"""` began.
    pub(crate) block: Option<Vec<String>>,
    /// `/live` as it was said last.
    pub(crate) live: Option<bool>,
    /// Whether a choice was sent and the next one is to be of a newer message.
    pub(crate) has_chosen: bool,
    /// Whether a message of this run failed.
    pub(crate) has_failed: bool,
    pub(crate) end: EndStage,
    asks: BTreeMap<u64, AskedFor>,
    last_ask: u64,
    /// Until then nothing that was asked for last may have shown.
    pub(crate) quiet_until: Timestamp,
    /// Rows to be told.
    pub(crate) rows: Vec<String>,
    /// What the engine is asked for.
    pub(crate) commands: Vec<Command>,
    /// Work that takes its time.
    pub(crate) jobs: Vec<Job>,
    /// An editor to be opened with a text.
    pub(crate) edit: Option<(EditedFor, String)>,
}

impl Front {
    /// Nothing is known yet.
    pub(crate) fn new(settings: PlainSettings) -> Self {
        let side = if settings.workspace.alone {
            Side::Agent
        } else {
            Side::Phone
        };
        let now = (settings.clock)();
        Self {
            now,
            speech: PlainSpeech {
                say: Say::Normal,
                zone: settings.zone,
                size_of: settings.size_of as fn(&Path) -> Option<u64>,
            },
            personas: settings.personas,
            account: settings.account,
            side,
            phones: BTreeMap::new(),
            at: None,
            awaited: None,
            agent: AgentSide::new(settings.workspace),
            asking: None,
            can_play: settings.scenarios.is_some(),
            scenario: None,
            scenario_requests: ScenarioRequests::default(),
            link: None,
            wire: VecDeque::new(),
            notices: VecDeque::new(),
            block: None,
            live: None,
            has_chosen: false,
            has_failed: false,
            end: EndStage::Not,
            asks: BTreeMap::new(),
            last_ask: 0,
            quiet_until: now,
            rows: Vec::new(),
            commands: Vec::new(),
            jobs: Vec::new(),
            edit: None,
        }
    }

    /// Tells a row.
    pub(crate) fn tell(&mut self, row: impl Into<String>) {
        self.rows.push(row.into());
    }

    /// Tells why something was not done.
    pub(crate) fn warn(&mut self, words: &str) {
        self.tell(format!("Warning: {}", words::sentence(words)));
    }

    /// Tells a notice, and keeps it for `/notices`.
    pub(crate) fn notice(&mut self, notice: Notice) {
        self.tell(words::notice(&notice));
        self.notices.push_back(notice);
        if self.notices.len() > NOTICES {
            self.notices.pop_front();
        }
    }

    /// Keeps an entry of the wire; tells it when the wire is told.
    pub(crate) fn put_entry(&mut self, entry: &Entry, is_old: bool) {
        let known = self.wire.iter_mut().find(|(one, _)| one.id == entry.id);
        let mut was_told = is_old;
        if let Some((one, told)) = known {
            was_told |= *told;
            one.clone_from(entry);
            *told = was_told || words::wire::is_over(entry);
        } else {
            let told = was_told || words::wire::is_over(entry);
            self.wire.push_back((entry.clone(), told));
            if self.wire.len() > ENTRIES {
                self.wire.pop_front();
            }
        }
        if !was_told && words::wire::is_over(entry) && self.speech.say == Say::More {
            self.tell(words::wire::entry(entry));
        }
    }

    /// Asks the engine for something.
    pub(crate) fn command(&mut self, command: Command) {
        self.quiet_until = self.now.after(ANSWERED);
        self.commands.push(command);
    }

    /// Has something done on the phone in view.
    pub(crate) fn act(&mut self, act: Act) {
        match self.at {
            Some(phone) => {
                if !matches!(act, Act::Looked(_)) {
                    self.take_over();
                }
                self.command(Command::Act { phone, act });
            }
            None => self.warn("there is no phone here"),
        }
    }

    /// Asks the journal.
    pub(crate) fn ask(&mut self, question: Question, purpose: AskedFor) {
        self.last_ask += 1;
        self.asks.insert(self.last_ask, purpose);
        let ask = self.last_ask;
        self.command(Command::Ask { ask, question });
    }

    /// What a question of this number was for.
    pub(crate) fn asked_for(&mut self, ask: u64) -> Option<AskedFor> {
        self.asks.remove(&ask)
    }

    /// The phone in view.
    pub(crate) fn phone(&self) -> Option<&PlainPhone> {
        self.phones.get(&self.at?)
    }

    /// The same to be changed.
    pub(crate) fn phone_mut(&mut self) -> Option<&mut PlainPhone> {
        self.phones.get_mut(&self.at?)
    }

    /// The conversation in view, on the side that types.
    pub(crate) fn told(&mut self) -> Option<&mut ToldLines> {
        match self.side {
            Side::Phone => self.phone_mut().map(|phone| &mut phone.told),
            Side::Agent => self.agent.talk_mut().map(|talk| &mut talk.told),
        }
    }

    /// A message in view by the number somebody typed.
    pub(crate) fn numbered<T>(
        &mut self,
        number: &str,
        of: impl FnOnce(u32, &crate::domain::line::Line) -> T,
    ) -> Result<T, String> {
        let known = self.told().map_or(0, |told| told.count());
        let found = number.trim().parse::<u32>().ok().and_then(|number| {
            let line = self.told()?.message(number)?;
            Some(of(number, line))
        });
        found.ok_or_else(|| match known {
            0 => "there is no message yet".to_owned(),
            _ => {
                format!("there is no message {number}; /again 5 tells the last with their numbers")
            }
        })
    }

    /// When time alone will have something told.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        let phones = self.phones.values();
        let phones = phones.flat_map(|phone| [phone.told.due(), phone.typing.due()]);
        let quiet = (self.quiet_until > self.now).then_some(self.quiet_until);
        phones
            .flatten()
            .chain(self.agent.due(self.now))
            .chain(quiet)
            .min()
    }

    /// Tells what is due.
    pub(crate) fn tick(&mut self, now: Timestamp) {
        self.now = now;
        let (say, at) = (self.speech.say, self.at);
        let mut rows = Vec::new();
        for (id, phone) in &mut self.phones {
            let by = phone.agent_name();
            let told = phone.told.receipts(now, say, &by);
            let types = phone.typing.tick(now).filter(|_| say > Say::Less);
            if Some(*id) == at && self.side == Side::Phone {
                rows.extend(told);
                rows.extend(types);
            }
        }
        let is_agent = self.side == Side::Agent;
        self.agent.tick(now, say, is_agent, &mut rows);
        if rows.iter().any(|row| row.contains("Failed: ")) {
            self.has_failed = true;
        }
        self.rows.extend(rows);
    }

    /// What was told is read now.
    pub(crate) fn was_told(&mut self) {
        let Some(at) = self.at.filter(|at| !self.is_played(*at)) else {
            return;
        };
        if let Some(phone) = self.phones.get_mut(&at)
            && phone.told.shown.last() != phone.reported.as_ref()
        {
            phone.reported = phone.told.shown.last().copied();
            let act = Act::Shown(phone.told.shown.clone());
            self.commands.push(Command::Act { phone: at, act });
        }
    }

    /// Whether something is under way that the next line of a pipe waits for.
    pub(crate) fn is_busy(&self) -> bool {
        let phones = self.phones.values().any(PlainPhone::is_busy);
        let asks = !self.asks.is_empty() || !self.jobs.is_empty() || self.edit.is_some();
        let plays = self.has_scenario_running();
        self.now < self.quiet_until || phones || asks || plays || self.agent.is_busy()
    }

    /// The same at the end of the input, where an answer that is being typed is waited for too.
    pub(crate) fn is_busy_at_end(&self) -> bool {
        let mut phones = self.phones.values();
        self.is_busy() || phones.any(|phone| phone.types) || self.agent.is_typed_to()
    }

    /// Whether a line of a pipe can be done now, or waits for something that is to come.
    pub(crate) fn is_ready_for(&self, line: &str) -> bool {
        let line = line.trim();
        if self.asking.is_some() || self.block.is_some() || line == "/quit" {
            return true;
        }
        let is_choice = line
            .strip_prefix('/')
            .is_some_and(|rest| rest.parse::<usize>().is_ok());
        let choices = |told: &ToldLines| told.choices.is_some() && !self.has_chosen;
        match self.side {
            Side::Phone => self
                .phone()
                .is_some_and(|phone| phone.is_known() && (!is_choice || choices(&phone.told))),
            Side::Agent => self.agent.is_ready_for(line),
        }
    }
}
