//! A convo of Botium: turns of `#me` and `#bot`, with asserters and hooks among their lines.

use std::{collections::BTreeMap, time::Duration};

use crate::scenario::{
    import::{
        Writing,
        botium::Named,
        did, last_part, millis, seen,
        texts::{KnownTexts, one_of, text, with_variables},
        timing,
    },
    print,
    script::{
        CardPart, CardPartKind, Deed, Element, Payload, ScriptStep, Sight, SourcePlace, StepKind,
        Template, TextPiece, UnwantedEvent,
    },
    syntax::is_word,
};

/// How long an answer must not come that a convo rules out.
const ABSENCE: Duration = Duration::from_secs(3);

/// Words that are no text of the bot's; which are carried over, `Turn::asserter` says.
const ASSERTERS: [&str; 22] = [
    "BUTTONS",
    "BUTTONS_COUNT",
    "BUTTONS_COUNT_REC",
    "MEDIA",
    "MEDIA_COUNT",
    "MEDIA_COUNT_REC",
    "CARDS",
    "CARDS_COUNT",
    "CARDS_COUNT_REC",
    "FORMS",
    "JSON_PATH",
    "JSON_PATH_COUNT",
    "RESPONSE_LENGTH",
    "ENTITIES",
    "ENTITY_VALUES",
    "ENTITY_CONTENT",
    "INTENT",
    "INTENT_UNIQUE",
    "INTENT_CONFIDENCE",
    "PAUSE_ASSERTER",
    "BOT_CONSUMED",
    "WER",
];
const HOOKS: [&str; 12] = [
    "PAUSE",
    "WAITFORBOT",
    "INCLUDE",
    "SET_SCRIPTING_MEMORY",
    "ASSIGN_SCRIPTING_MEMORY",
    "CLEAR_SCRIPTING_MEMORY",
    "SKIP_BOT_UNCONSUMED",
    "CLEARQUEUE",
    "UPDATE_CUSTOM",
    "ORDERED_LIST_TO_BUTTON",
    "CONVO_STEP_PARAMETERS",
    "CONDITIONAL_STEP_TIME_BASED",
];
const INPUTS: [&str; 3] = ["BUTTON", "MEDIA", "FORM"];

/// Stands for a stroke behind a backslash, which is part of an argument.
const STROKE: char = '\u{1}';

/// Who a section is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    Me,
    Bot,
    /// `#begin`, `#end`, `#include`: hooks alone.
    Hooks,
}

/// A section of a convo: what one sender says, with asserters and hooks.
#[derive(Debug)]
pub(super) struct ConvoTurn {
    pub(super) sender: Sender,
    line: usize,
    /// What stands behind the sender.
    channel: String,
    /// Its lines that are not empty, with their numbers.
    pub(super) lines: Vec<(usize, String)>,
}

/// A convo, or a part of one.
#[derive(Debug, Default)]
pub(super) struct Convo {
    pub(super) name: String,
    pub(super) about: Vec<String>,
    pub(super) turns: Vec<ConvoTurn>,
}

/// A line that is no text.
struct ConvoCommand<'a> {
    word: &'a str,
    arguments: Vec<String>,
    is_optional: bool,
    is_not: bool,
}

