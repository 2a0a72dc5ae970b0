//! What can be asked of the thread that writes.

use tokio::sync::oneshot;

use crate::{
    domain::{
        ids::AccountId,
        relay::{Claim, Role},
    },
    relay::backend::{Appended, Change, Cursor, Device, Error, Event, Identity, Issued, Known},
};

/// Who waits for a job.
type Done<T> = oneshot::Sender<Result<T, Error>>;

/// Something for the writer to do.
pub(super) enum Job {
    Append(Box<Event>, Done<Appended>),
    Claim {
        account: AccountId,
        claim: Claim,
        device: Device,
        presumed: bool,
        done: Done<Device>,
    },
    Release {
        account: AccountId,
        claim: Claim,
        device: Device,
        done: Done<()>,
    },
    /// How many events a tester has lost, some of which it knows of.
    Lost {
        account: AccountId,
        tester: String,
        noted: u64,
        done: Done<u64>,
    },
    Meet {
        account: AccountId,
        device: Device,
        role: Role,
        done: Done<Known>,
    },
    Advance {
        account: AccountId,
        device: String,
        cursors: Vec<Cursor>,
        done: Done<()>,
    },
    Ticket(Issued, Done<()>),
    Identity(Done<Identity>),
    Probe(Done<()>),
    /// Tell a change that is not kept.
    Tell(Change, Done<()>),
    /// Look for what other programs wrote, and from time to time drop what is too old.
    Look {
        sweep: bool,
    },
    /// End, after everything that was asked before.
    Close(oneshot::Sender<()>),
}

/// Answers after a refused commit.
pub(super) fn refuse(jobs: impl IntoIterator<Item = Job>, cause: &Error) {
    for job in jobs {
        // Whoever asked may have stopped waiting.
        match job {
            Job::Append(_, done) => drop(done.send(Err(cause.clone()))),
            Job::Claim { done, .. } => drop(done.send(Err(cause.clone()))),
            Job::Meet { done, .. } => drop(done.send(Err(cause.clone()))),
            Job::Identity(done) => drop(done.send(Err(cause.clone()))),
            Job::Lost { done, .. } => drop(done.send(Err(cause.clone()))),
            Job::Advance { done, .. }
            | Job::Release { done, .. }
            | Job::Ticket(_, done)
            | Job::Probe(done)
            | Job::Tell(_, done) => drop(done.send(Err(cause.clone()))),
            Job::Look { .. } | Job::Close(_) => {}
        }
    }
}
