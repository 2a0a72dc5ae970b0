//! The phone against the real cloud as far as it can be had here: a profile, the
//! sandbox over TLS, a tunnel, and what the user is told and asked of it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::support::{house::House, pty::Terminal};

const CTRL_Q: &str = "\u{11}";
const F5: &str = "\u{1b}[15~";
const ALT_Y: &str = "\u{1b}y";

fn greeted(phone: &Terminal) {
    phone.wait_text("this is Riley");
}

#[test]
fn without_a_login_it_is_said_what_to_enter_where_and_only_once() {
    let house = House::build(&[], false, "hook_path = \"/hook/0123456789abcdef\"");
    let mut phone = house.phone();
    let told = phone.wait_text("Press Enter");
    assert!(
        told.contains("cqm.ExConversationChangeNotification"),
        "{told}"
    );
    phone.press("\r");
    phone.wait("the proved tunnel", |screen| {
        screen.contains("● tunnel url")
    });
    phone.press(CTRL_Q);
    assert!(phone.ended().success());
    // The next start has nothing new to say.
    let phone = house.phone();
    phone.wait("the proved tunnel", |screen| {
        screen.contains("● tunnel url")
    });
}

#[test]
fn production_is_asked_about_first() {
    let house = House::build(&[], true, "production = true");
    let mut phone = house.phone();
    phone.wait_text("real people are there");
    phone.wait_text("PRODUCTION");
    assert!(!phone.screen().contains("this is Riley"));
    phone.press(ALT_Y);
    greeted(&phone);
}

/// Nothing of what is secret is in any file of ours but the ones it was put into.
#[test]
fn nothing_secret_is_left_behind() {
    let house = House::build(&[], true, "");
    let keys = house.folder().join("keys.log");
    let mut phone = {
        let settings = house.settings();
        let variables = [
            ("HANDSET_CONFIG_DIR", settings.to_str().unwrap()),
            ("SSLKEYLOGFILE", keys.to_str().unwrap()),
            ("HANDSET_LOG", "trace"),
        ];
        Terminal::handset_with(120, 30, &house.data(), &[], &variables)
    };
    greeted(&phone);
    phone.press(CTRL_Q);
    assert!(phone.ended().success());
    assert!(!keys.exists(), "keys of TLS were written down");
    let secrets = ["secret", "password"].map(|name| fs::read(house.settings().join(name)).unwrap());
    let raw = phone.raw();
    for secret in &secrets {
        assert!(!contains(&raw, secret));
        for file in files(&house.data()) {
            assert!(
                !contains(&fs::read(&file).unwrap(), secret),
                "{}",
                file.display()
            );
        }
    }
}

/// What does not pass by itself is tried again when the user says so.
#[test]
fn a_tunnel_that_is_given_up_is_tried_again_when_asked() {
    let house = House::build(&[], true, "");
    let file = house.settings().join("config.toml");
    let (agent, marker) = (house.folder().join("agent"), house.folder().join("tried"));
    let mut settings: Value = toml::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    settings["profiles"]["acme"]["tunnel"] =
        serde_json::json!({ "kind": "cloudflared", "program": agent });
    fs::write(&file, toml::to_string(&settings).unwrap()).unwrap();
    let mut phone = house.phone();
    phone.wait_text("webhooks cannot come in");
    fs::write(
        &agent,
        format!("#!/bin/sh\n: >'{}'\nexit 1\n", marker.display()),
    )
    .unwrap();
    fs::set_permissions(&agent, fs::Permissions::from_mode(0o700)).unwrap();
    phone.press(F5);
    phone.wait("the program that is there by now", |_| marker.exists());
    // And by its name; here it is in a pause between two tries.
    fs::remove_file(&marker).unwrap();
    phone.press("/tunnel\r");
    phone.wait("another try", |_| marker.exists());
    phone.press(CTRL_Q);
    assert!(phone.ended().success());
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|part| part == needle)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn agents_have_the_names_the_login_may_see() {
    let house = House::build(&[], true, "");
    let mut phone = house.phone();
    greeted(&phone);
    phone.wait_text("● Riley");
    phone.press(CTRL_Q);
    assert!(phone.ended().success());
}

/// Takes the tunnel out of a profile.
fn without_tunnel(house: &House) {
    let file = house.settings().join("config.toml");
    let text = fs::read_to_string(&file).unwrap();
    let mut settings: Value = toml::from_str(&text).unwrap();
    let profile = settings["profiles"]["acme"].as_object_mut().unwrap();
    profile.remove("tunnel");
    fs::write(&file, toml::to_string(&settings).unwrap()).unwrap();
}

#[test]
fn without_a_tunnel_and_a_login_it_is_said_what_to_enter_where() {
    let house = House::build(&[], false, "hook_path = \"/hook/0123456789abcdef\"");
    without_tunnel(&house);
    let mut phone = house.phone();
    let told = phone.wait_text("Press Enter when it is entered");
    for words in [
        "cqm.ExConversationChangeNotification",
        "https://YOUR-ADDRESS/hook/0123456789abcdef",
    ] {
        assert!(told.contains(words), "no {words}: {told}");
    }
    let said = String::from_utf8_lossy(&phone.raw()).into_owned();
    assert!(said.contains("names no tunnel"), "{said}");
    phone.press("\r");
    phone.wait_text("Tab wire");
    phone.press(CTRL_Q);
    assert!(phone.ended().success());
    // The next start has nothing new to say.
    let mut phone = house.phone();
    phone.wait_text("Tab wire");
    phone.press(CTRL_Q);
    assert!(phone.ended().success());
    assert!(!String::from_utf8_lossy(&phone.raw()).contains("names no tunnel"));
}

/// Nothing could come in, and nobody would say why.
#[test]
fn borrowing_without_a_way_in_is_refused_with_what_to_do() {
    let house = House::build(&[], true, "");
    without_tunnel(&house);
    let mut phone = house.phone();
    assert!(!phone.ended().success());
    let said = phone.screen().replace('\n', " ");
    assert!(said.contains("no tunnel"), "{said}");
    assert!(said.contains("borrow = false"), "{said}");
}
