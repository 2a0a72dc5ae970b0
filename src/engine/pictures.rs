//! The pictures of cards: fetching them, and what the user decided on the hosts they lie at.

use std::collections::BTreeMap;

use crate::{
    domain::notice::Severity,
    engine::{
        turn::Engine,
        update::{PictureRefusal, Update},
    },
};

/// Under which key the journal has the hosts.
const HOSTS: &str = "picture_hosts";
/// Hosts that are remembered; past it no more are.
const MOST_HOSTS: usize = 1000;

impl Engine {
    /// Takes up what was decided in earlier runs.
    pub(super) async fn restore_picture_hosts(&mut self) {
        let Some(fetcher) = &self.pictures else {
            return;
        };
        let kept = match self.journal.get(HOSTS).await {
            Ok(kept) => kept.unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, "the hosts of pictures cannot be read");
                return;
            }
        };
        // What another version wrote is decided on again.
        let hosts: BTreeMap<String, bool> = serde_json::from_str(&kept).unwrap_or_default();
        for (host, is_wanted) in &hosts {
            fetcher.decide(host, *is_wanted);
        }
        if !hosts.is_empty() {
            self.update(Update::PictureHosts(hosts)).await;
        }
    }

    pub(super) fn fetch_picture(&self, address: String) {
        match &self.pictures {
            Some(fetcher) => self.performer.picture(fetcher.clone(), address),
            None => self.performer.notify(Update::Picture {
                address,
                picture: Err(PictureRefusal::Failed(
                    "pictures are not fetched".to_owned(),
                )),
            }),
        }
    }

    /// Keeps what the user decided on a host before anything is fetched from it.
    pub(super) async fn decide_host(&mut self, host: String, is_wanted: bool) {
        let Some(fetcher) = self.pictures.clone() else {
            return;
        };
        let mut hosts = fetcher.decided();
        hosts.insert(host.clone(), is_wanted);
        if hosts.len() > MOST_HOSTS {
            let title = "no more hosts of pictures are remembered";
            self.notify(Severity::Warning, title, &host, "").await;
            return;
        }
        let kept = serde_json::to_string(&hosts).unwrap_or_default();
        if let Err(error) = self.journal.put(HOSTS, &kept).await {
            let title = format!("what you decided on {host} holds for this run only");
            self.notify(Severity::Warning, &title, &error.to_string(), "")
                .await;
        }
        fetcher.decide(&host, is_wanted);
        self.update(Update::PictureHosts(hosts)).await;
    }
}
