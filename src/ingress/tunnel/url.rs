//! The plainest tunnel: a public address one has already, which leads to the listener.

use std::future;

use url::Url;

use crate::{
    domain::near::is_near,
    ingress::tunnel::{Boxed, Local, OpenTunnel, Outage, Tunnel},
};

/// An address of one's own. There is nothing to open and nothing to hold.
#[derive(Debug)]
pub(super) struct OwnAddress {
    base: Url,
}

impl OwnAddress {
    pub(super) fn new(base: Url) -> Self {
        Self { base }
    }
}

impl Tunnel for OwnAddress {
    fn kind(&self) -> &'static str {
        "url"
    }

    fn open<'a>(&'a mut self, local: &'a Local) -> Boxed<'a, Result<OpenTunnel, Outage>> {
        Box::pin(future::ready(public(&self.base, local).map(|public| {
            OpenTunnel {
                public,
                ended: Box::pin(future::pending()),
                held: Box::new(()),
            }
        })))
    }
}

/// The whole public address of the listener: the base, whatever path it has, then the path.
pub(super) fn public(base: &Url, local: &Local) -> Result<Url, Outage> {
    let refuse = |why: &str, hint: &str| {
        Outage::lasting(
            format!("cannot use {} as the public address: {why}", shown(base)),
            hint,
        )
    };
    let safe = base.scheme() == "https" || (base.scheme() == "http" && is_near(base));
    if !safe {
        let hint = "give an address that begins with https://";
        return Err(refuse("webhooks must not cross the net in the clear", hint));
    }
    if !base.username().is_empty() || base.password().is_some() {
        let hint = "give the address without what stands before the @";
        return Err(refuse("the cloud logs in nowhere", hint));
    }
    let mut whole = base.clone();
    whole.set_query(None);
    whole.set_fragment(None);
    whole.set_path(&format!(
        "{}{}",
        base.path().trim_end_matches('/'),
        local.path
    ));
    Ok(whole)
}

/// An address for people: without its path, which nobody must be able to guess, and without
/// whatever stands before the host.
pub(super) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

#[cfg(test)]
mod tests {
    use crate::ingress::tunnel::{Local, url::*};

    fn at(base: &str) -> Result<String, String> {
        let local = Local {
            address: "127.0.0.1:8080".parse().unwrap(),
            path: "/hook/abc".to_owned(),
        };
        match public(&base.parse().unwrap(), &local) {
            Ok(url) => Ok(url.to_string()),
            Err(fault) => {
                assert!(fault.lasting);
                Err(fault.to_string())
            }
        }
    }

    #[test]
    fn the_path_of_the_listener_follows_that_of_the_address() {
        for (base, whole) in [
            (
                "https://hooks.shop.test",
                "https://hooks.shop.test/hook/abc",
            ),
            (
                "https://shop.test/dev/ada/",
                "https://shop.test/dev/ada/hook/abc",
            ),
            (
                "https://shop.test:8443/?x=1#y",
                "https://shop.test:8443/hook/abc",
            ),
            ("http://127.0.0.1:9", "http://127.0.0.1:9/hook/abc"),
            ("http://[::1]:9", "http://[::1]:9/hook/abc"),
        ] {
            assert_eq!(at(base).as_deref(), Ok(whole));
        }
    }

    #[test]
    fn what_is_not_safe_is_refused_without_a_word_of_its_secrets() {
        for base in ["http://shop.test", "ftp://shop.test", "http://10.0.0.1"] {
            assert!(at(base).unwrap_err().contains("https://"), "{base}");
        }
        let told = at("https://ada:pa55@shop.test/s3cret").unwrap_err();
        assert!(!told.contains("pa55") && !told.contains("s3cret"), "{told}");
    }
}
