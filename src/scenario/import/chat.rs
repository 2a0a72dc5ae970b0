//! Bot Framework's `.chat`: who speaks stands before a colon, and commands in brackets.

use std::time::Duration;

use crate::scenario::{
    import::{Imported, Writing, did, head_line, last_part, millis, seen, texts::text, timing},
    script::{CardPart, CardPartKind, Deed, Payload, Sight, SourcePlace, StepKind, Timing},
};

/// How long somebody types when the file only says so.
const TYPING: Duration = Duration::from_secs(1);
/// A wait that follows a delay has this much time beside it.
const ROOM: Duration = Duration::from_secs(10);

/// The names in the head of a `.chat` file that may speak.
#[derive(Debug, Default)]
struct Cast {
    users: Vec<String>,
    bot: String,
}

/// What one of them says, up to the next who speaks.
struct Speech {
    line: usize,
    /// The name of a consumer in the scenario; `None` of the bot.
    who: Option<String>,
    text: String,
}

/// A part of what is said.
enum ChatPart {
    Text(String),
    /// The word before `=` or the first blank, and the rest.
    Command(String, String),
}

pub(super) fn import((file, stem): (usize, &str), written: &str, imported: &mut Imported) {
    let mut writing = Writing::new(file, &mut imported.left);
    let (cast, speeches) = read(written, &mut writing);
    writing.sheet.line(&head_line("title", stem));
    for user in cast.users.iter().skip(1) {
        writing.sheet.line(&format!("play {}", name(user)));
    }
    writing.sheet.line("");
    for speech in &speeches {
        say(speech, &mut writing);
    }
    writing.finish(format!("{stem}.talk"), &mut imported.files);
}

fn read(written: &str, writing: &mut Writing<'_>) -> (Cast, Vec<Speech>) {
    let mut cast = Cast::default();
    let mut speeches: Vec<Speech> = Vec::new();
    let written = written.strip_prefix('\u{feff}').unwrap_or(written);
    for (line, number) in written.lines().zip(1..) {
        if speeches.is_empty()
            && let Some((option, value)) = line.split_once('=')
            && !line.contains(':')
        {
            match option.trim() {
                "user" | "users" => {
                    let users = value.split(',').map(|user| user.trim().to_owned());
                    cast.users.extend(users.filter(|user| !user.is_empty()));
                }
                "bot" => value.trim().clone_into(&mut cast.bot),
                _ => writing.left(number, line),
            }
        } else if let Some((who, said)) = cast.speaker(line) {
            speeches.push(Speech {
                line: number,
                who,
                text: said.trim().to_owned(),
            });
        } else if let Some(speech) = speeches.last_mut() {
            speech.text.push('\n');
            speech.text.push_str(line);
        } else if !line.trim().is_empty() {
            writing.left(number, line);
        }
    }
    (cast, speeches)
}

impl Cast {
    /// Who begins to speak on a line, and what.
    fn speaker<'l>(&self, line: &'l str) -> Option<(Option<String>, &'l str)> {
        let (who, said) = line.split_once(':')?;
        // The bot may say to whom it speaks.
        let who = who.split_once("->").map_or(who, |(who, _)| who).trim();
        if who.eq_ignore_ascii_case("bot") || (!self.bot.is_empty() && who == self.bot) {
            return Some((None, said));
        }
        let at = self.users.iter().position(|user| user == who);
        match at {
            Some(0) => Some((Some("me".to_owned()), said)),
            Some(_) => Some((Some(name(who)), said)),
            None if who.eq_ignore_ascii_case("user") => Some((Some("me".to_owned()), said)),
            None => None,
        }
    }
}

/// A name as a scenario can have it.
fn name(user: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let plain: String = user.to_lowercase().chars().map(plain).collect();
    match plain.trim_matches('-') {
        plain if plain.starts_with(char::is_alphabetic) => plain.to_owned(),
        plain => format!("user-{plain}"),
    }
}

