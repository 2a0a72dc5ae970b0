//! Whether an address stays on this machine: there plain HTTP is taken, and nowhere else.

use url::{Host, Url};

/// Whether the host of an address is this machine by its very name. What has no host is not.
pub fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // The parser of the address made it lower case.
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use crate::domain::near::is_near;

    #[test]
    fn this_machine_is_near_and_nothing_that_only_sounds_like_it() {
        for (address, near) in [
            ("http://127.0.0.1:8443/hook", true),
            ("http://127.8.9.10", true),
            ("http://[::1]:1", true),
            ("ws://LOCALHOST:1", true),
            ("http://cloud.localhost.:1", true),
            ("http://localhost.example.test", false),
            ("http://notlocalhost", false),
            ("http://0.0.0.0", false),
            ("http://10.0.0.1", false),
            ("http://127.0.0.1@example.test", false),
            ("mailto:ada@localhost", false),
        ] {
            assert_eq!(is_near(&Url::parse(address).unwrap()), near, "{address}");
        }
    }
}
