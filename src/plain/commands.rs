//! What a line that was entered means: a message, a command of the table that the screen goes by,
//! one of the few that plain mode has for itself, a choice, or an answer.

use crate::{
    domain::{notice::Severity, similar::did_you_mean},
    ingress::status::Indicator,
    plain::{
        front::{EditedFor, EndStage, Front, Side},
        menu::json_rows,
        phone_commands::not_here,
        scenario,
        words::{self, Say, counted, sentence},
    },
    tui::commands::{
        keys::Action,
        slash::{self, Does, Draft, Slash, agent},
    },
};

/// Messages that `/again` tells when no number is given.
const AGAIN: usize = 1;

/// What plain mode can do that the screen shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    Again,
    Where,
    Phones,
    Phone,
    Wire,
    Json,
    Say,
    Live,
    Take,
    Decline,
    Conversations,
}

/// The name of a command, how its argument is written, what it does, what that is in the code, and
/// on which side it means something; `None` for both.
type OwnRow = (&'static str, &'static str, &'static str, Own, Option<Side>);

#[rustfmt::skip]
const OWN: [OwnRow; 11] = [
    ("again", "N", "tell the last message again, or the last N", Own::Again, None),
    ("where", "", "tell the conversation, the agent, the link, what is unread", Own::Where, None),
    ("phones", "", "tell the phones that are open", Own::Phones, Some(Side::Phone)),
    ("phone", "N", "go to phone N, or from the agent workspace to the phone", Own::Phone, None),
    ("take", "", "take the conversation that rings", Own::Take, Some(Side::Agent)),
    ("decline", "", "turn the conversation that rings down", Own::Decline, Some(Side::Agent)),
    ("conversations", "", "tell the conversations of this agent", Own::Conversations, Some(Side::Agent)),
    ("wire", "last", "tell the last request or webhook whole, or the last N in a row each", Own::Wire, None),
    ("json", "N", "tell message N as JSON", Own::Json, None),
    ("say", "less, normal or more", "tell messages only, receipts too, or the wire too", Own::Say, None),
    ("live", "on or off", "tell at once, even while a line is typed", Own::Live, None),
];

impl Front {
    /// Takes a line that was entered.
    pub(crate) fn on_line(&mut self, line: &str) {
        let mark = line.trim();
        if mark == "\"\"\"" {
            match self.block.take() {
                Some(lines) => self.say(&lines.join("\n")),
                None => self.block = Some(Vec::new()),
            }
            return;
        }
        if let Some(block) = &mut self.block {
            block.push(line.to_owned());
            return;
        }
        let number = mark
            .strip_prefix('/')
            .and_then(|rest| rest.parse::<usize>().ok());
        let is_command = mark.starts_with('/') && number.is_none();
        if let Some(asking) = self.asking.take_if(|_| !is_command && !mark.is_empty()) {
            return self.answer(asking, mark);
        }
        match (mark, number) {
            ("", _) => {}
            ("?", _) => self.help(),
            (_, Some(number)) => self.choose(number),
            _ => self.on_draft(line),
        }
    }

    fn on_draft(&mut self, line: &str) {
        let draft = match self.side {
            Side::Phone => slash::read(line),
            Side::Agent => agent::read(line),
        };
        if let Some((own, argument)) = self.own(line) {
            let name = line
                .trim_start_matches('/')
                .split_whitespace()
                .next()
                .unwrap_or_default();
            let done = self.carry_out_own(own, argument);
            return self.tell_not_done(name, done);
        }
        match draft {
            Draft::Chat(text) if text.trim().is_empty() => {}
            Draft::Chat(text) => self.say(text),
            Draft::Command(slash, argument) => {
                let done = match self.side {
                    Side::Phone => self.carry_out_on_phone(slash.does, argument),
                    Side::Agent => self.carry_out_as_agent(slash.does, argument),
                };
                self.tell_not_done(slash.name, done);
            }
            Draft::Unknown(name) => {
                let all = self.table().iter().map(|slash| slash.name);
                let meant = did_you_mean(name, all.chain(OWN.iter().map(|row| row.0)));
                let meant = meant.replace("; d", " D").replace('`', "");
                self.warn(&format!(
                    "there is no command /{name}, and nothing was sent.{meant} ? lists the \
                     commands, // at the start sends a text that begins with /"
                ));
            }
        }
    }

    fn tell_not_done(&mut self, name: &str, done: Result<(), String>) {
        if let Err(why) = done {
            self.warn(&format!("/{name} was not done: {why}"));
        }
    }

    /// Says a text on the side that types.
    pub(crate) fn say(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        match self.side {
            Side::Phone => self.say_on_phone(text),
            Side::Agent => self.say_as_agent(text),
        }
    }

    /// Does what means the same for the consumer and for the agent; the error tells why it was not done.
    pub(crate) fn act_on_either_side(&mut self, action: Action) -> Result<(), String> {
        match action {
            Action::Help => self.help(),
            Action::OpenEditor => self.edit = Some((EditedFor::Message, String::new())),
            Action::Notices => self.tell_notices(),
            Action::Quit => self.quit(),
            _ => {
                let why = not_here(Does::Act(action)).unwrap_or("it needs the screen");
                return Err(why.to_owned());
            }
        }
        Ok(())
    }

    fn table(&self) -> &'static [Slash] {
        match self.side {
            Side::Phone => slash::ALL,
            Side::Agent => agent::ALL,
        }
    }

    /// The command of plain mode's own that a line is.
    fn own<'a>(&self, line: &'a str) -> Option<(Own, &'a str)> {
        let rest = line.strip_prefix('/')?;
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let here = |side: Option<Side>| side.is_none_or(|side| side == self.side);
        let row = OWN.iter().find(|row| row.0 == name && here(row.4))?;
        Some((row.3, argument.trim()))
    }

    /// Tells what can be done here.
    pub(crate) fn help(&mut self) {
        self.tell(
            "Type a message and Enter to send it. A number behind / chooses, as /1. Commands:",
        );
        let row = |name: &str, argument: &str, about: &str| {
            let argument = argument.replace('|', " or ");
            let blank = if argument.is_empty() { "" } else { " " };
            format!("  /{name}{blank}{argument}: {}", sentence(about))
        };
        let table = self.table().iter();
        let known = |slash: &&Slash| {
            let is_own = OWN.iter().any(|own| own.0 == slash.name);
            !is_own && not_here(slash.does).is_none()
        };
        let rows = table.filter(known).map(|slash| match slash.does {
            Does::Act(Action::Retry) => row(slash.name, "N", "send a failed message again"),
            Does::Act(Action::Fetch) => row(slash.name, "N", "save the file of message N"),
            Does::Act(Action::Help) => row("help", "", "tell this, as ? does"),
            Does::Scenario => row(slash.name, scenario::ARGUMENT, scenario::ABOUT),
            Does::Replay => row(slash.name, "N", "say all again up to message N"),
            _ => row(slash.name, slash.argument, slash.about),
        });
        let own = OWN
            .iter()
            .filter(|own| own.4.is_none_or(|side| side == self.side));
        let own = own.map(|own| row(own.0, own.1, own.2));
        let mut rows: Vec<String> = own.chain(rows).collect();
        rows.push(
            "  Three double quotes on a line: begin and end a message of several lines.".to_owned(),
        );
        self.rows.extend(rows);
    }

    fn carry_out_own(&mut self, own: Own, argument: &str) -> Result<(), String> {
        match own {
            Own::Again => {
                let count = number_or(argument, AGAIN)?;
                let Self {
                    phones,
                    at,
                    agent,
                    side,
                    speech,
                    ..
                } = self;
                let told = match side {
                    Side::Phone => at
                        .and_then(|at| phones.get_mut(&at))
                        .map(|phone| &mut phone.told),
                    Side::Agent => agent.talk_mut().map(|talk| &mut talk.told),
                };
                let rows = told
                    .map(|told| told.again(count, speech))
                    .unwrap_or_default();
                if rows.is_empty() {
                    return Err("there is no message yet".to_owned());
                }
                self.rows.extend(rows);
            }
            Own::Where => self.tell_where(),
            Own::Phones => self.tell_phones(),
            Own::Phone => {
                if self.phones.is_empty() {
                    return Err("there is no phone here".to_owned());
                }
                let here = self
                    .at
                    .and_then(|at| self.phones.keys().position(|id| *id == at));
                let number = number_or(argument, here.map_or(1, |here| here + 1))?;
                let id = number
                    .checked_sub(1)
                    .and_then(|at| self.phones.keys().nth(at).copied());
                let id = id.ok_or(format!("there are {}", counted(self.phones.len(), "phone")))?;
                if std::mem::replace(&mut self.side, Side::Phone) == Side::Agent {
                    self.agent.look_away();
                    if self.at == Some(id) {
                        self.tell(format!(
                            "System: You type on {}'s phone.",
                            self.phones[&id].name()
                        ));
                    }
                }
                self.go_to_phone(id);
            }
            Own::Take => self.answer_ring(true)?,
            Own::Decline => self.answer_ring(false)?,
            Own::Conversations => self.tell_conversations(),
            Own::Wire => match argument {
                "" | "last" => {
                    let rows = self.wire.back().map(|(entry, _)| words::wire::whole(entry));
                    self.rows
                        .extend(rows.ok_or("nothing went over the wire yet")?);
                }
                count => {
                    let count = number_or(count, 1)?;
                    let from = self.wire.len().saturating_sub(count);
                    let entries = self.wire.iter().skip(from);
                    let rows: Vec<String> =
                        entries.map(|(one, _)| words::wire::entry(one)).collect();
                    self.rows.extend(rows);
                }
            },
            Own::Json => {
                let rows = self.numbered(argument, |_, line| json_rows(line))?;
                self.rows.extend(rows);
            }
            Own::Say => {
                let found = Say::ALL.iter().find(|(name, _)| *name == argument);
                let (name, say) = found.ok_or("it takes less, normal or more")?;
                self.speech.say = *say;
                self.tell(format!("System: What is told is {name}."));
            }
            Own::Live => {
                let on = match argument {
                    "" | "on" => true,
                    "off" => false,
                    _ => return Err("it takes on or off".to_owned()),
                };
                self.live = Some(on);
                self.tell(if on {
                    "System: All is told at once, even while a line is typed."
                } else {
                    "System: What comes while a line is typed is told after it."
                });
            }
        }
        Ok(())
    }

    /// Tells where one is.
    fn tell_where(&mut self) {
        match self.side {
            Side::Phone => {
                let Some(phone) = self.phone() else {
                    return self.tell("System: There is no phone yet.");
                };
                let brand = phone.head.as_ref().map(|head| words::row(&head.brand));
                let number = phone.conversation_number();
                let number = number
                    .map(|number| format!(" {number}"))
                    .unwrap_or_default();
                let state = if phone.is_open() { "open" } else { "not open" };
                let unread: usize = self.phones.values().map(|phone| phone.told.unread()).sum();
                let others = match unread {
                    0 => String::new(),
                    count => format!(" On other phones: {}.", counted(count, "new message")),
                };
                let row = format!(
                    "{}'s phone. Conversation{number} with {}, {state}, {}. With you: {}.{others}",
                    phone.name(),
                    brand.unwrap_or_default(),
                    counted(phone.told.count(), "message"),
                    phone.agent_name(),
                );
                self.tell(row);
            }
            Side::Agent => self.tell_where_as_agent(),
        }
        let ingress = self.link.as_ref().map(|link| &link.ingress);
        let indicators = ingress.map(|ingress| [ingress.tunnel.clone(), ingress.install.clone()]);
        for Indicator { name, says, .. } in indicators.into_iter().flatten().flatten() {
            self.tell(format!("Link: {name}. {}", sentence(&says)));
        }
    }

    /// Asks the engine, or everybody who is logged in, to end.
    pub(crate) fn quit(&mut self) {
        self.end = EndStage::Asked;
        self.asking = None;
        if self.agent.workspace.alone {
            self.agent.log_everybody_out();
            if !self.agent.workspace.is_taken() {
                self.end = EndStage::Over;
            }
        } else {
            self.command(crate::engine::command::Command::Quit);
        }
    }

    /// Tells what a session of the agent workspace or a task had to say.
    pub(crate) fn tell_severe(&mut self, severity: Severity, title: &str, detail: &str) {
        self.notice(crate::domain::notice::Notice {
            severity,
            title: title.to_owned(),
            detail: detail.to_owned(),
            ..crate::domain::notice::Notice::default()
        });
    }
}

fn number_or(argument: &str, usual: usize) -> Result<usize, String> {
    if argument.is_empty() {
        return Ok(usual);
    }
    argument
        .parse()
        .map_err(|_| format!("{argument:?} is no number"))
}
