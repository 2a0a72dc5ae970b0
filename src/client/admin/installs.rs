//! The records of app installs: read whole, written back whole, unknown members untouched.

use reqwest::{Method, header::HeaderName};
use serde_json::Value;

use crate::{
    client::{
        admin::{Admin, AdminError, Ask, garbled},
        connector::{cached::Effort, transport::Good},
    },
    domain::{ids::ClientId, secret::Secret},
};

const REVISION: HeaderName = HeaderName::from_static("ac-revision");

/// An app install as it was read. Its record holds the client_secret, so Debug shows none of it.
#[derive(Clone, PartialEq)]
pub struct Install {
    /// The record, as it came.
    pub record: Value,
    /// Its revision, for a change to be about this one.
    pub revision: String,
}

impl std::fmt::Debug for Install {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Install")
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

impl Admin {
    /// The records of all app installs of the account.
    pub async fn installs(&self) -> Result<Vec<Value>, AdminError> {
        let good = self.ask(Ask::read("app installs", None)).await;
        match read(&good?)? {
            Value::Array(all) => Ok(all),
            _ => Err(garbled("the app installs are no list")),
        }
    }

    /// One of them.
    pub async fn install(&self, id: &ClientId) -> Result<Install, AdminError> {
        let good = self.ask(Ask::read("app install", Some(id))).await?;
        let revision = good.headers.get(REVISION);
        let revision = revision.and_then(|revision| revision.to_str().ok());
        let revision = revision.ok_or(AdminError::NoRevision)?.to_owned();
        let record = read(&good)?;
        if !record.is_object() {
            return Err(garbled("the app install is no object"));
        }
        Ok(Install { record, revision })
    }

    /// Makes one from a manifest; the record it became, client_secret included. Not repeated by
    /// itself: that could make two.
    pub async fn create(&self, manifest: &Value) -> Result<Value, AdminError> {
        let good = self.ask(Ask {
            method: Method::POST,
            body: manifest.to_string().into(),
            effort: Effort::Once,
            hidden: secrets(manifest),
            ..Ask::read("app install: create", None)
        });
        read(&good.await?)
    }

    /// Writes a record back, in the place of the one of that revision and no other.
    pub async fn put(&self, id: &ClientId, install: &Install) -> Result<(), AdminError> {
        let good = self.ask(Ask {
            method: Method::PUT,
            body: install.record.to_string().into(),
            revision: Some(install.revision.clone()),
            effort: Effort::Once,
            hidden: secrets(&install.record),
            ..Ask::read("app install: change", Some(id))
        });
        good.await.map(drop)
    }

    /// Deletes the one of that revision and no other.
    pub async fn delete(&self, id: &ClientId, revision: &str) -> Result<(), AdminError> {
        let good = self.ask(Ask {
            method: Method::DELETE,
            revision: Some(revision.to_owned()),
            effort: Effort::Once,
            ..Ask::read("app install: delete", Some(id))
        });
        good.await.map(drop)
    }
}

impl Ask {
    fn read(purpose: &'static str, id: Option<&ClientId>) -> Self {
        Self {
            purpose,
            method: Method::GET,
            id: id.map(ToString::to_string),
            body: bytes::Bytes::new(),
            revision: None,
            effort: Effort::Persistent,
            hidden: Vec::new(),
        }
    }
}

fn read(good: &Good) -> Result<Value, AdminError> {
    serde_json::from_slice(&good.body).map_err(|_| garbled("the app install is not JSON"))
}

/// What in a record must not be repeated in an error: its secret, and what custom headers say.
fn secrets(record: &Value) -> Vec<Secret> {
    let mut found = Vec::new();
    collect(record, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<Secret>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(secret)
                        if matches!(name.as_str(), "client_secret" | "header_value") =>
                    {
                        found.push(Secret::new(secret.as_str()));
                    }
                    member => collect(member, found),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, found)),
        _ => {}
    }
}
