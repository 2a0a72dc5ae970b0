//! The borrowed webhook: an app install's endpoints are pointed at this device for a while, and
//! given back.
//!
//! What stood there is in the journal before anything is changed, and stays there until it is
//! given back; a kill at any moment is therefore made good at the next start. Each change is
//! about the revision that was read and no other (`If-Match`), and whether an entry is ours is
//! read off the record, so nothing is written over that somebody else has changed.

mod error;
mod note;
mod state;
mod task;

use serde_json::Value;

pub use self::{
    error::Error,
    note::is_noted,
    state::{BorrowState, Ended},
    task::{Borrower, Options},
};
use crate::{
    client::{Admin, AdminError, Install},
    domain::{
        app_install::{self, EventType, Lease, Ours},
        ids::ClientId,
    },
    engine::borrow::note::Note,
    rt::clock,
    store::{self, Journal},
};

/// How often a change is decided anew when others keep changing the same record.
const TRIES: usize = 5;

/// One app install that can be borrowed by this device.
#[derive(Debug, Clone)]
pub struct Borrow {
    admin: Admin,
    journal: Journal,
    client: ClientId,
    device: String,
    name: String,
}

/// How the endpoints stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pointed {
    /// They are ours.
    Ours {
        /// Seconds since 1970 at which the lease ends.
        until: i64,
        /// Event types that somebody else has pointed elsewhere.
        lost: Vec<EventType>,
        /// Whose lease stands there, if it is somebody's.
        by: Option<Lease>,
    },
    /// They were at this address already, by somebody else's doing: nothing to change, and
    /// nothing to give back.
    Shared,
}

/// What was given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenBack {
    /// Nothing is borrowed.
    Nothing,
    /// Everything but what somebody else has changed.
    Done {
        /// Event types that are as they were before.
        given_back: Vec<EventType>,
        /// Event types that stay as somebody else has made them.
        left_alone: Vec<EventType>,
    },
    /// The app install itself is gone.
    Gone,
}

/// What is to be done about a record that was read.
enum Step<T> {
    Leave(T),
    /// This is noted, then the record written.
    Write {
        note: Box<Note>,
        record: Value,
        then: T,
    },
}

impl Borrow {
    /// Borrows in the name of the journal's device; `name` tells colleagues who that is.
    pub async fn new(
        admin: Admin,
        journal: Journal,
        client: ClientId,
        name: &str,
    ) -> Result<Self, store::Error> {
        let device = journal.device().await?;
        Ok(Self {
            admin,
            journal,
            client,
            device,
            name: name.to_owned(),
        })
    }

    /// Points all event types at an address; what is there now is to be given back.
    ///
    /// What an earlier run has left pointed counts as ours and not as what was there. With
    /// `take_over` the lease of somebody else does not matter.
    pub async fn point(&self, url: &str, take_over: bool) -> Result<Pointed, Error> {
        self.change(|install, note| self.decide(install, note, url, take_over))
            .await
    }

    fn decide(
        &self,
        install: &Install,
        note: Option<Note>,
        url: &str,
        take_over: bool,
    ) -> Result<Step<Pointed>, Error> {
        let record = &install.record;
        let now = now();
        if note.is_none() && app_install::all_at(record, url) {
            return Ok(Step::Leave(Pointed::Shared));
        }
        if !take_over && let Some(lease) = app_install::foreign_lease(record, &self.device, now) {
            return Err(Error::Held { lease });
        }
        let mut note = match note {
            None => Note::new(app_install::saved(record), self.ours()),
            Some(mut note) => {
                let before = app_install::restored(record, &note.saved, &note.ours)?;
                note.saved = app_install::saved(&before.record);
                note
            }
        };
        let lease = self.lease(record, now);
        let pointed = app_install::pointed(record, url, &lease)?;
        let then = Pointed::Ours {
            until: lease.until,
            lost: Vec::new(),
            by: None,
        };
        // Written all the same when a change of ours may still be on its way: this one stops it.
        let is_there = pointed == *record && !note.may_be_on_its_way(install) && !note.left;
        if is_there {
            return Ok(Step::Leave(then));
        }
        note.add(url, install);
        Ok(Step::Write {
            note: Box::new(note),
            record: pointed,
            then,
        })
    }