impl Convo {
    pub(super) fn read(text: &str) -> Self {
        let mut convo = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim();
            let section = line.strip_prefix('#').and_then(|rest| {
                let (word, channel) = rest.split_once(' ').unwrap_or((rest, ""));
                let sender = match word {
                    "me" => Sender::Me,
                    "bot" => Sender::Bot,
                    "begin" | "end" | "include" => Sender::Hooks,
                    _ => return None,
                };
                Some((sender, channel.trim().to_owned()))
            });
            match (section, convo.turns.last_mut()) {
                (Some((sender, channel)), _) => convo.turns.push(ConvoTurn {
                    sender,
                    line: number,
                    channel,
                    lines: Vec::new(),
                }),
                (None, _) if line.is_empty() => {}
                (None, Some(turn)) => turn.lines.push((number, line.to_owned())),
                (None, None) if convo.name.is_empty() => line.clone_into(&mut convo.name),
                (None, None) => convo.about.push(line.to_owned()),
            }
        }
        convo
    }

    /// Whether something stands in it.
    pub(super) fn uses(&self, what: &str) -> bool {
        let mut lines = self.turns.iter().flat_map(|turn| &turn.lines);
        lines.any(|(_, line)| line.contains(what))
    }

    /// Writes its steps; `said` has the columns of utterances that the consumer says.
    pub(super) fn steps(
        &self,
        named: &Named,
        known: &mut KnownTexts,
        said: &BTreeMap<String, String>,
        writing: &mut Writing<'_>,
    ) {
        let mut turns = Turns {
            named,
            known,
            said,
            writing,
        };
        self.turns.iter().for_each(|turn| turns.turn(turn));
    }
}

impl ConvoTurn {
    /// A line as a command, if it begins like one.
    fn command<'l>(&self, line: &'l str) -> Option<ConvoCommand<'l>> {
        let (is_optional, rest) = mark(line, '?');
        let (is_not, rest) = mark(rest, '!');
        let (word, arguments) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_text = word == "TEXT" || word.starts_with("TEXT_");
        let is_command = match self.sender {
            Sender::Me => INPUTS.contains(&word),
            Sender::Bot => ASSERTERS.contains(&word) || is_text,
            Sender::Hooks => ASSERTERS.contains(&word),
        };
        if !is_command && !HOOKS.contains(&word) {
            return None;
        }
        let arguments = arguments.replace("\\|", &STROKE.to_string());
        let arguments = arguments
            .split('|')
            .map(|one| one.trim().replace(STROKE, "|"));
        Some(ConvoCommand {
            word,
            arguments: arguments.filter(|one| !one.is_empty()).collect(),
            is_optional,
            is_not,
        })
    }
}

/// Whether a line begins with a mark, once; twice it stands for itself.
fn mark(line: &str, mark: char) -> (bool, &str) {
    match line.strip_prefix(mark) {
        Some(rest) if rest.starts_with(mark) => (false, rest),
        Some(rest) => (true, rest),
        None => (false, line),
    }
}

struct Turns<'a, 'w> {
    named: &'a Named,
    known: &'a mut KnownTexts,
    said: &'a BTreeMap<String, String>,
    writing: &'a mut Writing<'w>,
}

impl Turns<'_, '_> {
    fn turn(&mut self, turn: &ConvoTurn) {
        if !turn.channel.is_empty() {
            let told = format!("the channel {}", turn.channel);
            self.writing.left(turn.line, &told);
        }
        let mut said: Vec<&str> = Vec::new();
        let mut commands = Vec::new();
        for (number, line) in &turn.lines {
            match turn.command(line) {
                Some(command) => commands.push((*number, line, command)),
                None => said.push(line),
            }
        }
        let waits = commands
            .iter()
            .find(|(.., command)| command.word == "WAITFORBOT");
        let within = waits.and_then(|(.., command)| millis(command.arguments.first()?));
        if !said.is_empty() && turn.sender == Sender::Hooks {
            self.writing.left(turn.line, &said.join(" "));
        } else if !said.is_empty() {
            self.text(turn, &said, within);
        } else if turn.sender == Sender::Bot
            && commands.iter().all(|(.., it)| HOOKS.contains(&it.word))
        {
            // Whatever the answer is.
            let any = Payload::Bare(text("…"));
            let is_include = commands.iter().any(|(.., it)| it.word == "INCLUDE");
            if !is_include {
                self.writing.line("agent", timing(within), any, false);
            }
        } else if turn.sender == Sender::Me && commands.is_empty() {
            self.writing
                .left(turn.line, "an empty message of the consumer");
        }
        for (number, line, command) in commands {
            if !self.command(turn, &command) {
                self.writing.left(number, line);
            }
        }
    }

