//! `handset app point` and `handset app restore`: webhooks borrowed by hand, and given back.

use anyhow::Context as _;
use serde_json::{Value, json};
use url::Url;

use crate::{
    cli::{
        commands::app::{
            AppAnswer,
            login::{Access, OneInstall},
        },
        ingress::own_name,
        inputs,
    },
    domain::{
        app_install::{EventType, origin},
        ids::ClientId,
    },
    engine::borrow::{Borrow, Ended, GivenBack, Pointed},
    store::Journal,
};

/// Point all five kinds of webhook at an address; what is there now is kept for `app restore`.
#[derive(Debug, clap::Args)]
pub(super) struct Point {
    #[command(flatten)]
    pub(super) of: OneInstall,

    /// The address.
    #[arg(long, value_name = "URL", value_parser = inputs::url)]
    to: Url,

    /// Do it although a colleague has borrowed it.
    #[arg(long)]
    take_over: bool,
}

/// An app install with the journal that knows what it was.
struct Work {
    client: ClientId,
    borrow: Borrow,
    access: Access,
    journal: Journal,
}

impl Work {
    async fn begin(of: &OneInstall) -> anyhow::Result<Self> {
        let (resolved, client) = of.resolve()?;
        let journal = of.common.journal(&resolved).await?;
        let access = of.common.connect(&resolved, Some(&journal)).await?;
        let admin = access.admin.clone();
        let borrow = Borrow::new(admin, journal.clone(), client.clone(), &own_name()).await?;
        Ok(Self {
            client,
            borrow,
            access,
            journal,
        })
    }

    async fn end(self) -> ClientId {
        drop(self.borrow);
        self.access.end().await;
        self.journal.close().await;
        self.client
    }
}

fn keys(events: &[EventType]) -> Value {
    events.iter().map(|event| event.key()).collect()
}

impl Point {
    pub(super) async fn run(&self) -> anyhow::Result<AppAnswer> {
        let work = Work::begin(&self.of).await?;
        let pointed = work.borrow.point(self.to.as_str(), self.take_over).await;
        let client = work.end().await;
        let at = origin(self.to.as_str());
        let said = match pointed.context("the webhooks are not pointed")? {
            Pointed::Ours { until, .. } => AppAnswer {
                text: format!(
                    "all five kinds of webhook of {client} go to {at}; `handset app restore` puts \
                     back what was there"
                ),
                json: json!({ "client_id": client, "pointed": true, "until": until }),
            },
            Pointed::Shared => AppAnswer {
                text: format!("all five kinds of webhook of {client} went to {at} already"),
                json: json!({ "client_id": client, "pointed": false }),
            },
        };
        Ok(said)
    }
}

/// Gives back what was borrowed.
pub(super) async fn restore(of: &OneInstall) -> anyhow::Result<AppAnswer> {
    let work = Work::begin(of).await?;
    let back = work.borrow.restore().await;
    let client = work.end().await;
    let back = back.context("the webhooks are not given back")?;
    let (given_back, left_alone) = match &back {
        GivenBack::Done {
            given_back,
            left_alone,
        } => (keys(given_back), keys(left_alone)),
        GivenBack::Nothing | GivenBack::Gone => (json!([]), json!([])),
    };
    let restored = matches!(back, GivenBack::Done { .. });
    let text = match back {
        GivenBack::Nothing => Ended::Nothing,
        GivenBack::Gone => Ended::Gone,
        GivenBack::Done { left_alone, .. } => Ended::Restored { left_alone },
    };
    Ok(AppAnswer {
        text: text.to_string(),
        json: json!({
            "client_id": client,
            "restored": restored,
            "given_back": given_back,
            "left_alone": left_alone,
        }),
    })
}
