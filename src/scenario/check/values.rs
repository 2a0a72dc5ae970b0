//! Values in braces: where they come from, and whether they are used.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    domain::similar,
    scenario::{
        check::{Checker, cast::Cast, texts},
        fault::FaultKind,
        script::{Script, ScriptHead, SourcePlace, Template, TextPiece},
    },
};

/// Values that are always there.
pub(crate) const BUILT_IN: [&str; 4] = ["scene", "row", "uuid", "seed"];

/// The values that there are at a step.
#[derive(Debug, Clone, Default)]
pub(super) struct ValueScope(BTreeSet<String>);

impl ValueScope {
    pub fn of_file(script: &Script) -> Self {
        let columns = script
            .rows
            .iter()
            .flat_map(|rows| rows.columns.iter().cloned());
        Self(
            BUILT_IN
                .into_iter()
                .map(str::to_owned)
                .chain(columns)
                .collect(),
        )
    }

    pub fn add(&mut self, name: &str) {
        self.0.insert(name.to_owned());
    }
}

/// What was used and what was taken out, in the whole script.
#[derive(Debug, Default)]
pub(super) struct Used {
    values: BTreeSet<String>,
    captures: BTreeMap<String, SourcePlace>,
}

impl Used {
    pub fn capture(&mut self, name: &str, place: SourcePlace) {
        self.captures.entry(name.to_owned()).or_insert(place);
    }
}

impl Checker<'_> {
    pub(super) fn head(
        &mut self,
        head: &ScriptHead,
        cast: &Cast,
        scope: &mut ValueScope,
        used: &mut Used,
    ) {
        for (name, _) in &head.secrets {
            scope.add(name);
        }
        for (name, value) in &head.values {
            // The line of a `let` is not kept; its value is looked for in the whole file.
            let place = self.line_with(&format!("let {name}"));
            self.template(value, place, cast, scope, used);
            scope.add(name);
        }
        for play in &head.cast {
            self.template(&play.name, play.place, cast, scope, used);
            self.name(&play.name, play.place);
            if let Some(from) = &play.from {
                self.template(from, play.place, cast, scope, used);
            }
        }
        for never in &head.never {
            self.pattern(&never.text, never.place);
            self.payload_values(&never.text, never.place, cast, scope, used);
            if let Some(from) = &never.from {
                self.who(from, never.place, cast);
            }
        }
    }

    /// The first line of the scenario that has these words; the first line without one.
    fn line_with(&self, words: &str) -> SourcePlace {
        let lines = self.lines.first().map_or(&[][..], Vec::as_slice);
        let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = lines
            .iter()
            .position(|line| squeezed(line).starts_with(words));
        SourcePlace {
            file: 0,
            line: line.unwrap_or(0) + 1,
        }
    }

    /// A name that is played must be one.
    fn name(&mut self, name: &Template, place: SourcePlace) {
        use crate::scenario::{check::cast::ROLES, forms::lines::is_keyword, syntax::is_word};
        let [TextPiece::Text(name)] = name.0.as_slice() else {
            return;
        };
        if is_keyword(name) || ROLES.contains(&name.as_str()) {
            let words = format!("`{name}` is a word of the language and cannot be a name");
            let fault = self.tell(FaultKind::KeywordAsName, place, name, words);
            fault.set_help("`agent` and the other roles are there without `play`; a played agent is named by its login");
        } else if !is_word(name) {
            let words = format!("`{name}` cannot be a name");
            let fault = self.tell(FaultKind::WrongForm, place, name, words);
            fault.set_help("a name has letters, digits, `_` and `-`, a letter first");
        }
    }

    /// The values of a text: each must be there.
    pub(super) fn template(
        &mut self,
        template: &Template,
        place: SourcePlace,
        cast: &Cast,
        scope: &ValueScope,
        used: &mut Used,
    ) {
        for piece in &template.0 {
            match piece {
                TextPiece::Value(path) => {
                    used.values.insert(path.clone());
                    self.value(path, place, cast, scope);
                }
                TextPiece::Text(text) => {
                    if let Some(word) = texts::secret_in(text) {
                        let words = "a text of the scenario looks like a secret";
                        let fault = self.tell(FaultKind::LooksSecret, place, word, words);
                        fault.set_label("everybody who reads the file reads it");
                        fault.set_help("put it into an environment variable: `secret NAME from env VAR`, and write `{NAME}`");
                    }
                }
                TextPiece::Env(_) | TextPiece::Capture { .. } => {}
            }
        }
    }

    fn value(&mut self, path: &str, place: SourcePlace, cast: &Cast, scope: &ValueScope) {
        let is_known = match path.split_once('.') {
            Some((who, _)) => cast.has(who) || who == "agent",
            None => scope.0.contains(path),
        };
        if is_known {
            return;
        }
        let known: Vec<&str> = scope.0.iter().map(String::as_str).collect();
        let (words, help) = if let Some((who, _)) = path.split_once('.') {
            let meant = similar::did_you_mean(who, cast.names().chain(["agent"]));
            let help = "`{me.first}`, `{me.name}` and `{agent.name}` are values of a person";
            let words =
                format!("there is no value `{{{path}}}`: nobody here is called `{who}`{meant}");
            (words, help.to_owned())
        } else {
            let meant = similar::did_you_mean(path, known.iter().copied());
            let known = known.join("`, `");
            let help = format!("here are `{known}`; a brace is written `{{{{`");
            (format!("there is no value `{{{path}}}` here{meant}"), help)
        };
        let fault = self.tell(
            FaultKind::UnknownValue,
            place,
            &format!("{{{path}}}"),
            words,
        );
        fault.set_label("no column, capture or `let` above");
        fault.set_help(help);
    }

    /// What is never used.
    pub(super) fn unused(&mut self, used: &Used) {
        for (name, place) in &used.captures {
            if !used.values.contains(name) {
                let words = format!("`{{?{name}}}` is taken out and never used");
                let fault = self.tell(
                    FaultKind::UnusedCapture,
                    *place,
                    &format!("{{?{name}"),
                    words,
                );
                fault.set_help(format!("use it as `{{{name}}}`, or write `…` in its place"));
            }
        }
        let Some(rows) = &self.script.rows else {
            return;
        };
        for column in &rows.columns {
            if !used.values.contains(column) && *column != rows.key {
                let words = format!("the column `{column}` is never used");
                let fault = self.tell(FaultKind::UnusedColumn, rows.place, column, words);
                fault.set_help(format!("use it as `{{{column}}}`, or leave it out"));
            }
        }
    }
}