/// Texts and commands in their order. A bracket that begins no command is text.
fn parts(text: &str) -> Vec<ChatPart> {
    const COMMANDS: [&str; 12] = [
        "typing",
        "delay",
        "attachment",
        "attachmentlayout",
        "suggestions",
        "conversationupdate",
        "herocard",
        "thumbnailcard",
        "audiocard",
        "videocard",
        "animationcard",
        "signincard",
    ];
    let mut parts = Vec::new();
    let mut said = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        said.push_str(before);
        let inner = after.split_once(']');
        let command = inner.and_then(|(inner, after)| {
            let end = inner
                .find(|c: char| c == '=' || c.is_whitespace())
                .unwrap_or(inner.len());
            let word = inner.get(..end)?.to_lowercase();
            let arguments = inner.get(end..)?.trim_start_matches('=').trim();
            COMMANDS
                .contains(&word.as_str())
                .then(|| (word, arguments.to_owned(), after))
        });
        rest = after;
        if let Some((word, arguments, after)) = command {
            parts.push(ChatPart::Text(std::mem::take(&mut said)));
            parts.push(ChatPart::Command(word, arguments));
            rest = after;
        } else {
            said.push('[');
        }
    }
    said.push_str(rest);
    parts.push(ChatPart::Text(said));
    parts.retain(|part| !matches!(part, ChatPart::Text(text) if text.trim().is_empty()));
    parts
}

fn say(speech: &Speech, writing: &mut Writing<'_>) {
    let mut delay = None;
    for part in parts(&speech.text) {
        match part {
            ChatPart::Text(said) => {
                let taken = delay.take();
                if let Some(who) = &speech.who {
                    let rows: Vec<&str> = said.trim().lines().map(str::trim_end).collect();
                    let said = Payload::Bare(text(&rows.join("\n")));
                    let timing = Timing {
                        within: None,
                        after: taken,
                    };
                    writing.line(who, timing, said, false);
                } else {
                    let words: Vec<&str> = said.split_whitespace().collect();
                    let said = Payload::Bare(text(&words.join(" ")));
                    let within = timing(taken.map(|delay| delay + ROOM));
                    writing.line("agent", within, said, false);
                }
            }
            ChatPart::Command(word, arguments) if word == "delay" => match millis(&arguments) {
                Some(span) => delay = Some(span),
                None => writing.left(speech.line, &format!("[Delay={arguments}]")),
            },
            ChatPart::Command(word, arguments) => {
                if !command(speech, &word, &arguments, writing) {
                    writing.left(speech.line, &format!("[{word}={arguments}]"));
                }
            }
        }
    }
}

/// Carries a command over; false when that cannot be done.
fn command(speech: &Speech, word: &str, arguments: &str, writing: &mut Writing<'_>) -> bool {
    match (word, &speech.who) {
        ("typing", None) => writing.step(seen(Sight::Typing(text("agent")))),
        ("typing", Some(who)) => writing.step(StepKind::Deed {
            who: text(who),
            deed: Deed::Types(TYPING),
            within: None,
        }),
        ("attachment", who) => {
            let mut words = arguments.split_whitespace();
            let (path, kind) = (words.next().unwrap_or_default(), words.next());
            // What has a type of its own is a card of another platform.
            if path.is_empty() || kind.is_some() {
                return false;
            }
            match who {
                None => {
                    let name = Payload::Quoted(text(last_part(path)));
                    writing.step(seen(Sight::File(Some(name))));
                }
                Some(_) if path.contains("://") => return false,
                Some(who) if who == "me" => writing.step(did(Deed::Sends {
                    file: text(path),
                    caption: None,
                })),
                Some(_) => return false,
            }
        }
        ("suggestions", None) => {
            let titles: Vec<_> = listed(arguments).map(text).collect();
            if titles.is_empty() {
                return false;
            }
            writing.step(seen(Sight::Offer(titles)));
        }
        ("herocard" | "thumbnailcard", None) => {
            let parts = card(arguments);
            if parts.is_empty() {
                return false;
            }
            writing.step(seen(Sight::Card(parts)));
        }
        _ => return false,
    }
    true
}

fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').map(str::trim).filter(|one| !one.is_empty())
}

/// What is told of a card, one `name=value` a line.
fn card(arguments: &str) -> Vec<CardPart> {
    let mut kinds = Vec::new();
    for line in arguments.lines() {
        let Some((name, value)) = line.trim().split_once('=') else {
            continue;
        };
        let said = || Payload::Quoted(text(value.trim()));
        match name.trim().to_lowercase().as_str() {
            "title" => kinds.insert(0, CardPartKind::Title(said())),
            "subtitle" | "text" => kinds.push(CardPartKind::Text(said())),
            "image" => kinds.push(CardPartKind::Image),
            "buttons" => kinds.extend(listed(value).map(|title| CardPartKind::Button {
                title: text(title),
                id: None,
            })),
            _ => {}
        }
    }
    let parts = kinds.into_iter().map(|kind| CardPart {
        place: SourcePlace::default(),
        card: None,
        kind,
    });
    parts.collect()
}
