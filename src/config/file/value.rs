//! Tables and values of the settings file, each read by its row in the table of settings; a fault
//! says where it stands.

use std::{borrow::Cow, ops::Range, path::Path, sync::Arc};

use serde::Deserialize as _;
use toml::{
    Spanned, Table,
    de::{DeTable, DeValue},
};

use crate::config::{
    file::excerpt::{SettingsFault, Text},
    layer::Layer,
    origin::{Origin, Said},
    setting::Setting,
    source::{SOURCES, Source, SourceTable},
    words::{SettingValue, ValueKind},
};

/// What a table says where a secret is with.
const SOURCE: [(&str, ValueKind); 5] = [
    ("env", ValueKind::Text),
    ("command", ValueKind::Texts),
    ("keyring", ValueKind::Text),
    ("user", ValueKind::Text),
    ("file", ValueKind::Path),
];

type Key<'a> = Spanned<Cow<'a, str>>;
type Entries<'a> = Vec<(Key<'a>, Spanned<DeValue<'a>>)>;

/// The entries of a table in the order of the file, so that the first fault is told.
pub(super) fn in_order(table: DeTable<'_>) -> Entries<'_> {
    let mut entries: Entries<'_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

impl Text<'_> {
    /// The entries of a table called `name`, and where it stands.
    pub(super) fn table<'a>(
        &self,
        name: &str,
        value: Spanned<DeValue<'a>>,
    ) -> Result<(Range<usize>, Entries<'a>), SettingsFault> {
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => Ok((span, in_order(table))),
            other => {
                let reason = format!("this is {}; write a table: [{name}]", a(&other));
                Err(self.fault(span, reason))
            }
        }
    }

    /// The name of a profile.
    pub(super) fn name(
        &self,
        key: &Key<'_>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Said<String>, SettingsFault> {
        match self.value(key.get_ref(), ValueKind::Text, value)? {
            SettingValue::Text(name) => Ok(Said::new(name, self.origin(value))),
            _ => Err(self.fault(value.span(), "write the name of a profile")),
        }
    }

    /// A switch of the person's own, whatever the profile.
    pub(super) fn switch(
        &self,
        key: &Key<'_>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<bool, SettingsFault> {
        let read = self.value(key.get_ref(), ValueKind::Switch, value)?;
        Ok(read == SettingValue::Switch(true))
    }

    /// Reads an entry into a layer; it must be one of the settings that are known there.
    pub(super) fn put(
        &self,
        layer: &mut Layer,
        known: &[Setting],
        sections: &[&str],
        key: &Key<'_>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), SettingsFault> {
        let Some(setting) = known.iter().find(|one| key.get_ref() == one.name()) else {
            let mut names: Vec<&str> = known.iter().map(|one| one.name()).collect();
            names.extend(sections);
            return Err(self.unknown(key, &names));
        };
        let read = self.value(setting.name(), setting.row().kind, value)?;
        layer.put(*setting, read, self.origin(value));
        Ok(())
    }

    /// A fault of a key that means nothing there.
    pub(super) fn unknown(&self, key: &Key<'_>, known: &[&str]) -> SettingsFault {
        let reason = format!(
            "there is no setting `{}` here; it can be {}",
            key.get_ref().escape_debug(),
            known.join(", ")
        );
        self.fault(key.span(), reason)
    }

    fn origin(&self, value: &Spanned<DeValue<'_>>) -> Origin {
        Origin::File {
            path: Arc::clone(&self.path),
            line: self.line(value.span().start),
        }
    }

    fn value(
        &self,
        key: &str,
        kind: ValueKind,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<SettingValue, SettingsFault> {
        let fault = |reason: String| Err(self.fault(value.span(), reason));
        match (kind, value.get_ref()) {
            (ValueKind::Switch, DeValue::Boolean(switch)) => Ok(SettingValue::Switch(*switch)),
            (ValueKind::Switch, _) => fault(format!("`{key}` is true or false, without quotes")),
            (ValueKind::Port, value) => {
                let number = match value {
                    DeValue::Integer(number) => number.to_string().parse().ok(),
                    _ => None,
                };
                match number.filter(|port| *port != 0) {
                    Some(port) => Ok(SettingValue::Number(port)),
                    None => fault(format!(
                        "`{key}` is a number from 1 to 65535, without quotes"
                    )),
                }
            }
            (ValueKind::Texts | ValueKind::Assets, DeValue::Array(array)) => {
                let texts = array.iter().map(|one| match one.get_ref() {
                    DeValue::String(text) => self.text_of(key, kind, text, one),
                    other => {
                        let reason =
                            format!("`{key}` is a list of texts, and this is {}", a(other));
                        Err(self.fault(one.span(), reason))
                    }
                });
                let texts = texts.map(|text| match text? {
                    SettingValue::Text(text) => Ok(text),
                    _ => Err(self.fault(value.span(), format!("`{key}` is a list of texts"))),
                });
                texts.collect::<Result<_, _>>().map(SettingValue::List)
            }
            (ValueKind::Texts | ValueKind::Assets, _) => fault(format!(
                "`{key}` is a list of texts; write it in brackets: [\"…\"]"
            )),
            (ValueKind::Secret, DeValue::Table(table)) => {
                self.source(table, value.span()).map(SettingValue::Secret)
            }
            (ValueKind::Secret, _) => fault(format!(
                "`{key}` itself does not belong in this file; say where it is: {SOURCES}"
            )),
            (ValueKind::TextOrNumber, DeValue::Integer(number)) => {
                self.text_of(key, kind, &number.to_string(), value)
            }
            (_, DeValue::String(text)) => self.text_of(key, kind, text, value),
            (_, DeValue::Integer(_)) => fault(format!("`{key}` is a text; write it in quotes")),
            (_, other) => fault(format!("`{key}` is a text, and this is {}", a(other))),
        }
    }

    fn text_of(
        &self,
        key: &str,
        kind: ValueKind,
        text: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<SettingValue, SettingsFault> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        let read = kind.read(text, Some(folder));
        read.map_err(|reason| self.fault(value.span(), format!("`{key}`: {reason}")))
    }

    /// Reads the table that says where a secret is.
    fn source(&self, table: &DeTable<'_>, span: Range<usize>) -> Result<Source, SettingsFault> {
        let mut read = Table::new();
        for (key, value) in in_order(table.clone()) {
            let Some((name, kind)) = SOURCE.into_iter().find(|(name, _)| key.get_ref() == name)
            else {
                return Err(self.unknown(&key, &SOURCE.map(|(name, _)| name)));
            };
            let value = self.value(name, kind, &value)?;
            let value = toml::Value::try_from(value)
                .map_err(|error| self.fault(span.clone(), error.to_string()))?;
            read.insert(name.to_owned(), value);
        }
        let source = SourceTable::deserialize(read).map_err(|error| error.message().to_owned());
        let source = source.and_then(Source::try_from);
        source.map_err(|reason| self.fault(span, reason))
    }
}

/// A kind of value with its article.
fn a(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
