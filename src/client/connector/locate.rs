//! Where the services live, looked up for somebody who wants to see it.

use futures_util::future::join_all;
use url::Url;

use crate::{
    client::{Client, connector::domains::Service},
    domain::retry::Problem,
};

/// A service and what the directory says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Its name in the directory.
    pub service: &'static str,
    /// Where it is.
    pub address: Result<Url, Problem>,
}

/// Whose services are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Those a consumer's phone needs: messaging, both kinds of tokens, files.
    Phone,
    /// Those besides that an agent's login needs.
    PhoneAndLogin,
}

impl Client {
    /// Looks services up as every call does, all at once; what is known already is not asked for
    /// again.
    pub async fn locate(&self, needs: Needs) -> Vec<Located> {
        let mut services = vec![
            Service::Messaging,
            Service::Sentinel,
            Service::Idp,
            Service::Files,
        ];
        if needs == Needs::PhoneAndLogin {
            services.extend([Service::Login, Service::Installs]);
        }
        let lookups = services.into_iter().map(|service| async move {
            let found = self.0.address(service).await;
            Located {
                service: service.name(),
                address: found.map(|held| held.value.base),
            }
        });
        join_all(lookups).await
    }
}
