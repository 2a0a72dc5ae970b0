//! The sandbox's own certificate authority: no other would vouch for a name on loopback.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::sync::Arc;

use crate::{
    domain::{secret::Secret, time::Timestamp},
    rt::tls,
};

/// The authority's name, the same for ever: a kept authority signs under it again.
const NAME: &str = "handset sandbox CA";
/// Years an authority is good for.
const YEARS: i64 = 10;
/// Days a certificate is good for; some systems refuse more.
const DAYS: i64 = 397;
/// The names every certificate has. Some clients ignore the wildcard.
const NAMES: [&str; 2] = ["localhost", "*.localhost"];

/// No certificate can be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The names are not, or the key is not.
    #[error("{0}")]
    Make(#[from] rcgen::Error),
    /// What was made cannot be read again.
    #[error("the certificate cannot be read: {0}")]
    Read(#[from] rustls::pki_types::pem::Error),
    /// It does not serve.
    #[error(transparent)]
    Serve(#[from] tls::Error),
}

/// An authority as it is kept, so that a client that trusted it once need not do so again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAuthority {
    /// Its certificate, in PEM.
    pub certificate: String,
    /// Its key, in PEM.
    pub key: Secret,
}

/// A certificate for a server, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate, in PEM.
    pub certificate: String,
    /// The key, in PEM.
    pub key: Secret,
}

/// Signs certificates.
#[derive(Debug, Clone)]
pub struct Authority {
    kept: StoredAuthority,
}

impl Authority {
    /// A new one.
    pub fn make(now: Timestamp) -> Result<Self, Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = params(now, 366 * YEARS)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, NAME);
        let certificate = params.self_signed(&key)?.pem();
        let key = Secret::new(key.serialize_pem());
        Ok(Self::from_kept(StoredAuthority { certificate, key }))
    }

    /// That of an earlier run.
    pub fn from_kept(kept: StoredAuthority) -> Self {
        Self { kept }
    }

    /// What must be kept of it.
    pub fn kept(&self) -> &StoredAuthority {
        &self.kept
    }

    /// Its certificate, in PEM: what a client has to trust.
    pub fn certificate(&self) -> &str {
        &self.kept.certificate
    }

    /// A certificate for this machine, and for names and addresses besides.
    pub fn issue(
        &self,
        now: Timestamp,
        addresses: &[IpAddr],
        names: &[String],
    ) -> Result<Issued, Error> {
        let signer = KeyPair::from_pem(self.kept.key.reveal())?;
        let mut authority = CertificateParams::default();
        authority.distinguished_name = rcgen::DistinguishedName::new();
        authority.distinguished_name.push(DnType::CommonName, NAME);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = params(now, DAYS)?;
        params.distinguished_name.push(DnType::CommonName, NAMES[0]);
        params.subject_alt_names = subjects(addresses, names)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &Issuer::new(authority, signer))?;
        Ok(Issued {
            certificate: certificate.pem(),
            key: Secret::new(key.serialize_pem()),
        })
    }
}

impl Issued {
    /// For a server's end.
    pub fn server(&self) -> Result<Arc<ServerConfig>, Error> {
        let certificate = CertificateDer::from_pem_slice(self.certificate.as_bytes())?;
        let key = PrivateKeyDer::from_pem_slice(self.key.reveal().as_bytes())?;
        Ok(tls::server(vec![certificate], key)?)
    }
}

/// Whether a certificate can be made out for this name or address.
pub fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let host = text.strip_prefix("*.").unwrap_or(text);
    text.parse::<IpAddr>().is_ok() || (host.len() <= 253 && host.split('.').all(label))
}

/// Good from yesterday on, because clocks differ.
fn params(now: Timestamp, days: i64) -> Result<CertificateParams, rcgen::Error> {
    let date = |offset: i64| {
        let seconds = now.0.div_euclid(1000) + offset * 24 * 60 * 60;
        let at = jiff::Timestamp::from_second(seconds).unwrap_or_default();
        let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let small = |number: i8| u8::try_from(number).unwrap_or(1);
        date_time_ymd(date.year().into(), small(date.month()), small(date.day()))
    };
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = date(-1);
    params.not_after = date(days);
    Ok(params)
}

fn subjects(addresses: &[IpAddr], names: &[String]) -> Result<Vec<rcgen::SanType>, rcgen::Error> {
    let usual = [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];
    let mut all: Vec<String> = NAMES.into_iter().map(str::to_owned).collect();
    let addresses = usual.iter().chain(addresses);
    all.extend(addresses.map(ToString::to_string));
    all.extend(names.iter().cloned());
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|name| seen.insert(name.clone()));
    Ok(CertificateParams::new(all)?.subject_alt_names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_told_from_nonsense() {
        for good in ["relay.shop.test", "*.shop.test", "10.0.0.7", "::1", "a"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a b", "a..b", "-a.test", "https://a.test", "a.test:80"] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_kept_authority_issues_what_serves() {
        let now = Timestamp(1_722_500_000_000);
        let first = Authority::make(now).unwrap();
        let again = Authority::from_kept(first.kept().clone());
        let issued = again.issue(now, &[], &["relay.test".to_owned()]).unwrap();
        assert!(issued.server().is_ok());
        assert_eq!(again.certificate(), first.certificate());
    }
}
