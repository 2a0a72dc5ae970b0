//! Events of a relay: each kept once, however often it comes.
//!
//! A relay sends again whatever it has no acknowledgement of. How far it has
//! come is kept in the transaction that keeps the event, so that no moment of
//! a crash can lose one or double one.

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::oneshot;

use crate::{
    domain::{
        ids::EntryId,
        inbound::{Hook, Request, Verdict},
        relay::{Origin, Scope},
    },
    store::{
        Error, Journal, Reader,
        journal::encode,
        thread::Write,
        wire::{headers_text, signed, unsigned},
    },
};

/// Under this name the journal keeps the id of its device.
const DEVICE: &str = "device";

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// It is stored, under this number.
    Stored(EntryId),
    /// It was kept before.
    Had,
    /// The one that came before it could not be kept, so neither is it; the relay has to send
    /// both again.
    Behind,
}

/// An event on its way into the journal.
#[derive(Debug)]
pub struct Receipt(oneshot::Receiver<Result<Arrived, Error>>);

impl Receipt {
    /// What became of it, once that is committed.
    pub async fn arrived(self) -> Result<Arrived, Error> {
        self.0.await.unwrap_or(Err(Error::Closed))
    }
}

impl Journal {
    /// Keeps an event of a relay, if it was not kept before.
    ///
    /// Comes back as soon as it has its place in the queue, so that those of one scope are
    /// judged in the order in which this was called; the receipt tells the rest. It is kept, or
    /// not, whether anybody waits for the receipt or not.
    pub async fn relayed(
        &self,
        request: Request,
        verdict: Verdict,
        status: u16,
        origin: Origin,
    ) -> Result<Receipt, Error> {
        let headers = headers_text(&request.headers).map_err(encode)?;
        let hook = Hook::read(request, verdict, status).into();
        let (done, arrived) = oneshot::channel();
        let write = Write::Relayed {
            hook,
            headers,
            origin,
            arrived: None,
            done,
        };
        self.submit(write).await?;
        Ok(Receipt(arrived))
    }

    /// The id of the device this journal belongs to, made at the first call.
    pub async fn device(&self) -> Result<String, Error> {
        if let Some(device) = self.get(DEVICE).await? {
            return Ok(device);
        }
        let device = uuid::Uuid::new_v4().to_string();
        self.put(DEVICE, &device).await?;
        Ok(device)
    }
}

impl Reader {
    /// The id of the device this journal belongs to, if it has one yet.
    pub fn device(&self) -> Result<Option<String>, Error> {
        self.note(DEVICE)
    }
}

/// Moves the mark of an origin forward, inside the transaction of the caller; says why not, when
/// the event is not to be kept.
pub(super) fn advance(db: &Connection, origin: &Origin) -> rusqlite::Result<Option<Arrived>> {
    let (relay, account) = (origin.relay.as_str(), origin.account.as_str());
    let scope = match &origin.scope {
        Scope::Conversation(id) => format!("conversation/{id}"),
        Scope::Account => "account".to_owned(),
    };
    let mark = db
        .prepare_cached("SELECT seq FROM arrived WHERE relay = ?1 AND account = ?2 AND scope = ?3")?
        .query_row([relay, account, &scope], |row| row.get(0).map(unsigned))
        .optional()?
        .unwrap_or(0);
    if origin.seq <= mark {
        return Ok(Some(Arrived::Had));
    }
    if origin.after > mark {
        return Ok(Some(Arrived::Behind));
    }
    db.prepare_cached("INSERT OR REPLACE INTO arrived VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![relay, account, scope, signed(origin.seq)])?;
    Ok(None)
}
