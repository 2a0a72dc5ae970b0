//! Which addresses of hosts a picture may be fetched from: those of the public internet.
//!
//! Whoever writes a card chooses where its pictures lie. An address of this machine or of its
//! network would have handset ask a machine that its writer cannot reach.

use std::{
    env, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

/// The variables of the environment that name the proxy of https.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Whether an address is one of the public internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_benchmark = a == 198 && (b == 18 || b == 19);
    let is_protocol = (a, b, c) == (192, 0, 0);
    let is_old_relay = (a, b, c) == (192, 88, 99);
    // 0.0.0.0/8 means this network, and 240.0.0.0/4 is reserved.
    !(a == 0
        || a >= 240
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || is_shared
        || is_benchmark
        || is_protocol
        || is_old_relay)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let segments = address.segments();
    let [a, b, ..] = segments;
    if segments.starts_with(&[0x64, 0xff9b, 0, 0, 0, 0]) {
        // A network without IPv4 reaches it by these addresses.
        let [.., high, low] = segments;
        return is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    }
    // All the internet has been given so far is 2000::/3, with these exceptions: protocols and
    // tunnels, examples, IPv4 in IPv6, and examples again.
    (0x2000..0x4000).contains(&a)
        && !(a == 0x2001 && b < 0x0200)
        && !(a == 0x2001 && b == 0x0db8)
        && a != 0x2002
        && !(a == 0x3fff && b < 0x1000)
}

/// Looks names up, and gives only those addresses that may be connected to.
#[derive(Debug)]
pub(super) enum Lookup {
    /// Addresses of the public internet, and whatever the proxies are at: the user chose those.
    Public {
        /// The hosts of the proxies.
        proxies: Vec<String>,
    },
    /// Addresses of this machine.
    Near,
}

impl Lookup {
    fn may_connect(&self, name: &str, address: IpAddr) -> bool {
        match self {
            Self::Public { proxies } => {
                is_public(address) || proxies.iter().any(|proxy| proxy == name)
            }
            Self::Near => address.is_loopback(),
        }
    }
}

/// The lookup as the HTTP client takes it.
#[derive(Debug, Clone)]
pub(super) struct GuardedLookup(pub(super) std::sync::Arc<Lookup>);

impl Resolve for GuardedLookup {
    fn resolve(&self, name: Name) -> Resolving {
        let lookup = self.0.clone();
        Box::pin(async move {
            let name = name.as_str().trim_end_matches('.').to_ascii_lowercase();
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let (good, bad): (Vec<SocketAddr>, Vec<SocketAddr>) = found
                .into_iter()
                .partition(|address| lookup.may_connect(&name, address.ip()));
            if let (true, Some(bad)) = (good.is_empty(), bad.first()) {
                return Err(io::Error::other(not_public(&name, bad.ip())).into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

/// Says that a host is not on the public internet.
pub(super) fn not_public(host: &str, address: IpAddr) -> String {
    if host == address.to_string() {
        format!("{host} is not an address of the public internet")
    } else {
        format!("{host} is at {address}, which is not an address of the public internet")
    }
}

/// The hosts of the proxies that the environment names for https.
pub(super) fn proxies() -> Vec<String> {
    let named = PROXY_VARIABLES
        .iter()
        .filter_map(|name| env::var(name).ok());
    named.filter_map(|proxy| proxy_host(&proxy)).collect()
}

fn proxy_host(proxy: &str) -> Option<String> {
    let whole = if proxy.contains("://") {
        proxy.to_owned()
    } else {
        format!("http://{proxy}")
    };
    let url = Url::parse(&whole).ok()?;
    Some(url.host_str()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for (address, expected) in [
            ("93.184.215.14", true),
            ("1.1.1.1", true),
            ("172.32.0.1", true),
            ("100.128.0.1", true),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("10.0.0.1", false),
            ("100.64.0.1", false),
            ("127.0.0.1", false),
            ("127.9.9.9", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("198.19.255.255", false),
            ("198.51.100.7", false),
            ("203.0.113.7", false),
            ("224.0.0.1", false),
            ("239.255.255.255", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001:800::200e", true),
            ("64:ff9b::5db8:d70e", true),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b:1::1", false),
            ("::", false),
            ("::1", false),
            ("::127.0.0.1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:93.184.215.14", true),
            ("100::1", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::", false),
            ("3fff::1", false),
            ("5f00::1", false),
            ("fc00::1", false),
            ("fd12:3456::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), expected, "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_gives_no_address_to_connect_to() {
        let public = |proxies: Vec<String>| GuardedLookup(Lookup::Public { proxies }.into());
        let found = |lookup: GuardedLookup| async move {
            let name: Name = "localhost".parse().unwrap();
            let found = lookup.resolve(name).await;
            found
                .map(Iterator::count)
                .map_err(|error| error.to_string())
        };
        let refused = found(public(Vec::new())).await.unwrap_err();
        assert!(refused.starts_with("localhost is at "), "{refused}");
        // The user chose the proxy, wherever it is.
        assert!(found(public(vec!["localhost".to_owned()])).await.is_ok());
        assert!(found(GuardedLookup(Lookup::Near.into())).await.is_ok());
    }

    #[test]
    fn a_proxy_is_found_however_its_address_is_written() {
        for (proxy, host) in [
            ("http://Proxy.corp:3128", Some("proxy.corp")),
            ("proxy.corp:3128", Some("proxy.corp")),
            ("socks5h://user:word@10.0.0.1:1080", Some("10.0.0.1")),
            ("", None),
        ] {
            assert_eq!(proxy_host(proxy).as_deref(), host, "{proxy}");
        }
    }
}