    fn text(&mut self, turn: &ConvoTurn, said: &[&str], within: Option<Duration>) {
        let whole = said.join("\n");
        if whole.starts_with(['{', '['])
            && serde_json::from_str::<serde_json::Value>(&whole).is_ok()
        {
            return self
                .writing
                .left(turn.line, &format!("a message as JSON: {whole}"));
        }
        if turn.sender == Sender::Me {
            let column = self
                .said
                .get(&whole)
                .map(|column| Template(vec![TextPiece::Value(column.clone())]));
            let text = column.unwrap_or_else(|| self.template(turn.line, &whole, false));
            return self
                .writing
                .line("me", timing(None), Payload::Bare(text), false);
        }
        let (is_optional, rest) = mark(&whole, '?');
        let (is_not, rest) = mark(rest, '!');
        let payload = if let Some(texts) = self.utterances(rest) {
            one_of(&texts)
        } else {
            let words: Vec<&str> = rest.split_whitespace().collect();
            Payload::Bare(self.template(turn.line, &words.join(" "), !is_not))
        };
        match (is_not, is_optional) {
            (true, true) => self.writing.left(turn.line, &whole),
            (true, false) => self.writing.step(StepKind::No {
                event: UnwantedEvent::Message {
                    from: Some(text("agent")),
                    text: Some(payload),
                },
                during: ABSENCE,
            }),
            (false, _) => self
                .writing
                .line("agent", timing(within), payload, is_optional),
        }
    }

