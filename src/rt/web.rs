//! Clients of HTTP services, alike everywhere: no redirects, certificates judged as everywhere,
//! no proxy to this machine.

use std::{error::Error as _, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{Certificate, Client, Response, redirect};

use crate::rt::tls::Trust;

/// How long a connection is kept for the next request. Shorter than the 30 s after which handset's
/// own servers close a silent one, also one that was opened and never used: a request that is sent
/// at that very moment is lost, and whether it arrived is not known.
const IDLE: Duration = Duration::from_secs(20);

/// Where the requests go to, as far as it matters for setting up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This machine only, without TLS: no proxy, no certificates.
    Plain,
    /// This machine only: no proxy.
    Local,
    /// The net, through the proxy of the environment if there is one.
    Wide,
}

/// A client whose requests take no longer than this.
pub fn client(
    reach: Reach,
    connect: Duration,
    total: Duration,
    trust: &Trust,
) -> Result<Client, reqwest::Error> {
    let mut builder = Client::builder()
        .connect_timeout(connect)
        .timeout(total)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .redirect(redirect::Policy::none());
    if reach != Reach::Wide {
        builder = builder.no_proxy();
    }
    if reach == Reach::Plain {
        // A machine without a store of certificates can still reach itself.
        builder = builder.tls_certs_only([]);
    } else {
        let extra: Result<Vec<_>, _> = trust.extra().map(Certificate::from_der).collect();
        builder = builder.tls_certs_merge(extra?);
    }
    builder.build()
}

/// Reads an answer's body up to a limit; `None` when it is longer.
pub async fn read(mut response: Response, limit: usize) -> Result<Option<Bytes>, reqwest::Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body.freeze()))
}

/// The last cause, which is the one that says something.
pub fn innermost(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = cause.to_string();
        source = cause.source();
    }
    plainly(words)
}

/// How the TLS library begins to say that it does not like a certificate.
const UNTRUSTED: &str = "invalid peer certificate: ";

/// A cause in words for people: the TLS library tells faults of certificates by their names in
/// its source, wrapped in each other.
pub fn plainly(words: String) -> String {
    let Some(fault) = words.strip_prefix(UNTRUSTED) else {
        return words;
    };
    let name = fault.rsplit('(').next().unwrap_or(fault);
    let name = name.trim_end_matches(')');
    format!("its certificate is not trusted on this machine ({name})")
}

#[cfg(test)]
mod tests {
    use crate::rt::web::plainly;

    #[test]
    fn a_bad_certificate_is_told_without_the_names_around_its_fault() {
        for (said, name) in [
            ("UnknownIssuer", "(UnknownIssuer)"),
            (
                "Other(OtherError(CaUsedAsEndEntity))",
                "(CaUsedAsEndEntity)",
            ),
        ] {
            let told = plainly(format!("invalid peer certificate: {said}"));
            assert!(
                told.ends_with(&format!("not trusted on this machine {name}")),
                "{told}"
            );
        }
        assert_eq!(
            plainly("Connection refused".to_owned()),
            "Connection refused"
        );
    }
}
