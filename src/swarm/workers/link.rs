//! The buckets of a run on NATS: one for the plan, claims and orders, one for what was measured.

use std::time::Duration;

use async_nats::jetstream::kv::{CreateErrorKind, Store};
use bytes::Bytes;
use tokio::time::timeout;

use crate::{
    rt::nats::{
        ANSWER, NatsError, NatsLink, NatsState,
        follow::{Follow, From},
        stream::{bucket, info, stream_of},
        unavailable,
    },
    swarm::workers::records::RunRecord,
};

/// A run and its bucket are forgotten after so long.
const FORGOTTEN: Duration = Duration::from_hours(24);
/// The bucket where a coordinator says that its run waits for workers.
const OPEN_RUNS: &str = "HANDSET_SWARM";
/// The one key in it: the newest run is joined.
const OPEN_RUN: &str = "open";

/// The buckets of one run.
#[derive(Clone)]
pub(super) struct RunLink {
    pub(super) link: NatsLink,
    pub(super) run: String,
    control: Store,
    seconds: Store,
}

impl RunLink {
    /// Opens the buckets of a run, and makes them when they are missing.
    pub(super) async fn open(link: NatsLink, run: &str) -> Result<Self, NatsError> {
        let (control, seconds) = names(run);
        Ok(Self {
            control: bucket(&link, &control, FORGOTTEN).await?,
            seconds: bucket(&link, &seconds, FORGOTTEN).await?,
            run: run.to_owned(),
            link,
        })
    }

    /// Writes a record, over the one that stands under its key.
    pub(super) async fn put(&self, record: &RunRecord) -> Result<(), NatsError> {
        let store = match record {
            RunRecord::Second(_) | RunRecord::Ended(_) => &self.seconds,
            _ => &self.control,
        };
        let what = || format!("write to NATS' bucket {}", store.name);
        let value = json(record, what)?;
        self.link
            .call(what, async {
                let put = store.put(record.key(), value).await;
                put.map_err(|cause| unavailable(what(), cause))
            })
            .await?;
        Ok(())
    }

    /// Claims a slice for a process of a worker; says whether it has it now. Creating the key is
    /// what only one can do, and an answer that was lost is found again by the name in it.
    pub(super) async fn claim(
        &self,
        slice: u64,
        (worker, incarnation): (&str, &str),
    ) -> Result<bool, NatsError> {
        let record = RunRecord::Claimed {
            slice,
            worker: worker.to_owned(),
            incarnation: incarnation.to_owned(),
        };
        let what = || format!("claim slice {slice} in NATS' bucket {}", self.control.name);
        let (key, value) = (record.key(), json(&record, what)?);
        self.link
            .call(what, async {
                match self.control.create(&key, value.clone()).await {
                    Ok(_) => Ok(true),
                    Err(cause) if cause.kind() == CreateErrorKind::AlreadyExists => {
                        let found = self.control.get(key.clone()).await;
                        let found = found.map_err(|cause| unavailable(what(), cause))?;
                        Ok(found.is_some_and(|found| found == value))
                    }
                    Err(cause) => Err(unavailable(what(), cause)),
                }
            })
            .await
    }

    /// Follows plan, claims and orders from their begin on.
    pub(super) fn control(&self) -> Follow {
        let name = stream_of(&self.control.name);
        Follow::new(&self.link, name, From::First)
    }

    /// Follows what was measured from its begin on.
    pub(super) fn seconds(&self) -> Follow {
        let name = stream_of(&self.seconds.name);
        Follow::new(&self.link, name, From::First)
    }

    /// Whether NATS says that the run is not there any more: its report has been written.
    pub(super) async fn is_gone(&self) -> bool {
        let name = stream_of(&self.control.name);
        let looked = timeout(ANSWER, info(&self.link, &name)).await;
        matches!(looked, Ok(Ok(None)))
    }

    /// Whether NATS is there.
    pub(super) fn is_connected(&self) -> bool {
        let NatsState { connected, .. } = *self.link.state().borrow();
        connected
    }

    /// The subject on which the coordinator tells its time.
    pub(super) fn clock(&self) -> String {
        format!("handset.swarm.{}.clock", self.run)
    }

    /// Deletes the buckets: the report has been written.
    pub(super) async fn delete(&self) -> Result<(), NatsError> {
        for store in [&self.control, &self.seconds] {
            let what = || format!("delete NATS' bucket {}", store.name);
            self.link
                .call(what, async {
                    let deleted = self.link.jetstream.delete_stream(stream_of(&store.name));
                    deleted.await.map_err(|cause| unavailable(what(), cause))
                })
                .await?;
        }
        Ok(())
    }
}

/// Says that a run waits for workers, or with an empty id that none does.
pub(super) async fn announce(link: &NatsLink, run: &str) -> Result<(), NatsError> {
    let what = || format!("write to NATS' bucket {OPEN_RUNS}");
    let store = bucket(link, OPEN_RUNS, FORGOTTEN).await?;
    link.call(what, async {
        let put = store.put(OPEN_RUN, Bytes::from(run.to_owned())).await;
        put.map_err(|cause| unavailable(what(), cause))
    })
    .await?;
    Ok(())
}

/// The run that waits for workers, if one does.
pub(super) async fn announced(link: &NatsLink) -> Result<Option<String>, NatsError> {
    let what = || format!("read NATS' bucket {OPEN_RUNS}");
    let store = bucket(link, OPEN_RUNS, FORGOTTEN).await?;
    let found = link
        .call(what, async {
            let found = store.get(OPEN_RUN).await;
            found.map_err(|cause| unavailable(what(), cause))
        })
        .await?;
    let run = found.map(|run| String::from_utf8_lossy(&run).into_owned());
    Ok(run.filter(|run| !run.is_empty()))
}

/// The buckets of a run.
fn names(run: &str) -> (String, String) {
    (format!("SWARM_{run}"), format!("SWARM_{run}_OUT"))
}

fn json(record: &RunRecord, what: impl Fn() -> String) -> Result<Bytes, NatsError> {
    let json = serde_json::to_vec(record).map_err(|cause| unavailable(what(), cause))?;
    Ok(Bytes::from(json))
}
