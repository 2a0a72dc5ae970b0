//! Numbered choices: what a message offers, and what plain mode asks.

use std::{collections::BTreeMap, path::PathBuf};

use jiff::civil::Date;

use crate::{
    domain::{
        content::Click,
        content::Content,
        conversation::event::Act,
        ids::ItemId,
        line::{Line, LineBody},
        rich::{
            card::{Card, CardState, Part},
            press::{Choice, Press, Target, Wanted},
        },
        text::SafeText,
    },
    engine::command::Command,
    plain::{
        front::{Front, Side},
        words::{
            card::{CardWords, NumberedPart},
            counted, row, sentence,
        },
    },
    tui::{agent::pick::Pick, text::clock},
};

/// Menus longer than this are told once a part of a word has made them shorter.
const LONG: usize = 20;

/// Something to pick by its number.
#[derive(Debug, Clone)]
pub(crate) enum Pickable {
    /// A file to send, or a folder to look into.
    File(PathBuf),
    /// Something of the agent workspace.
    Agent(Pick),
}

/// What plain mode waits for an answer to.
#[derive(Debug)]
pub(crate) enum PlainQuestion {
    /// Whether a conversation with real people is opened.
    Consent(u64),
    /// One of several, by its number.
    Menu(Vec<(String, Pickable)>),
    /// A day, two days or a time for an action of a message.
    Wanted(Box<WantedAnswer>),
}

/// What an action of a message needs first.
#[derive(Debug)]
pub(crate) struct WantedAnswer {
    item: ItemId,
    usable: NumberedPart,
    title: String,
    action: usize,
    wanted: Wanted,
    chosen: BTreeMap<usize, Choice>,
}

impl Front {
    /// Uses the newest choice of this number.
    pub(crate) fn choose(&mut self, number: usize) {
        let found = self.told().and_then(|told| {
            let (item, usable) = told.choices.as_ref()?;
            let at = number.checked_sub(1)?;
            Some((*item, usable.get(at).cloned(), usable.len()))
        });
        match found {
            None => self.warn("there is nothing to choose yet"),
            Some((_, None, count)) => self.warn(&format!("choose 1 to {count}")),
            Some(_) if self.side == Side::Agent => {
                self.warn("the consumer chooses here, not the agent");
            }
            Some((item, Some((usable, title)), _)) => {
                self.use_part(item, usable, title, BTreeMap::new());
            }
        }
    }

    /// Uses something of a message with the choices made so far.
    fn use_part(
        &mut self,
        item: ItemId,
        usable: NumberedPart,
        title: String,
        chosen: BTreeMap<usize, Choice>,
    ) {
        let zone = self.speech.zone.clone();
        let Some(phone) = self.phone_mut() else {
            return;
        };
        let content = phone
            .told
            .line(item)
            .and_then(|(_, line)| line.content().cloned());
        let Some(content) = content else {
            return self.warn("that message is not kept any more");
        };
        let press = match (usable, &content) {
            (NumberedPart::Reply(index), content) => match content.replies().get(index) {
                Some(reply) => reply.press(&chosen, &zone),
                None => return,
            },
            (NumberedPart::Part(part), Content::Rich { content, .. }) => {
                let (state, _) = phone.told.cards.touch(item);
                Card::read(content).press(part, state, &chosen, &zone)
            }
            (NumberedPart::Part(_), _) => return,
        };
        let number =
            phone.told.choices.as_ref().and_then(|(_, usable_parts)| {
                usable_parts.iter().position(|(one, _)| *one == usable)
            });
        let number = number.map_or(0, |at| at + 1);
        match press {
            Press::Turned => {
                if let (NumberedPart::Part(part), Content::Rich { content, .. }) =
                    (usable, &content)
                {
                    let told = turned(content, part, phone.told.cards.get(item));
                    self.rows.extend(told);
                }
            }
            Press::Wants(action, wanted) => self.want(WantedAnswer {
                item,
                usable,
                title,
                action,
                wanted,
                chosen,
            }),
            Press::Refused(why) => self.warn(&format!("nothing was sent: {why}")),
            Press::Send(click, targets) => {
                let words = if title == number.to_string() {
                    format!("You chose {title}.")
                } else {
                    sentence(&format!("You chose {number}, {title}"))
                };
                if click != Click::default() {
                    self.tell(words);
                    self.send_click((item, usable), title, click, chosen.is_empty());
                }
                for target in &targets {
                    let words = led(target);
                    self.tell(words);
                }
            }
        }
    }

