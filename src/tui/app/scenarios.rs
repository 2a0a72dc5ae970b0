//! The scenario that is played as the loop holds it: beginning one, what it tells, what it is told.
//! Nothing here waits for it.

use std::future::pending;

use crate::{
    domain::notice::{Notice, Severity},
    tui::{
        app::model::Model,
        chat::scenario::{
            ScenarioChannels, ScenarioNews, ScenarioOrder, ScenarioStart, StartScenario,
        },
    },
};

/// What plays scenarios, and the one that is played.
pub(crate) struct Scenarios {
    start: Option<StartScenario>,
    channels: Option<ScenarioChannels>,
}

impl Scenarios {
    /// None is played yet; `start` is how one begins.
    pub(crate) fn new(start: Option<StartScenario>) -> Self {
        Self {
            start,
            channels: None,
        }
    }

    /// The next thing that happens in the scenario. Cancel safe.
    pub(crate) async fn news(&mut self) -> ScenarioNews {
        let Some(channels) = &mut self.channels else {
            return pending().await;
        };
        let news = channels.news.recv().await;
        let news = news.unwrap_or_else(|| ScenarioNews::Over(vec![broken()]));
        if let ScenarioNews::Over(_) = news {
            self.channels = None;
        }
        news
    }

    /// Begins what is to begin, and passes on what the person wants; whether there was something:
    /// then the row that tells of the scenario is another one.
    pub(super) fn pass_on(&mut self, model: &mut Model) -> bool {
        let orders = std::mem::take(&mut model.errands.orders);
        let has_orders = !orders.is_empty();
        if self.send(model.errands.scenario.take(), orders) {
            let title = "the scenario does not take that right now";
            model.tell(Severity::Warning, title, "", "try again in a moment");
        }
        has_orders
    }

    /// Begins what is to begin and passes orders on; whether one of them was lost.
    pub(crate) fn send(
        &mut self,
        start: Option<ScenarioStart>,
        orders: Vec<ScenarioOrder>,
    ) -> bool {
        if let (Some(start), Some(begin)) = (start, &self.start) {
            self.channels = Some(begin(start));
        }
        let Some(channels) = &self.channels else {
            return false;
        };
        let sent = orders
            .into_iter()
            .map(|order| channels.orders.try_send(order));
        // None is left out for one that was lost.
        sent.filter(Result::is_err).count() > 0
    }
}

fn broken() -> Notice {
    Notice {
        severity: Severity::Error,
        title: "the scenario broke off".to_owned(),
        detail: "those who play it have ended by themselves".to_owned(),
        hint: "look into handset.log".to_owned(),
        ..Notice::default()
    }
}
