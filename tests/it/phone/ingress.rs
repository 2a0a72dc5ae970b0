//! What a phone with a profile says about its secret and about what its listener refused.

use std::{fs, net::SocketAddr};

use super::CTRL_Q;
use crate::support::{house::House, http::once, pty::Terminal};

const SECRET: &str = "ACME_SECRET";

/// A phone whose secret is in a variable, with something behind it; and where it listens.
fn phone(house: &House, behind: &str) -> (Terminal, SocketAddr) {
    let settings = house.settings();
    let file = settings.join("config.toml");
    let text = fs::read_to_string(&file).unwrap();
    let variable = format!("secret = {{ env = \"{SECRET}\" }}");
    fs::write(
        &file,
        text.replace("secret = { file = \"secret\" }", &variable),
    )
    .unwrap();
    let (_, bind) = text.split_once("bind = \"").unwrap();
    let bind = bind.split('"').next().unwrap().parse().unwrap();
    let secret = format!("{}{behind}", house.word("client_secret"));
    let variables = [
        ("HANDSET_CONFIG_DIR", settings.to_str().unwrap()),
        (SECRET, secret.as_str()),
    ];
    let phone = Terminal::handset_with(170, 120, &house.data(), &[], &variables);
    (phone, bind)
}

#[test]
fn a_blank_behind_the_secret_is_told() {
    let house = House::build(&["--agent", "none"], true, "");
    for (behind, is_told) in [(" ", true), ("", false)] {
        let (mut phone, _) = phone(&house, behind);
        if is_told {
            phone.wait("the notice", |screen| {
                let parts = ["the client_secret was cut", SECRET];
                parts.iter().all(|part| screen.contains(part))
            });
        }
        // It is good all the same. By then the notice may be gone.
        let screen = phone.wait_text("● token");
        assert!(is_told || !screen.contains("was cut"), "{screen}");
        phone.press(CTRL_Q);
        assert!(phone.ended().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_tab_counts_what_the_listener_refused() {
    let house = House::build(&["--agent", "none"], true, "");
    let (mut phone, bind) = phone(&house, "");
    phone.wait_text("● listener");
    // The wire alone, so that its rows are long.
    phone.press("\u{1b}[23~\u{1b}[23~\t2");
    // The screen is so high that all of the tab is on it.
    let screen = phone.wait_text("0 webhooks");
    assert!(!screen.contains("turned away"), "{screen}");
    let long = format!("POST / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(200_000));
    let hello = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3];
    for (what, status) in [
        (long.as_bytes(), 431),
        (&hello[..], 400),
        (b"\0\x01garbage\r\n\r\n", 400),
        (b"\0\x01garbage\r\n\r\n", 400),
    ] {
        assert_eq!(once(bind, what).await.unwrap().status, status);
    }
    phone.wait("what was refused", |screen| {
        // The row goes on over several lines.
        let parts = [
            "turned away",
            "1 × ",
            "with 431; 2",
            "no HTTP request with 400; 1",
        ];
        let speaks = "which this port does not speak";
        parts.iter().all(|part| screen.contains(part)) && screen.contains(speaks)
    });
    phone.press(CTRL_Q);
    assert!(phone.ended().success());
}
