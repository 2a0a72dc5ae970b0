//! What stands behind a slash command: the values it takes, and what is wrong
//! with those it does not.

use std::{path::PathBuf, str::Chars};

use serde_json::Value;

use crate::{
    domain::wire::outbound::{AcceptStatus, ChatState, EndField, Rating, TtrType},
    engine::command::Format,
    tui::commands::{
        by_hand::RequestKind,
        export::FORMS,
        slash::{Does, Names},
    },
};

const STATES: [(&str, ChatState); 6] = [
    ("active", ChatState::Active),
    ("inactive", ChatState::Inactive),
    ("gone", ChatState::Gone),
    ("composing", ChatState::Composing),
    ("pause", ChatState::Pause),
    ("background", ChatState::Background),
];

const STATUSES: [(&str, AcceptStatus); 5] = [
    ("accept", AcceptStatus::Accept),
    ("read", AcceptStatus::Read),
    ("access", AcceptStatus::Access),
    ("nack", AcceptStatus::Nack),
    ("action", AcceptStatus::Action),
];
/// Templates of what is told about messages; see `rich-content` 6.
const METADATA: [&str; 4] = [
    r#"[{"type":"ExternalId","id":"add-blue"}]"#,
    r#"[{"type":"BotResponse","externalConversationId":"bot-1","businessCases":["returns"],"intents":[{"id":"i1","name":"return an order","confidenceScore":0.9}]}]"#,
    r#"[{"type":"ActionReason","reasonId":"escalated_by_user","reason":"asked for a person"}]"#,
    r#"[{"type":"ConversationSummary","text":"wants to return a kettle"}]"#,
];

/// The values a command completes to; one that ends in a blank wants more.
pub(crate) fn values(does: Does, names: &Names) -> Vec<String> {
    let first = |table: &[&str]| table.iter().map(|&name| name.to_owned()).collect();
    match does {
        Does::Theme => names.themes.clone(),
        Does::Persona => names.personas.clone(),
        Does::Stage => names.brands.clone(),
        Does::Flight | Does::Pocket => first(&["on", "off"]),
        Does::End => first(&["state", "stage"]),
        Does::Csat => {
            let mut values: Vec<String> = (1..=5).map(|rate| rate.to_string()).collect();
            for rate in 1..=5 {
                values.extend([format!("{rate} yes"), format!("{rate} no")]);
            }
            values.push("skip".to_owned());
            values
        }
        Does::Fcr => first(&["yes", "no"]),
        Does::Ttr => first(&["urgent", "normal", "prioritized", "custom "]),
        Does::State => first(&STATES.map(|(name, _)| name)),
        Does::Mark => first(&STATUSES.map(|(name, _)| name)),
        Does::Metadata => {
            let mut values: Vec<String> = first(&METADATA);
            values.push("off".to_owned());
            values
        }
        Does::Raw => first(&RequestKind::ALL.map(|(_, name)| name)),
        Does::Record | Does::Scenario => first(&["off"]),
        Does::Export => first(&FORMS.each_ref().map(|form| form.name)),
        Does::Act(_)
        | Does::Attach
        | Does::Filter
        | Does::Find
        | Does::Journal
        | Does::Image
        | Does::ImageAnyway
        | Does::Replay
        | Does::Workspace(_) => Vec::new(),
    }
}

/// The value of that name in a table, or what there is.
fn one_of<T: Copy>(argument: &str, table: &[(&str, T)]) -> Result<T, String> {
    let lower = argument.to_lowercase();
    let found = table.iter().find(|(name, _)| *name == lower);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        format!("it takes {}", names.join(", "))
    })
}

fn yes(argument: &str) -> Result<bool, String> {
    one_of(argument, &[("yes", true), ("no", false)])
}

/// `1` to `5`, perhaps with `yes` or `no`; or `skip`.
pub(crate) fn csat(argument: &str) -> Result<Rating, String> {
    const WANTED: &str = "it takes 1 to 5, then perhaps yes or no; or skip";
    let mut words = argument.split_whitespace();
    let (first, second) = (words.next(), words.next());
    if words.next().is_some() {
        return Err(WANTED.to_owned());
    }
    if (first, second) == (Some("skip"), None) {
        return Ok(Rating {
            csat: None,
            resolved: None,
        });
    }
    let csat = first.and_then(|rate| rate.parse::<u8>().ok());
    let csat = csat.filter(|rate| (1..=5).contains(rate)).ok_or(WANTED)?;
    let resolved = second.map(yes).transpose().map_err(|_| WANTED)?;
    Ok(Rating {
        csat: Some(csat),
        resolved,
    })
}

