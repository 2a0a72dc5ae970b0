//! One table of the settings file: values taken out by their keys and checked, then nothing left.

use std::{ops::Range, path::PathBuf, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::config::{
    file::excerpt::{Fault, Text},
    origin::{Origin, Said},
};

/// Where a secret can be.
pub(super) const PLACES: &str = "{ env = \"VARIABLE\" }, { command = [\"pass\", \"show\", \"acme\"] }, \
     { keyring = \"handset\", user = \"acme\" } or { file = \"acme.secret\" }";

/// A table and where it stands.
pub(super) struct Table<'a> {
    text: &'a Text<'a>,
    /// What it is called, for what is missing in it.
    name: String,
    span: Range<usize>,
    /// What has not been taken yet.
    rest: DeTable<'a>,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        text: &'a Text<'a>,
        name: &str,
        span: Range<usize>,
        table: DeTable<'a>,
    ) -> Self {
        Self {
            text,
            name: name.to_owned(),
            span,
            rest: table,
        }
    }

    /// The folder of the file, from which relative paths are meant.
    pub(super) fn folder(&self) -> PathBuf {
        let parent = self.text.path.parent();
        parent.map(PathBuf::from).unwrap_or_default()
    }

    fn take(&mut self, key: &str) -> Option<Spanned<DeValue<'a>>> {
        self.rest.remove(key)
    }

    fn origin(&self, span: &Range<usize>) -> Origin {
        Origin::File {
            path: Arc::clone(&self.text.path),
            line: self.text.line(span.start),
        }
    }

    /// A text that `read` understands.
    pub(super) fn string<T>(
        &mut self,
        key: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<Said<T>>, Fault> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let span = value.span();
        let DeValue::String(text) = value.get_ref() else {
            let reason = match value.get_ref() {
                DeValue::Integer(_) => format!("`{key}` is a text; write it in quotes"),
                other => format!("`{key}` is a text, and this is {}", a(other)),
            };
            return Err(self.text.fault(span, reason));
        };
        match read(text) {
            Ok(value) => Ok(Some(Said::new(value, self.origin(&span)))),
            Err(reason) => Err(self.text.fault(span, format!("`{key}`: {reason}"))),
        }
    }

    /// A text, or a number that stands for one.
    pub(super) fn string_or_number<T>(
        &mut self,
        key: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<Said<T>>, Fault> {
        if let Some(DeValue::Integer(number)) = self.rest.get(key).map(Spanned::get_ref) {
            let number = number.to_string();
            let span = self.take(key).map_or(0..0, |value| value.span());
            return match read(&number) {
                Ok(value) => Ok(Some(Said::new(value, self.origin(&span)))),
                Err(reason) => Err(self.text.fault(span, format!("`{key}`: {reason}"))),
            };
        }
        self.string(key, read)
    }

    /// Texts, one or more, each of which `read` understands.
    pub(super) fn strings<T>(
        &mut self,
        key: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<Said<Vec<T>>>, Fault> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let span = value.span();
        let DeValue::Array(array) = value.get_ref() else {
            let reason = format!("`{key}` is a list of texts; write it in brackets: [\"…\"]");
            return Err(self.text.fault(span, reason));
        };
        let mut all = Vec::new();
        for one in array {
            let DeValue::String(text) = one.get_ref() else {
                let reason = format!(
                    "`{key}` is a list of texts, and this is {}",
                    a(one.get_ref())
                );
                return Err(self.text.fault(one.span(), reason));
            };
            let read = read(text);
            all.push(
                read.map_err(|reason| self.text.fault(one.span(), format!("`{key}`: {reason}")))?,
            );
        }
        Ok(Some(Said::new(all, self.origin(&span))))
    }

    /// `true` or `false`.
    pub(super) fn switch(&mut self, key: &str) -> Result<Option<Said<bool>>, Fault> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let span = value.span();
        match value.get_ref() {
            DeValue::Boolean(switch) => Ok(Some(Said::new(*switch, self.origin(&span)))),
            _ => Err(self
                .text
                .fault(span, format!("`{key}` is true or false, without quotes"))),
        }
    }

    /// The number of a port.
    pub(super) fn port(&mut self, key: &str) -> Result<Option<Said<u16>>, Fault> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let span = value.span();
        let port = match value.get_ref() {
            DeValue::Integer(number) => number.to_string().parse().ok().filter(|port| *port != 0),
            _ => None,
        };
        match port {
            Some(port) => Ok(Some(Said::new(port, self.origin(&span)))),
            None => Err(self.text.fault(
                span,
                format!("`{key}` is a number from 1 to 65535, without quotes"),
            )),
        }
    }

    /// A table within.
    pub(super) fn table(&mut self, key: &str) -> Result<Option<Self>, Fault> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let name = match self.name.as_str() {
            "the file" => key.to_owned(),
            outer => format!("{outer}.{key}"),
        };
        inner(self.text, &name, value).map(Some)
    }

    /// The table that says where a secret is.
    pub(super) fn source(&mut self, key: &str) -> Result<Option<(Origin, Self)>, Fault> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let span = value.span();
        match value.into_inner() {
            DeValue::Table(table) => {
                let origin = self.origin(&span);
                Ok(Some((origin, Self::new(self.text, key, span, table))))
            }
            _ => Err(self.text.fault(
                span,
                format!("`{key}` itself does not belong in this file; say where it is: {PLACES}"),
            )),
        }
    }

    /// The tables in it by their names; there must be nothing else.
    pub(super) fn tables(self) -> Result<Vec<(String, Self)>, Fault> {
        let (text, outer) = (self.text, self.name);
        let tables = self.rest.into_iter().map(|(key, value)| {
            let name = key.into_inner().into_owned();
            let table = inner(text, &format!("{outer}.{name}"), value)?;
            Ok((name, table))
        });
        tables.collect()
    }

    /// A fault of the whole table.
    pub(super) fn wrong(&self, reason: &str) -> Fault {
        self.text.fault(self.span.clone(), reason)
    }

    /// Refuses a key that does not fit the others.
    pub(super) fn refuse(&self, key: &str, reason: &str) -> Result<(), Fault> {
        match self.rest.keys().find(|known| known.get_ref() == key) {
            Some(found) => Err(self.text.fault(
                found.span(),
                format!("`{key}`: {reason}; change the kind, or leave this out"),
            )),
            None => Ok(()),
        }
    }

    /// Faults a table in which something is not said.
    pub(super) fn needs(&self, key: &str, is_there: bool) -> Result<(), Fault> {
        if is_there {
            Ok(())
        } else {
            Err(self.missing(key))
        }
    }

    pub(super) fn missing(&self, key: &str) -> Fault {
        self.wrong(&format!("[{}] has no `{key}`; add it", self.name))
    }

    /// Refuses whatever has not been taken.
    pub(super) fn end(self, known: &[&str]) -> Result<(), Fault> {
        self.refuse_unknown(known)
    }

    /// The same, while the table is still needed.
    pub(super) fn refuse_unknown(&self, known: &[&str]) -> Result<(), Fault> {
        let first = self.rest.keys().min_by_key(|key| key.span().start);
        match first {
            Some(key) => Err(self.text.fault(
                key.span(),
                format!(
                    "there is no setting `{}` here; it can be {}",
                    key.get_ref().escape_debug(),
                    known.join(", ")
                ),
            )),
            None => Ok(()),
        }
    }
}

fn inner<'a>(
    text: &'a Text<'a>,
    name: &str,
    value: Spanned<DeValue<'a>>,
) -> Result<Table<'a>, Fault> {
    let span = value.span();
    match value.into_inner() {
        DeValue::Table(table) => Ok(Table::new(text, name, span, table)),
        other => Err(text.fault(
            span,
            format!("this is {}; write a table: [{name}]", a(&other)),
        )),
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
