//! Pictures that cards name: fetched over real sockets, asked about, drawn.

mod host;
mod program;
mod screen;

use std::time::Duration;

use handset::{
    client::{PictureFetcher, PictureLimits},
    domain::picture::PictureRefusal,
};

use self::host::{Host, Says, ok, png, redirect};
use crate::support::soon;

async fn why(fetcher: &PictureFetcher, address: &str) -> String {
    let outcome = soon(address, fetcher.fetch(address)).await;
    match outcome.unwrap_err() {
        PictureRefusal::Failed(reason) => reason,
        other => panic!("{address}: {other}"),
    }
}

#[tokio::test]
async fn a_picture_comes_over_redirects_and_nothing_of_the_user_goes_out() {
    let host = Host::start(&[
        ("/a", redirect("/b?x=1")),
        ("/b?x=1", redirect("c")),
        ("/c", ok("image/png", png())),
    ])
    .await;
    let fetcher = host.fetcher(true, PictureLimits::default());
    let picture = soon("a picture", fetcher.fetch(&host.at("/a"))).await;
    assert_eq!(picture.unwrap().0, png());
    let requests = host.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        let names: Vec<String> = request
            .lines()
            .skip(1)
            .filter_map(|line| Some(line.split_once(':')?.0.to_ascii_lowercase()))
            .collect();
        let usual = ["accept", "user-agent", "host"];
        assert!(
            names.iter().all(|name| usual.contains(&name.as_str())),
            "{request}"
        );
    }
}

#[tokio::test]
async fn what_is_too_large_too_slow_or_no_picture_is_refused_with_the_reason() {
    let mut large = png();
    large.resize(5000, 0);
    let host = Host::start(&[
        ("/large", ok("image/png", large)),
        ("/page", ok("text/html; charset=utf-8", png())),
        ("/svg", ok("image/svg+xml", b"<svg/>".to_vec())),
        ("/words", ok("application/octet-stream", b"words".to_vec())),
        ("/broken", Says::Breaks),
        ("/slow", Says::Stalls),
        (
            "/nowhere",
            Says::Bytes("HTTP/1.1 302 Found\r\n".to_owned(), Vec::new()),
        ),
        ("/round", redirect("/round")),
    ])
    .await;
    let limits = PictureLimits {
        bytes: 4800,
        total: crate::support::LIMIT,
        ..PictureLimits::default()
    };
    let fetcher = host.fetcher(false, limits);
    let hasty = host.fetcher(
        false,
        PictureLimits {
            total: Duration::from_millis(1500),
            ..limits
        },
    );
    let reason = why(&hasty, &host.at("/slow")).await;
    assert!(reason.contains("within 1.5s"), "{reason}");
    for (path, words) in [
        ("/large", "larger than 4 kB"),
        ("/page", "sends text/html"),
        ("/svg", "sends image/svg+xml, which cannot be drawn"),
        ("/words", "sends application/octet-stream"),
        ("/broken", "broke off"),
        ("/gone", "404"),
        ("/nowhere", "leads nowhere"),
        ("/round", "more than 3 times"),
    ] {
        let reason = why(&fetcher, &host.at(path)).await;
        assert!(reason.contains(words), "{path}: {reason}");
    }
    assert_eq!(
        host.requests()
            .iter()
            .filter(|one| one.contains("/round"))
            .count(),
        4
    );
}

#[tokio::test]
async fn addresses_of_this_machine_and_its_network_are_never_connected_to() {
    let host = Host::start(&[
        ("/in", redirect("https://10.1.2.3/a.png")),
        ("/metadata", redirect("http://169.254.169.254/latest")),
        ("/mapped", redirect("https://[::ffff:192.168.0.1]/a.png")),
        ("/plain", redirect("http://93.184.215.14/a.png")),
        ("/secret", redirect("https://me:word@93.184.215.14/a.png")),
    ])
    .await;
    let fetcher = host.fetcher(false, PictureLimits::default());
    for (path, words) in [
        ("/in", "10.1.2.3 is not an address of the public internet"),
        ("/metadata", "169.254.169.254 is not"),
        ("/mapped", "is not an address of the public internet"),
        ("/plain", "only https is taken"),
        ("/secret", "holds a name or a password"),
    ] {
        let reason = why(&fetcher, &host.at(path)).await;
        assert!(reason.contains(words), "{path}: {reason}");
    }
    // Without a sandbox this machine is one of them.
    let outsider = host.outsider();
    let before = host.requests().len();
    for (address, words) in [
        (
            format!("https://{}/a", host.address),
            "127.0.0.1 is this machine",
        ),
        (
            "https://2130706433/a".to_owned(),
            "127.0.0.1 is this machine",
        ),
        ("https://0/a".to_owned(), "0.0.0.0 is not"),
        (
            format!("https://[::1]:{}/a", host.address.port()),
            "is this machine",
        ),
        (host.at("/in"), "localhost is this machine"),
        ("data:image/png;base64,AA==".to_owned(), "no host"),
        ("file:///etc/passwd".to_owned(), "no host"),
        ("nothing".to_owned(), "no address of the web"),
    ] {
        let reason = why(&outsider, &address).await;
        assert!(reason.contains(words), "{address}: {reason}");
    }
    assert_eq!(host.requests().len(), before);
}

#[tokio::test]
async fn each_host_needs_its_own_yes_also_behind_a_redirect() {
    let elsewhere = "https://pictures.invalid/a.png";
    let host = Host::start(&[("/a", redirect(elsewhere))]).await;
    let fetcher = host.fetcher(true, PictureLimits::default());
    let undecided = PictureRefusal::Undecided("pictures.invalid".to_owned());
    for address in [elsewhere.to_owned(), host.at("/a")] {
        let outcome = soon("a word", fetcher.fetch(&address)).await;
        assert_eq!(outcome, Err(undecided.clone()));
    }
    fetcher.decide("pictures.invalid", false);
    let outcome = soon("a word", fetcher.fetch(&host.at("/a"))).await;
    assert_eq!(
        outcome,
        Err(PictureRefusal::Unwanted("pictures.invalid".to_owned()))
    );
    fetcher.decide("pictures.invalid", true);
    let reason = why(&fetcher, elsewhere).await;
    assert!(reason.contains("pictures.invalid"), "{reason}");
}

#[tokio::test]
async fn few_are_fetched_at_once_few_wait_and_the_rest_is_refused() {
    let host = Host::start(&[("/a", Says::WhenTold)]).await;
    let limits = PictureLimits {
        at_once: 2,
        waiting: 3,
        total: crate::support::LIMIT,
        ..PictureLimits::default()
    };
    let fetcher = host.fetcher(false, limits);
    let begun: Vec<_> = (0..5)
        .map(|_| {
            let (fetcher, address) = (fetcher.clone(), host.at("/a"));
            tokio::spawn(async move { fetcher.fetch(&address).await })
        })
        .collect();
    let mut at_work = host.at_work.clone();
    soon("two at work", at_work.wait_for(|many| *many == 2))
        .await
        .unwrap();
    // The five have their places by now: those at work began last or first, and nothing else ran.
    let reason = why(&fetcher, &host.at("/a")).await;
    assert!(reason.contains("3 other pictures wait"), "{reason}");
    assert_eq!(*at_work.borrow(), 2);
    host.go_on();
    for one in begun {
        assert!(soon("a picture", one).await.unwrap().is_ok());
    }
    assert_eq!(host.requests().len(), 5);
}