    fn send_click(
        &mut self,
        (item, usable): (ItemId, NumberedPart),
        title: String,
        click: Click,
        is_plain: bool,
    ) {
        self.has_chosen = true;
        if let Some(phone) = self.phone_mut() {
            phone.submitted += click.texts.len();
            phone.told.echo = click
                .texts
                .first()
                .is_some_and(|text| *text == title)
                .then_some(title);
        }
        let act = match usable {
            NumberedPart::Reply(index) if is_plain => Act::Reply { item, index },
            _ => Act::Click { item, click },
        };
        self.act(act);
    }

    fn want(&mut self, asked: WantedAnswer) {
        let zone = self.speech.zone.clone();
        match &asked.wanted {
            Wanted::Dates(picker) => {
                let title = row(&picker.title);
                let title = if title.is_empty() {
                    asked.title.clone()
                } else {
                    title
                };
                let how = if picker.range {
                    "Type the first and the last day, as 2026-12-24 2026-12-31, or back."
                } else {
                    "Type a day, as 2026-12-24, today or tomorrow, or back."
                };
                self.tell(format!("Question: {} {how}", sentence(&title)));
            }
            Wanted::Slot(list) => {
                let title = sentence(&row(&list.title));
                let slots: Vec<String> = (1..)
                    .zip(&list.slots)
                    .map(|(number, slot)| {
                        let about = [row(&SafeText::clean(&slot.title)), row(&slot.description)];
                        let about: Vec<String> =
                            about.into_iter().filter(|one| !one.is_empty()).collect();
                        let about = about.join(", ");
                        let comma = if about.is_empty() { "" } else { ", " };
                        format!(
                            "  {number} {about}{comma}{}.",
                            slot.span(&zone).replace('–', "to")
                        )
                    })
                    .collect();
                let count = slots.len();
                self.tell(format!("Question: {title}"));
                self.rows.extend(slots);
                self.tell(format!("Choose 1 to {count}, or back:"));
            }
        }
        self.asking = Some(PlainQuestion::Wanted(Box::new(asked)));
    }

    /// Takes the answer to what was asked.
    pub(crate) fn answer(&mut self, asking: PlainQuestion, line: &str) {
        let line = line.trim();
        let word = line.to_lowercase();
        match asking {
            PlainQuestion::Consent(id) => match word.as_str() {
                "yes" | "y" | "no" | "n" => {
                    let yes = word.starts_with('y');
                    self.tell(if yes { "You said yes." } else { "You said no." });
                    self.command(Command::Consent { id, yes });
                }
                _ => {
                    self.tell("Question: Type yes or no.");
                    self.asking = Some(PlainQuestion::Consent(id));
                }
            },
            _ if word == "back" => self.tell("Nothing was chosen."),
            PlainQuestion::Menu(entries) => self.answer_menu(entries, line),
            PlainQuestion::Wanted(asked) => self.answer_wanted(*asked, &word),
        }
    }

    /// Tells a menu and waits for a number.
    pub(crate) fn menu(&mut self, about: &str, entries: Vec<(String, Pickable)>) {
        let count = entries.len();
        if count == 0 {
            return self.warn("there is nothing to choose from");
        }
        if count > LONG {
            let about = sentence(about);
            self.tell(format!(
                "Question: {about} {count} to choose from. Type a part of a word, or back:"
            ));
        } else {
            self.tell(format!("Question: {}", sentence(about)));
            for (number, (label, _)) in (1..).zip(&entries) {
                self.rows.push(format!("  {number} {}", sentence(label)));
            }
            self.tell(format!("Choose 1 to {count}, or back:"));
        }
        self.asking = Some(PlainQuestion::Menu(entries));
    }

