//! The kinds of fields: what stands in one at the start, what it takes, and
//! what becomes of it.

use jiff::civil::Date;
use serde_json::{Number, Value, json};

use crate::tui::{popups::form::Holds, text::edit::Editor};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// Any text up to so many characters.
    Text(usize),
    /// Text that has to be there.
    Name,
    /// A number with or without a fraction.
    Number,
    /// A whole number of milliseconds.
    Millis,
    /// `YYYY-MM-DD`, on the wire an object of day, month and year.
    Date,
    /// A language tag, as `en-GB`.
    Language,
    /// A queue: up to ten digits, perhaps below zero.
    Skill,
    OneOf(&'static [&'static str]),
    /// Yes or no.
    Flag,
    /// Whether a list has this word.
    Member(&'static str),
}

impl FieldKind {
    /// What stands in the field at the start.
    pub(crate) fn holds(self, value: Option<&Value>) -> Holds {
        match self {
            Self::Flag => Holds::Check(value == Some(&Value::Bool(true))),
            Self::Member(name) => {
                let list = value.and_then(Value::as_array);
                Holds::Check(list.is_some_and(|list| list.contains(&json!(name))))
            }
            Self::OneOf(words) => {
                let now = shown(value);
                let mut options = vec![String::new()];
                options.extend(words.iter().map(|&word| word.to_owned()));
                if !options.contains(&now) {
                    // Something odd from a file; it can be kept.
                    options.push(now.clone());
                }
                let at = options.iter().position(|option| *option == now);
                Holds::Choice {
                    options,
                    at: at.unwrap_or(0),
                }
            }
            Self::Date => {
                let date = value.and_then(Value::as_object).and_then(|date| {
                    let part = |name| date.get(name).and_then(Value::as_i64);
                    let (year, month, day) = (part("year")?, part("month")?, part("day")?);
                    Some(format!("{year:04}-{month:02}-{day:02}"))
                });
                // An age without a date of birth shares its object with one.
                let odd = value.is_some_and(|value| !value.is_object());
                let text = date.unwrap_or_else(|| if odd { shown(value) } else { String::new() });
                Holds::Text(Editor::holding(&text))
            }
            _ => Holds::Text(Editor::holding(&shown(value))),
        }
    }

    /// The value of what stands there, `None` for nothing; or why it does not fit.
    pub(crate) fn value(self, text: &str) -> Result<Option<Value>, String> {
        if text.is_empty() {
            return match self {
                Self::Name => Err("it cannot be empty".to_owned()),
                Self::Millis => Err("it takes a number of milliseconds, as 3000".to_owned()),
                _ => Ok(None),
            };
        }
        let value = match self {
            Self::Text(most) => {
                let count = text.chars().count();
                if count > most {
                    return Err(format!(
                        "it has {count} characters, and {most} are the most"
                    ));
                }
                json!(text)
            }
            Self::Name if text.trim().is_empty() => return Err("it cannot be empty".to_owned()),
            Self::Number => Value::Number(number(text).ok_or("it takes a number, as 18450.75")?),
            Self::Millis => {
                let most = 600_000;
                let millis = text.parse::<u32>().ok().filter(|millis| *millis <= most);
                json!(millis.ok_or("it takes milliseconds from 0 to 600000")?)
            }
            Self::Date => {
                let wanted = "it takes a day that exists, as 2021-03-04";
                let date: Date = text.parse().map_err(|_| wanted)?;
                json!({ "day": date.day(), "month": date.month(), "year": date.year() })
            }
            Self::Language if !is_language(text) => {
                return Err("it takes a language tag, as en-GB or de".to_owned());
            }
            Self::Skill if !is_skill(text) => {
                return Err("it takes up to ten digits, or -1 for all queues".to_owned());
            }
            Self::Flag => json!(text == "true"),
            Self::Name | Self::Language | Self::Skill | Self::OneOf(_) | Self::Member(_) => {
                json!(text)
            }
        };
        Ok(Some(value))
    }

    /// What does not fit, as it goes over the wire all the same.
    pub(crate) fn odd(self, text: &str) -> Value {
        if self == Self::Date {
            let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
            if let (Some(Some(year)), Some(Some(month)), Some(Some(day)), None) =
                (parts.next(), parts.next(), parts.next(), parts.next())
            {
                return json!({ "day": day, "month": month, "year": year });
            }
        }
        json!(text)
    }

    /// Whether what does not fit cannot be kept at all.
    pub(crate) fn is_strict(self) -> bool {
        matches!(self, Self::Name | Self::Millis)
    }
}

/// A value as text; nothing for none.
fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A number as JSON has it.
fn number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(whole.into());
    }
    Number::from_f64(text.parse().ok()?)
}

fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or("");
    let letters = |part: &str| part.chars().all(|c| c.is_ascii_alphabetic());
    let rest = |part: &str| {
        (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    (2..=8).contains(&first.len()) && letters(first) && parts.all(rest)
}

fn is_skill(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=10).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit())
}
