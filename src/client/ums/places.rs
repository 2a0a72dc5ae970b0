//! Where the services live: asked once, and again after one could not be reached.

use std::collections::HashMap;

use url::Url;

use crate::{
    client::{
        connector::domains,
        ums::http::{Call, Http},
    },
    domain::{ids::AccountId, retry::Problem, wire::directory},
    rt::web::Reach,
};

/// A service by its names in the directory, the better one first.
pub(super) type Service = &'static [&'static str];

pub(super) const LOGIN: Service = &["agentVep"];
/// The agent's socket; newer clients take the former name.
pub(super) const SOCKET: Service = &["facadeMsg", "asyncMessagingEnt"];
pub(super) const CONFIGURATION: Service = &["accountConfigReadOnly", "accountConfigReadWrite"];

/// The directory as far as it was asked. Clones share nothing.
#[derive(Debug, Clone)]
pub(super) struct Places {
    csds: Url,
    account: AccountId,
    reach: Reach,
    known: HashMap<&'static str, Url>,
}

impl Places {
    pub(super) fn new(csds: Url, account: AccountId, reach: Reach) -> Self {
        Self {
            csds,
            account,
            reach,
            known: HashMap::new(),
        }
    }

    /// Nothing is known any more: something could not be reached where it should be.
    pub(super) fn forget(&mut self) {
        self.known.clear();
    }

    /// The address of a service.
    pub(super) async fn of(&mut self, http: &Http, service: Service) -> Result<Url, Problem> {
        if let Some(url) = service.iter().find_map(|name| self.known.get(name)) {
            return Ok(url.clone());
        }
        let mut problem = None;
        for name in service {
            let one = directory::lookup(&self.csds, &self.account, Some(name));
            match http.perform(Call::get(one)).await {
                Ok(good) => return self.read(name, &good.body),
                Err(Problem::Refused { fault }) if fault.status == 404 => {}
                Err(other) => problem = Some(other),
            }
            if problem.is_some() {
                break;
            }
        }
        if let Some(problem) = problem {
            return Err(problem);
        }
        // Some hosts have the whole directory only.
        let all = directory::lookup(&self.csds, &self.account, None);
        let good = http.perform(Call::get(all)).await?;
        for name in service {
            if let Ok(url) = self.read(name, &good.body) {
                return Ok(url);
            }
        }
        let named = service.first().copied().unwrap_or_default();
        let why = format!("the domains of this account have no {named}");
        Err(Problem::refused(&why))
    }

    fn read(&mut self, name: &'static str, body: &[u8]) -> Result<Url, Problem> {
        let url = domains::read(body, name, self.reach)?;
        self.known.insert(name, url.clone());
        Ok(url)
    }
}