pub(crate) fn fcr(argument: &str) -> Result<Rating, String> {
    Ok(Rating {
        csat: None,
        resolved: Some(yes(argument)?),
    })
}

/// A type; `custom` with its seconds, the others with or without.
pub(crate) fn ttr(argument: &str) -> Result<(TtrType, Option<u64>), String> {
    let (name, seconds) = argument
        .split_once(char::is_whitespace)
        .unwrap_or((argument, ""));
    let table = [
        ("urgent", TtrType::Urgent),
        ("normal", TtrType::Normal),
        ("prioritized", TtrType::Prioritized),
        ("custom", TtrType::Custom),
    ];
    let ttr = one_of(name, &table)?;
    let seconds = seconds.trim();
    let value = if seconds.is_empty() {
        None
    } else {
        let number = seconds.parse();
        Some(number.map_err(|_| format!("{seconds:?} is no number of seconds"))?)
    };
    if ttr == TtrType::Custom && value.is_none() {
        return Err("custom takes seconds behind it, as in custom 900".to_owned());
    }
    Ok((ttr, value))
}

pub(crate) fn state(argument: &str) -> Result<ChatState, String> {
    one_of(argument, &STATES)
}

/// The field that ends a conversation; nothing means the usual one.
pub(crate) fn end(argument: &str) -> Result<EndField, String> {
    if argument.is_empty() {
        return Ok(EndField::State);
    }
    one_of(
        argument,
        &[("state", EndField::State), ("stage", EndField::Stage)],
    )
}

/// A status, perhaps with metadata.
pub(crate) fn mark(argument: &str) -> Result<(AcceptStatus, Option<Value>), String> {
    let (name, rest) = argument
        .split_once(char::is_whitespace)
        .unwrap_or((argument, ""));
    let status = one_of(name, &STATUSES)?;
    let told = if rest.trim().is_empty() {
        None
    } else {
        Some(array(rest.trim())?)
    };
    Ok((status, told))
}

/// What goes along with the next message; `off` or nothing takes it away.
pub(crate) fn metadata(argument: &str) -> Result<Option<Value>, String> {
    match argument {
        "" | "off" => Ok(None),
        json => array(json).map(Some),
    }
}

/// Metadata: an array of objects. A single object becomes an array of it.
fn array(json: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_str(json).map_err(|fault| {
        let column = fault.column();
        format!("this is no JSON at character {column}; write an array of objects, or use /raw")
    })?;
    match value {
        Value::Array(all) if !all.is_empty() && all.iter().all(Value::is_object) => {
            Ok(Value::Array(all))
        }
        Value::Object(one) => Ok(Value::Array(vec![Value::Object(one)])),
        _ => Err("metadata is an array of objects; anything else can be sent by /raw".to_owned()),
    }
}

/// How a conversation is written out.
pub(crate) fn format(argument: &str) -> Result<Format, String> {
    one_of(
        argument,
        &FORMS.each_ref().map(|form| (form.name, form.format)),
    )
}

/// The file of a scenario, with its ending; `None` for `off`.
pub(crate) fn scenario(argument: &str) -> Result<Option<PathBuf>, String> {
    if argument == "off" {
        return Ok(None);
    }
    let (path, rest) = path(argument).map_err(|_| {
        "it takes the file to write, in quotes when it has blanks, or off".to_owned()
    })?;
    if !rest.is_empty() {
        return Err("it takes one file; write its path in quotes when it has blanks".to_owned());
    }
    Ok(Some(match path.extension() {
        Some(_) => path,
        None => path.with_extension("talk"),
    }))
}

/// The scenario to play, perhaps with a line behind it; `None` for `off`.
pub(crate) fn scenario_to_play(argument: &str) -> Result<Option<PathBuf>, String> {
    const WANTED: &str = "it takes the file of a scenario, in quotes when its path has blanks, \
                          perhaps with :LINE behind it; or off";
    if argument == "off" {
        return Ok(None);
    }
    let (path, rest) = path(argument).map_err(|_| WANTED.to_owned())?;
    if !rest.is_empty() {
        return Err(WANTED.to_owned());
    }
    Ok(Some(path))
}

/// One of the requests there are templates of, or none in particular.
pub(crate) fn kind(argument: &str) -> Result<Option<RequestKind>, String> {
    if argument.is_empty() {
        return Ok(None);
    }
    let named = RequestKind::ALL.map(|(kind, name)| (name, kind));
    one_of(argument, &named).map(Some)
}