    fn answer_menu(&mut self, mut entries: Vec<(String, Pickable)>, line: &str) {
        let count = entries.len();
        if let Ok(number) = line.trim_start_matches('/').parse::<usize>() {
            if (1..=count).contains(&number) {
                let (label, picked) = entries.swap_remove(number - 1);
                self.tell(sentence(&format!("You chose {number}, {label}")));
                return match picked {
                    Pickable::File(path) => self.pick_file(path),
                    Pickable::Agent(pick) => self.picked(pick),
                };
            }
            self.tell(format!("Choose 1 to {count}, or back:"));
        } else {
            let part = line.to_lowercase();
            let fits = |(label, _): &&(String, Pickable)| label.to_lowercase().contains(&part);
            let fitting: Vec<(String, Pickable)> = entries.iter().filter(fits).cloned().collect();
            if !fitting.is_empty() {
                return self.menu(
                    &counted(fitting.len(), "entry").replace("entrys", "entries"),
                    fitting,
                );
            }
            self.tell(format!(
                "None has {line}. Type a number, a part of a word, or back:"
            ));
        }
        self.asking = Some(PlainQuestion::Menu(entries));
    }

    fn answer_wanted(&mut self, mut asked: WantedAnswer, word: &str) {
        let zone = self.speech.zone.clone();
        let today = clock::day(self.now, &zone).unwrap_or_default();
        let choice = match &asked.wanted {
            Wanted::Slot(list) => {
                let number = word.trim_start_matches('/').parse::<usize>().ok();
                let at = number.and_then(|number| number.checked_sub(1));
                let at = at.filter(|at| *at < list.slots.len());
                at.map(Choice::Slot)
                    .ok_or(format!("choose 1 to {}, or back", list.slots.len()))
            }
            Wanted::Dates(picker) => {
                let days: Option<Vec<Date>> = word
                    .split_whitespace()
                    .map(|word| day(word, today))
                    .collect();
                let choice = match days.as_deref() {
                    Some([one]) if !picker.range => Some(Choice::Day(*one)),
                    Some([first, last]) if picker.range && first <= last => {
                        Some(Choice::Days(*first, *last))
                    }
                    _ => None,
                };
                let allowed = |day: &Date| picker.allows(*day, &zone);
                match (choice, days) {
                    (Some(choice), Some(days)) if days.iter().all(allowed) => Ok(choice),
                    (Some(_), _) => Err("that day cannot be chosen".to_owned()),
                    (None, _) if picker.range => {
                        Err("type two days, as 2026-12-24 2026-12-31, or back".to_owned())
                    }
                    (None, _) => Err("type a day, as 2026-12-24, or back".to_owned()),
                }
            }
        };
        match choice {
            Ok(choice) => {
                asked.chosen.insert(asked.action, choice);
                self.use_part(asked.item, asked.usable, asked.title, asked.chosen);
            }
            Err(why) => {
                self.warn(&why);
                self.asking = Some(PlainQuestion::Wanted(Box::new(asked)));
            }
        }
    }
}

/// A day as somebody types it.
fn day(word: &str, today: Date) -> Option<Date> {
    match word {
        "today" => Some(today),
        "tomorrow" => today.tomorrow().ok(),
        word => word.parse().ok(),
    }
}

/// What is said of a part that looks different now.
fn turned(content: &serde_json::Value, part: Part, state: Option<&CardState>) -> Option<String> {
    let mut words = CardWords::default();
    words.card(&Card::read(content), state.unwrap_or(&CardState::default()));
    let number = words
        .usable
        .iter()
        .position(|(usable, _)| *usable == NumberedPart::Part(part))?
        + 1;
    let begins = format!("  {number} ");
    words
        .rows
        .into_iter()
        .find(|row| row.starts_with(&begins))
        .map(|row| row.trim().to_owned())
}

fn led(target: &Target) -> String {
    let (name, shown) = (target.name.one_line(), target.shown.one_line());
    if name.is_empty() {
        format!("Link: {shown}")
    } else {
        format!("Link: {name}, {shown}")
    }
}

/// The structured or plain content of a message as JSON rows.
pub(crate) fn json_rows(line: &Line) -> Vec<String> {
    let value = match &line.body {
        LineBody::Mine { content, .. } | LineBody::Theirs { content, .. } => match content {
            Content::Rich { content, replies } if replies.is_empty() => Ok(content.clone()),
            content => serde_json::to_value(content),
        },
        LineBody::Quiet { text } => serde_json::to_value(text.as_str()),
    };
    let text = value.map(|value| crate::domain::json::pretty(&value.to_string()));
    let text = text.unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
