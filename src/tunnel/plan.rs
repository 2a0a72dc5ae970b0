//! Which tunnel, from plain parameters.

use url::Url;

use crate::{
    rt::shutdown::Shutdown,
    tunnel::{Fault, Tunnel, url::OwnAddress},
};

/// Which tunnel to open, and what it needs to know. A relay is made elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// An address of one's own, whose path is followed by the listener's.
    Url(Url),
}

impl Plan {
    /// The tunnel. Programs started for it are ended with `shutdown`, and do not get to see the
    /// variables of the environment named in `hidden`, nor any that makes keys of TLS leak.
    pub fn tunnel(
        self,
        _hidden: &[String],
        _shutdown: &Shutdown,
    ) -> Result<Box<dyn Tunnel>, Fault> {
        Ok(match self {
            Self::Url(base) => Box::new(OwnAddress::new(base)),
        })
    }
}
