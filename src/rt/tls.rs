//! TLS, alike everywhere: version 1.2 or later, the platform's roots and those a profile adds,
//! no key log.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    ClientConfig, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read the {what} {}: {cause}; name a readable file in PEM", path.display())]
    Unreadable {
        /// `certificate` or `key`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        cause: io::Error,
    },
    /// A file is not what it should be.
    #[error("there is no {what} in PEM in {}; name the file that has it", path.display())]
    Empty {
        /// `certificate` or `key`.
        what: &'static str,
        /// Which file.
        path: PathBuf,
    },
    /// Certificate and key do not make a server.
    #[error("cannot serve TLS with this certificate and key: {0}")]
    Server(rustls::Error),
    /// Nothing can be trusted.
    #[error("cannot load the certificates this machine trusts: {0}; install ca-certificates")]
    Roots(rustls::Error),
}

/// Whom to believe besides the platform's own roots.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    extra: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// The platform's roots and the certificates in a file.
    pub fn with_file(path: &Path) -> Result<Self, Error> {
        let extra = certificates(path)?;
        Ok(Self { extra })
    }

    /// The certificates that were added, in DER.
    pub fn extra(&self) -> impl Iterator<Item = &[u8]> {
        self.extra.iter().map(AsRef::as_ref)
    }

    /// For a client's end.
    pub fn client(&self) -> Result<Arc<ClientConfig>, Error> {
        let verifier = Verifier::new_with_extra_roots(self.extra.iter().cloned(), provider());
        let verifier = verifier.map_err(Error::Roots)?;
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(Error::Roots)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Arc::new(config))
    }
}

/// For a server's end, from a certificate chain and its key in two files.
pub fn server_from_files(cert: &Path, key: &Path) -> Result<Arc<ServerConfig>, Error> {
    let chain = certificates(cert)?;
    let pem = read("key", key)?;
    let parsed = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| Error::Empty {
        what: "key",
        path: key.to_owned(),
    })?;
    server(chain, parsed)
}

/// For a server's end, from a certificate chain and its key.
pub fn server(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, Error> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(Error::Server)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(Error::Server)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The certificates in a file, of which there is at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let pem = read("certificate", path)?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(Error::Empty {
            what: "certificate",
            path: path.to_owned(),
        }),
    }
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, Error> {
    let mut pem = std::fs::read(path).map_err(|cause| Error::Unreadable {
        what,
        path: path.to_owned(),
        cause,
    })?;
    // The mark that some editors put at the begin of a text.
    if pem.starts_with(b"\xef\xbb\xbf") {
        pem.drain(..3);
    }
    Ok(pem)
}