/// A path, in quotes when it has blanks, and what follows it as the caption.
pub(crate) fn path(argument: &str) -> Result<(PathBuf, String), String> {
    let mut rest = argument.trim().chars();
    let path = word(&mut rest)?;
    if path.is_empty() {
        return Err("it takes the path of a file, in quotes when it has blanks".to_owned());
    }
    Ok((PathBuf::from(path), rest.as_str().trim().to_owned()))
}

/// All words as a shell would read them, as terminals write the paths of what is dropped on them.
pub(crate) fn words(text: &str) -> Result<Vec<String>, String> {
    let mut rest = text.trim().chars();
    let mut words = Vec::new();
    while !rest.as_str().is_empty() {
        words.push(word(&mut rest)?);
    }
    words.retain(|word| !word.is_empty());
    Ok(words)
}

/// The first word as a shell would read it: quotes keep blanks, a backslash keeps what follows.
fn word(rest: &mut Chars<'_>) -> Result<String, String> {
    let mut word = String::new();
    let mut quote = None;
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') => word.extend(rest.next()),
            (None, c) if c.is_whitespace() => break,
            (_, c) => word.push(c),
        }
    }
    match quote {
        Some(open) => Err(format!("the path has no second {open}")),
        None => Ok(word),
    }
}

/// A path as it would have to be written, in quotes when it has to.
pub(crate) fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@~".contains(c);
    if path.chars().all(plain) {
        path.to_owned()
    } else if path.contains('\'') {
        format!("\"{path}\"")
    } else {
        format!("'{path}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_are_read_and_wrong_ones_told() {
        let rating = |csat, resolved| Rating { csat, resolved };
        assert_eq!(csat("5"), Ok(rating(Some(5), None)));
        assert_eq!(csat("1  no"), Ok(rating(Some(1), Some(false))));
        assert_eq!(csat("skip"), Ok(rating(None, None)));
        assert_eq!(fcr("yes"), Ok(rating(None, Some(true))));
        for wrong in [
            "",
            "0",
            "6",
            "-1",
            "five",
            "5 maybe",
            "5 yes please",
            "skip 5",
        ] {
            assert!(csat(wrong).unwrap_err().contains("1 to 5"), "{wrong}");
        }
        assert_eq!(fcr("").unwrap_err(), "it takes yes, no");
    }

    #[test]
    fn custom_times_need_seconds() {
        assert_eq!(ttr("urgent"), Ok((TtrType::Urgent, None)));
        assert_eq!(ttr("CUSTOM 900"), Ok((TtrType::Custom, Some(900))));
        assert!(ttr("custom").unwrap_err().contains("seconds behind it"));
        assert!(ttr("custom -1").unwrap_err().contains("\"-1\""));
        assert!(ttr("soon").unwrap_err().contains("prioritized"));
    }

    #[test]
    fn metadata_is_an_array_of_objects() {
        for template in METADATA {
            assert!(
                metadata(template)
                    .unwrap()
                    .is_some_and(|one| one.is_array())
            );
        }
        assert_eq!(metadata("off"), Ok(None));
        let one = metadata(r#"{"type":"ExternalId"}"#).unwrap().unwrap();
        assert_eq!(one, serde_json::json!([{"type": "ExternalId"}]));
        assert_eq!(crate::domain::metadata::types(&one), "ExternalId");
        for wrong in ["5", "[]", "[1]", "\"x\""] {
            assert!(metadata(wrong).unwrap_err().contains("array of objects"));
        }
        assert!(metadata("[{").unwrap_err().contains("no JSON"));
        let (status, told) = mark(r#"action [{"type":"ExternalId"}]"#).unwrap();
        assert_eq!((status, told), (AcceptStatus::Action, Some(one)));
        assert!(mark("seen").unwrap_err().contains("access"));
    }

    #[test]
    fn paths_may_have_blanks_and_captions() {
        let read = |argument: &str| {
            let (path, caption) = path(argument).unwrap();
            (path.display().to_string(), caption)
        };
        let both = |path: &str, caption: &str| (path.to_owned(), caption.to_owned());
        assert_eq!(read("cat.png"), both("cat.png", ""));
        assert_eq!(read("'my cat.png' a  cat"), both("my cat.png", "a  cat"));
        assert_eq!(read(r"my\ cat.png x"), both("my cat.png", "x"));
        assert!(path("").is_err());
        assert!(path("'cat").unwrap_err().contains("no second '"));
        for odd in ["/a/b.png", "my cat.png", "it's.png"] {
            assert_eq!(read(&quoted(odd)), both(odd, ""));
        }
    }
}
