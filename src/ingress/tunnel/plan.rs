//! Which tunnel, from plain parameters.

use url::Url;

use crate::{
    ingress::tunnel::{
        Fault, Tunnel, cloudflared::Cloudflared, ngrok::Ngrok, ssh::Forwarded, url::OwnAddress,
    },
    rt::shutdown::Shutdown,
};

/// Which tunnel to open, and what it needs to know. A relay is made elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// An address of one's own, whose path is followed by the listener's.
    Url(Url),
    /// A port forwarded by ssh.
    Ssh(Ssh),
    /// A tunnel of cloudflared's.
    Cloudflared {
        /// The program [default: cloudflared].
        program: Option<String>,
        /// A named tunnel and its public address; `None` for a quick one, whose address is new
        /// each time.
        named: Option<(String, Url)>,
    },
    /// A tunnel of ngrok's agent.
    Ngrok {
        /// The program [default: ngrok].
        program: Option<String>,
        /// A reserved domain.
        domain: Option<String>,
    },
}

/// A port at a host one owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ssh {
    /// The host, or `user@host`, or a name of ssh's own configuration.
    pub host: String,
    /// The port of sshd; `None` leaves it to ssh.
    pub port: Option<u16>,
    /// Where to listen there, `[address:]port`; port 0 takes a free one.
    pub listen: String,
    /// The public address that leads there, in which `{port}` stands for the port.
    pub public: String,
    /// The program [default: ssh].
    pub program: Option<String>,
    /// More arguments for it.
    pub options: Vec<String>,
}

impl Plan {
    /// The tunnel. Programs started for it are ended with `shutdown`, and do not get to see the
    /// variables of the environment named in `hidden`, nor any that makes keys of TLS leak.
    pub fn tunnel(self, hidden: &[String], shutdown: &Shutdown) -> Result<Box<dyn Tunnel>, Fault> {
        Ok(match self {
            Self::Url(base) => Box::new(OwnAddress::new(base)),
            Self::Ssh(plan) => Box::new(Forwarded::new(plan, hidden, shutdown)?),
            Self::Cloudflared { program, named } => {
                Box::new(Cloudflared::new(program, named, hidden, shutdown)?)
            }
            Self::Ngrok { program, domain } => {
                Box::new(Ngrok::new(program, domain, hidden, shutdown))
            }
        })
    }
}