    /// The texts that a name of utterances stands for, with the words behind it put in.
    fn utterances(&self, named: &str) -> Option<Vec<String>> {
        let (name, arguments) = named.split_once(' ').unwrap_or((named, ""));
        let texts = self.named.utterances.get(name)?;
        let mut filled = Vec::new();
        for text in texts {
            let mut arguments = arguments.split_whitespace();
            let mut parts = text.split("%s");
            let mut whole = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                whole.push_str(arguments.next().unwrap_or("%s"));
                whole.push_str(part);
            }
            filled.push(whole);
        }
        (!filled.is_empty()).then_some(filled)
    }

    fn template(&mut self, line: usize, written: &str, takes: bool) -> Template {
        let (template, strange) = with_variables(written, self.known, takes);
        for name in strange {
            self.writing
                .left(line, &format!("{name} has no value here"));
        }
        template
    }

    /// Carries a command over; false when that cannot be done.
    fn command(&mut self, turn: &ConvoTurn, command: &ConvoCommand<'_>) -> bool {
        let arguments = &command.arguments;
        let first = arguments.first().map(String::as_str);
        match (turn.sender, command.word, first) {
            // Its deadline is on the line.
            (_, "WAITFORBOT", _) => true,
            (_, "PAUSE" | "PAUSE_ASSERTER", Some(rest)) if !command.is_not => {
                let rest = millis(rest);
                if let Some(rest) = rest {
                    self.writing.step(StepKind::Pause(rest));
                }
                rest.is_some()
            }
            (_, "INCLUDE", Some(part)) => self.include(part),
            (_, "SET_SCRIPTING_MEMORY", Some(name)) => {
                let name = name.trim_start_matches('$');
                let Some(value) = arguments.get(1).filter(|_| is_word(name)) else {
                    return false;
                };
                let value = self.template(turn.line, value, false);
                self.known.0.insert(name.to_owned());
                let name = name.to_owned();
                self.writing.step(StepKind::Let { name, value });
                true
            }
            (Sender::Me, "BUTTON", Some(payload)) => {
                let title = arguments.get(1).map_or(payload, String::as_str);
                let title = self.template(turn.line, title, false);
                self.writing.step(did(Deed::Taps(Element::Title(title))));
                true
            }
            (Sender::Me, "MEDIA", Some(_)) => {
                let is_file = |file: &&String| !file.contains(['*', '$']) && !file.contains("://");
                if !arguments.iter().all(|file| is_file(&file)) {
                    return false;
                }
                for file in arguments {
                    let file = text(file);
                    self.writing.step(did(Deed::Sends {
                        file,
                        caption: None,
                    }));
                }
                true
            }
            (Sender::Bot, word, first) if !command.is_not => {
                self.asserter(turn, command, word, first)
            }
            _ => false,
        }
    }

    fn include(&mut self, part: &str) -> bool {
        let Some(file) = self.named.parts.get(part) else {
            return false;
        };
        self.writing.sheet.step(&ScriptStep {
            place: SourcePlace::default(),
            source: format!("use {}", print::quoted(&text(file))),
            is_optional: false,
            kind: StepKind::Use {
                with: Vec::new(),
                steps: Vec::new(),
            },
        });
        true
    }

    fn asserter(
        &mut self,
        turn: &ConvoTurn,
        command: &ConvoCommand<'_>,
        word: &str,
        first: Option<&str>,
    ) -> bool {
        let line = turn.line;
        let arguments = &command.arguments;
        let sights = match (word, first) {
            ("BUTTONS", Some(_)) => {
                let titles = arguments
                    .iter()
                    .map(|title| self.template(line, title, false));
                vec![Sight::Offer(titles.collect())]
            }
            ("MEDIA", None) => vec![Sight::File(None)],
            ("MEDIA", Some(_)) => {
                let files = arguments.iter();
                let files = files.map(|file| Payload::Quoted(text(last_part(file))));
                files.map(|file| Sight::File(Some(file))).collect()
            }
            ("CARDS", Some(_)) => {
                let parts = arguments.iter().map(|said| {
                    let said = self.template(line, said, true);
                    part(CardPartKind::Text(Payload::Quoted(said)))
                });
                vec![Sight::Card(parts.collect())]
            }
            ("CARDS_COUNT", Some(count)) => {
                let count = count.trim_start_matches('=').trim().parse();
                let Ok(count) = count else { return false };
                vec![Sight::Card(vec![part(CardPartKind::Cards(count))])]
            }
            _ => return self.text_asserter(turn, command, word),
        };
        for sight in sights {
            self.writing.sheet.put(seen(sight), command.is_optional);
        }
        true
    }

    fn text_asserter(&mut self, turn: &ConvoTurn, command: &ConvoCommand<'_>, word: &str) -> bool {
        let mut texts = Vec::new();
        for argument in &command.arguments {
            match self.utterances(argument) {
                Some(all) => texts.extend(all),
                None => texts.push(argument.clone()),
            }
        }
        let kind = word.strip_suffix("_IC").unwrap_or(word);
        let payload = match (kind, texts.as_slice()) {
            ("TEXT", []) => Payload::Bare(text("…")),
            ("TEXT" | "TEXT_EQUALS" | "TEXT_EQUALS_ANY", [one]) if word == kind => {
                Payload::Exactly(self.template(turn.line, one, false))
            }
            ("TEXT_CONTAINS_ANY" | "TEXT_CONTAINS_ALL", [one]) => {
                Payload::Bare(self.template(turn.line, one, true))
            }
            ("TEXT_CONTAINS_ANY", [_, _, ..]) => one_of(&texts),
            ("TEXT_REGEXP_ANY" | "TEXT_REGEXP_ALL", [one]) if regex::Regex::new(one).is_ok() => {
                Payload::Regex {
                    pattern: one.replace('/', "\\/"),
                    ignores_case: word != kind,
                }
            }
            _ => return false,
        };
        self.writing
            .line("agent", timing(None), payload, command.is_optional);
        true
    }
}

fn part(kind: CardPartKind) -> CardPart {
    CardPart {
        place: SourcePlace::default(),
        card: None,
        kind,
    }
}
