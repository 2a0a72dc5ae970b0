//! JSON read as far as it can be read, and members of it read one by one.
//!
//! What a strict reader takes is read as a strict reader does. Of everything
//! else as much as possible is read: a byte order mark, a number out of range,
//! nesting without end, text that is no UTF-8, commas and brackets too many or
//! too few. The depth of what comes out is bounded, so that nobody who walks
//! through it can run out of stack.

use std::{borrow::Cow, iter::Peekable, mem, str::Chars};

use serde_json::{Map, Number, Value};

/// Levels kept of nested arrays and objects; what is deeper becomes `null`. A line of the phone is
/// journalled with its content, and a strict reader takes 127 levels.
const DEEPEST: usize = 120;

/// The member in which it stands what somebody said: read whole, or `null`, for a part of it would
/// pass for all of it.
const WHOLE_OR_NOT: &str = "event";

/// JSON as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lenient {
    /// What was read; `null` when there was nothing.
    pub value: Value,
    /// Whether brackets, quotes and commas are where they belong. If they are not, a member may
    /// have been lost, and a text may be part of another.
    pub is_whole: bool,
}

/// Reads as much of a body as can be read as JSON.
pub fn read(body: &[u8]) -> Lenient {
    if let Ok(value) = serde_json::from_slice(body) {
        return Lenient {
            value,
            is_whole: true,
        };
    }
    let text = String::from_utf8_lossy(body);
    let mut reader = Reader {
        is_whole: matches!(text, Cow::Borrowed(_)),
        rest: text.trim_start_matches('\u{feff}').chars().peekable(),
    };
    reader.skip_blanks();
    while reader.rest.next_if(|next| !"{[".contains(*next)).is_some() {
        reader.is_whole = false;
    }
    let value = reader.value(0);
    reader.skip_blanks();
    Lenient {
        value,
        is_whole: reader.is_whole && reader.rest.peek().is_none(),
    }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    is_whole: bool,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        while self.rest.next_if(char::is_ascii_whitespace).is_some() {}
    }

    fn value(&mut self, depth: usize) -> Value {
        self.skip_blanks();
        match self.rest.peek() {
            Some('{' | '[') if depth == DEEPEST => self.skip_nested(),
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"') => Value::String(self.string()),
            _ => self.bare(),
        }
    }

    fn object(&mut self, depth: usize) -> Value {
        self.rest.next();
        let mut members = Map::new();
        let mut is_first = true;
        while self.goes_on('}', mem::take(&mut is_first)) {
            self.is_whole &= self.rest.peek() == Some(&'"');
            let name = match self.value(depth + 1) {
                Value::String(name) => name,
                other => other.to_string(),
            };
            self.skip_blanks();
            let value = if self.rest.next_if_eq(&':').is_some() {
                let was_whole = mem::replace(&mut self.is_whole, true);
                let value = self.value(depth + 1);
                let is_lost = name == WHOLE_OR_NOT && !self.is_whole;
                self.is_whole &= was_whole;
                if is_lost { Value::Null } else { value }
            } else {
                self.is_whole = false;
                Value::Null
            };
            members.insert(name, value);
        }
        Value::Object(members)
    }

    fn array(&mut self, depth: usize) -> Value {
        self.rest.next();
        let mut elements = Vec::new();
        let mut is_first = true;
        while self.goes_on(']', mem::take(&mut is_first)) {
            elements.push(self.value(depth + 1));
        }
        Value::Array(elements)
    }

    /// Goes to the next element; false behind the bracket that ends them, and before one that ends
    /// what is around.
    fn goes_on(&mut self, end: char, is_first: bool) -> bool {
        let mut commas = usize::from(is_first);
        loop {
            self.skip_blanks();
            match self.rest.peek() {
                Some(next) if *next == end => {
                    self.is_whole &= commas == usize::from(is_first);
                    self.rest.next();
                    return false;
                }
                None | Some('}' | ']') => {
                    self.is_whole = false;
                    return false;
                }
                Some(',') => commas += 1,
                Some(':') => self.is_whole = false,
                Some(_) => {
                    self.is_whole &= commas == 1;
                    return true;
                }
            }
            self.rest.next();
        }
    }

    /// Leaves out an object or an array with all that is in it.
    fn skip_nested(&mut self) -> Value {
        let mut open = 0_usize;
        while let Some(next) = self.rest.peek() {
            match next {
                '"' => {
                    self.string();
                    continue;
                }
                '{' | '[' => open += 1,
                '}' | ']' => open -= 1,
                _ => {}
            }
            self.rest.next();
            if open == 0 {
                return Value::Null;
            }
        }
        self.is_whole = false;
        Value::Null
    }

    fn string(&mut self) -> String {
        self.rest.next();
        let mut text = String::new();
        // The first half of a character that is written in two.
        let mut half = None;
        while let Some(next) = self.rest.next() {
            let unit = match next {
                '\\' => self.escaped(),
                '"' => {
                    text.extend(half.map(|_| char::REPLACEMENT_CHARACTER));
                    return text;
                }
                _ => {
                    self.is_whole &= !next.is_ascii_control();
                    u32::from(next)
                }
            };
            if let (Some(high), 0xdc00..0xe000) = (half, unit) {
                half = None;
                let both: u32 = ((high - 0xd800) << 10) + (unit - 0xdc00);
                text.extend(char::from_u32(0x1_0000 + both));
                continue;
            }
            text.extend(half.take().map(|_: u32| char::REPLACEMENT_CHARACTER));
            if (0xd800..0xdc00).contains(&unit) {
                half = Some(unit);
            } else {
                text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.is_whole = false;
        text
    }

    /// The UTF-16 unit or the character of an escape behind its backslash; what is none stands for
    /// itself.
    fn escaped(&mut self) -> u32 {
        let Some(next) = self.rest.next() else {
            return u32::from('\\');
        };
        u32::from(match next {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            '"' | '\\' | '/' => next,
            'u' => {
                let mut unit = 0;
                for _ in 0..4 {
                    let Some(digit) = self.rest.next_if(char::is_ascii_hexdigit) else {
                        self.is_whole = false;
                        return u32::from(char::REPLACEMENT_CHARACTER);
                    };
                    unit = unit * 16 + digit.to_digit(16).unwrap_or_default();
                }
                return unit;
            }
            _ => {
                self.is_whole = false;
                next
            }
        })
    }

    /// A number, a name, or whatever stands there without quotes. A number out of range is kept as
    /// a text.
    fn bare(&mut self) -> Value {
        let mut word = String::new();
        let is_part = |next: &char| !next.is_ascii_whitespace() && !",:{}[]\"".contains(*next);
        while let Some(next) = self.rest.next_if(is_part) {
            word.push(next);
        }
        match word.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            "" => {
                self.is_whole = false;
                Value::Null
            }
            _ => {
                if let Ok(number) = serde_json::from_str::<Number>(&word) {
                    return Value::Number(number);
                }
                let is_number = |next: char| next.is_ascii_digit() || "+-.eE".contains(next);
                self.is_whole &=
                    word.chars().all(is_number) && word.parse::<f64>().is_ok_and(f64::is_infinite);
                Value::String(word)
            }
        }
    }
}

