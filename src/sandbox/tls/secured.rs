//! TLS of a sandbox at its start: the authority, what the port speaks, whom webhooks trust.

use std::{net::SocketAddr, sync::Arc};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::{
    domain::time::Timestamp,
    rt::{clock::unix_millis, serve::Speech, tls::Trust},
    sandbox::tls::{
        Tls,
        authority::{Authority, Error, StoredAuthority},
    },
};

/// What a sandbox needs for TLS; next to nothing without it.
#[derive(Debug)]
pub(in crate::sandbox) struct Secured {
    /// Vouches for the certificate; to be kept.
    pub(in crate::sandbox) authority: Option<Authority>,
    /// What the port speaks.
    pub(in crate::sandbox) speech: Speech,
    /// Whom https endpoints may be vouched for by, in DER.
    pub(in crate::sandbox) trusted: Vec<Vec<u8>>,
}

impl Secured {
    /// With the authority of an earlier run, or a new one if there is to be TLS.
    pub(in crate::sandbox) fn new(
        tls: Option<&Tls>,
        trust: &Trust,
        known: Option<StoredAuthority>,
        address: SocketAddr,
    ) -> Result<Self, Error> {
        let trusted = trust.extra();
        let mut trusted: Vec<Vec<u8>> = trusted.map(<[u8]>::to_vec).collect();
        let Some(tls) = tls else {
            return Ok(Self {
                authority: None,
                speech: Speech::Plain,
                trusted,
            });
        };
        let authority = match known {
            Some(kept) => Authority::from_kept(kept),
            None => Authority::make(Timestamp(unix_millis()))?,
        };
        let own = CertificateDer::from_pem_slice(authority.certificate().as_bytes())?;
        trusted.push(own.to_vec());
        Ok(Self {
            speech: Speech::Either(certificate(&authority, tls, address)?),
            authority: Some(authority),
            trusted,
        })
    }
}

/// What is shown to who comes over TLS, made anew at each start.
fn certificate(
    authority: &Authority,
    tls: &Tls,
    address: SocketAddr,
) -> Result<Arc<ServerConfig>, Error> {
    let own = Some(address.ip()).filter(|ip| !ip.is_unspecified());
    let now = Timestamp(unix_millis());
    authority
        .issue(now, own.as_slice(), &tls.names)
        .and_then(|issued| issued.server())
}
