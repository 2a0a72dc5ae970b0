//! The scenario that is played as the loop holds it: beginning one, what it tells, what it is told.
//! Nothing here waits for it.

use std::future::pending;

use crate::{
    domain::notice::{Notice, Severity},
    tui::{
        app::model::Model,
        chat::scenario::{ScenarioChannels, ScenarioNews, StartScenario},
    },
};

pub(super) struct Scenarios {
    start: Option<StartScenario>,
    channels: Option<ScenarioChannels>,
}

impl Scenarios {
    /// None is played yet; `start` is how one begins.
    pub(super) fn new(start: Option<StartScenario>) -> Self {
        Self {
            start,
            channels: None,
        }
    }

    /// The next thing that happens in the scenario. Cancel safe.
    pub(super) async fn news(&mut self) -> ScenarioNews {
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
        if let Some(start) = model.errands.scenario.take()
            && let Some(begin) = &self.start
        {
            self.channels = Some(begin(start));
        }
        let has_orders = !model.errands.orders.is_empty();
        let mut is_lost = false;
        for order in model.errands.orders.drain(..) {
            if let Some(channels) = &self.channels {
                is_lost |= channels.orders.try_send(order).is_err();
            }
        }
        if is_lost {
            let title = "the scenario does not take that right now";
            model.tell(Severity::Warning, title, "", "try again in a moment");
        }
        has_orders
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