    /// Has what is still ours go to an address, which may be another one by now, under a lease
    /// that is renewed when it is time. What somebody else has pointed elsewhere stays there.
    pub async fn follow(&self, url: &str) -> Result<Pointed, Error> {
        self.change(|install, note| {
            let record = &install.record;
            let Some(mut note) = note else {
                return Ok(Step::Leave(Pointed::Ours {
                    until: 0,
                    lost: EventType::ALL.to_vec(),
                    by: app_install::foreign_lease(record, &self.device, now()),
                }));
            };
            let lease = self.lease(record, now());
            let (moved, lost) = app_install::repointed(record, &note.ours, url, &lease)?;
            let by = app_install::foreign_lease(record, &self.device, now());
            let then = Pointed::Ours {
                until: lease.until,
                by: by.filter(|_| !lost.is_empty()),
                lost,
            };
            if moved == *record {
                return Ok(Step::Leave(then));
            }
            note.add(url, install);
            Ok(Step::Write {
                note: Box::new(note),
                record: moved,
                then,
            })
        })
        .await
    }

    /// Whether everything goes to an address.
    pub async fn is_at(&self, url: &str) -> Result<bool, Error> {
        let install = self.admin.install(&self.client).await?;
        Ok(app_install::all_at(&install.record, url))
    }

    /// Gives back what is borrowed; asks nobody when nothing is.
    pub async fn restore(&self) -> Result<GivenBack, Error> {
        if self.note().await?.is_none() {
            return Ok(GivenBack::Nothing);
        }
        let done = self.change(|install, note| {
            let Some(mut note) = note else {
                return Ok(Step::Leave(GivenBack::Nothing));
            };
            let back = app_install::restored(&install.record, &note.saved, &note.ours)?;
            let then = GivenBack::Done {
                given_back: back.given_back,
                left_alone: back.left_alone,
            };
            // With nothing to change the record is written as it is when a change of ours may
            // still be on its way: its revision is then a past one, and it is refused.
            if back.record == install.record && !note.may_be_on_its_way(install) {
                return Ok(Step::Leave(then));
            }
            note.is_about(install);
            Ok(Step::Write {
                note: Box::new(note),
                record: back.record,
                then,
            })
        });
        let done = match done.await {
            Err(Error::Admin(AdminError::Missing { .. })) => GivenBack::Gone,
            done => done?,
        };
        self.forget().await?;
        Ok(done)
    }

    /// Ends the agent's session.
    pub async fn logout(&self) {
        self.admin.logout().await;
    }

    /// Reads, decides, notes and writes, and all of it again when somebody else was faster or
    /// nobody knows what became of the write.
    async fn change<T>(
        &self,
        decide: impl Fn(&Install, Option<Note>) -> Result<Step<T>, Error>,
    ) -> Result<T, Error> {
        let mut last = Error::Admin(AdminError::Changed);
        for _ in 0..TRIES {
            let install = self.admin.install(&self.client).await?;
            let (note, record, then) = match decide(&install, self.note().await?)? {
                Step::Leave(done) => return Ok(done),
                Step::Write { note, record, then } => (note, record, then),
            };
            self.save(&note).await?;
            let changed = Install {
                record,
                revision: install.revision,
            };
            match self.admin.put(&self.client, &changed).await {
                Ok(()) => return Ok(then),
                Err(error) if error == AdminError::Changed || error.is_uncertain() => {
                    last = Error::Admin(error);
                }
                Err(error) => return Err(error.into()),
            }
        }
        match last {
            Error::Admin(AdminError::Changed) => Err(Error::Contended),
            last => Err(last),
        }
    }

    fn ours(&self) -> Ours {
        Ours {
            device: self.device.clone(),
            urls: Vec::new(),
        }
    }

    /// Our lease as it stands, or a new one when that is not there or not good for long.
    fn lease(&self, record: &Value, now: i64) -> Lease {
        let standing = app_install::lease_of(record, &self.device);
        let fresh = Lease::new(&self.device, &self.name, now + Lease::LENGTH);
        match standing {
            Some(lease) if lease.holds(now + Lease::RENEWAL) && lease.until <= fresh.until => lease,
            _ => fresh,
        }
    }
}

fn now() -> i64 {
    clock::unix_millis() / 1000
}