/// A member that is a text; a number counts as one, for ids come as both.
pub(super) fn word(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(word) if !word.is_empty() => Some(word.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A member that is a whole number, also when it stands in a text.
pub(super) fn whole(object: &Value, name: &str) -> Option<i64> {
    number(object.get(name)?)
}

/// A whole number, also when it stands in a text.
pub(super) fn number(value: &Value) -> Option<i64> {
    let text = || value.as_str().and_then(|text| text.trim().parse().ok());
    value.as_i64().or_else(text)
}

/// The elements of a member that is a list; none of anything else.
pub(super) fn list<'a>(object: &'a Value, name: &str) -> &'a [Value] {
    object
        .get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn whole_value(body: &str) -> Value {
        let read = read(body.as_bytes());
        assert!(read.is_whole, "{body}");
        read.value
    }

    fn part(body: &str) -> Value {
        let read = read(body.as_bytes());
        assert!(!read.is_whole, "{body}");
        read.value
    }

    #[test]
    fn oddities_that_lose_nothing_are_read_whole() {
        assert_eq!(whole_value("\u{feff} {\"a\":1}"), json!({"a": 1}));
        assert_eq!(whole_value(r#"{"a":1,"a":2}"#), json!({"a": 2}));
        let out_of_range = r#"{"n":[1e400,-1e400,1.5],"t":"x\n\u00e9\ud83c\udf89"}"#;
        let expected = json!({"n": ["1e400", "-1e400", 1.5], "t": "x\né🎉"});
        assert_eq!(whole_value(out_of_range), expected);
        assert_eq!(
            whole_value(r#"["\ud83c","\udf89x"]"#),
            json!(["\u{fffd}", "\u{fffd}x"])
        );
    }

    #[test]
    fn what_is_broken_gives_what_stands_before_the_break_and_after_it() {
        assert_eq!(part(r#"{"a":1,"b":"x"#), json!({"a": 1, "b": "x"}));
        assert_eq!(part(r#"{"a":[1,2}"#), json!({"a": [1, 2]}));
        assert_eq!(
            part(r#")]}', {"a" "b", "c":3,}"#),
            json!({"a": null, "b": null, "c": 3})
        );
        assert_eq!(part(r#"{"a":01,"b":tru}"#), json!({"a": "01", "b": "tru"}));
        assert_eq!(part("{\"a\":\"x\ny\"}"), json!({"a": "x\ny"}));
        assert_eq!(part(r#"{"a":1} {"#), json!({"a": 1}));
        assert_eq!(part(""), Value::Null);
        let said = r#"{"a":1,"event":{"content":"content":{"type":"text"}},"b":2"#;
        assert_eq!(part(said), json!({"a": 1, "event": null, "b": 2}));
        let said = r#"{"a":1,,"event":{"content":{"type":"text"}},"b":2"#;
        assert_eq!(part(said)["event"], json!({"content": {"type": "text"}}));
    }

    #[test]
    fn depth_is_cut_and_never_fills_the_stack() {
        let deep = |count: usize| format!("{}7{}", "[".repeat(count), "]".repeat(count));
        // As many as a strict reader takes.
        assert!(whole_value(&deep(127)).to_string().contains('7'));
        let cut = whole_value(&deep(1_000)).to_string();
        assert_eq!(cut, deep(DEEPEST).replace('7', "null"));
        let mebibyte = "[".repeat(1024 * 1024);
        let thread = std::thread::Builder::new().stack_size(512 * 1024);
        let read = thread.spawn(move || drop(part(&mebibyte))).unwrap();
        read.join().unwrap();
        let open = r#"{"a":"#.repeat(200_000);
        drop(part(&open));
    }

    proptest! {
        #[test]
        fn every_body_is_read(body in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&body);
        }

        #[test]
        fn every_text_of_json_signs_is_read(body in "[\\[\\]{}\",:a-fu0-9\\\\ .eE+-]{0,200}") {
            let lenient = read(body.as_bytes());
            // What it gives can be kept and read again.
            let printed = lenient.value.to_string();
            prop_assert!(serde_json::from_str::<Value>(&printed).is_ok());
        }
    }
}
