//! The phone against the real cloud as far as it can be had here: a profile, the
//! sandbox over TLS, a way in, and an app install that is borrowed and given back.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::support::pty::Terminal;

/// Where the app install's webhooks went before anybody borrowed it.
const BEFORE: &str = "https://bridge.shop.test/in";
const CTRL_Q: &str = "\u{11}";
const ALT_Y: &str = "\u{1b}y";

/// A cloud over TLS in a process of its own, and a profile for it.
struct House {
    cloud: Child,
    ready: Value,
    folder: TempDir,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.cloud.kill();
        let _ = self.cloud.wait();
    }
}

impl House {
    /// The profile logs in and borrows, or leaves the endpoints to be entered by hand.
    fn build(borrow: bool, more: &str) -> Self {
        let folder = tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        let mut cloud = Command::new(env!("CARGO_BIN_EXE_handset"))
            .args(["sandbox", "--tls", "--webhook", BEFORE, "--ca-out"])
            .arg(&ca)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let said = cloud.stdout.take().unwrap();
        BufReader::new(said).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let house = Self {
            cloud,
            ready,
            folder,
        };
        house.settle_in(borrow, more);
        house
    }

    fn settle_in(&self, borrow: bool, more: &str) {
        let settings = self.settings();
        fs::create_dir_all(&settings).unwrap();
        let word = |name: &str| self.ready[name].as_str().unwrap();
        let admin = &self.ready["agents"].as_array().unwrap();
        let admin = admin
            .iter()
            .find(|one| one["username"] == "morgan")
            .unwrap();
        for (name, secret) in [
            ("secret", word("client_secret")),
            ("password", admin["password"].as_str().unwrap()),
        ] {
            let file = settings.join(name);
            fs::write(&file, secret).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        // Free for the moment; the phone takes it at once.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let bind = free.local_addr().unwrap();
        let login = if borrow {
            "[profiles.acme.login]\nusername = \"morgan\"\npassword = { file = \"password\" }\nborrow = true\n"
        } else {
            ""
        };
        let text = format!(
            "default = \"acme\"\n[profiles.acme]\naccount = \"{}\"\ncsds = \"{}\"\nclient_id = \"{}\"\n\
             secret = {{ file = \"secret\" }}\nca = \"{}\"\nbrand = \"Acme\"\nbind = \"{bind}\"\n{more}\n\
             [profiles.acme.tunnel]\nkind = \"url\"\nurl = \"http://{bind}\"\n{login}",
            word("account"),
            word("https"),
            word("client_id"),
            word("ca"),
        );
        fs::write(settings.join("config.toml"), text).unwrap();
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("settings")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn phone(&self) -> Terminal {
        let settings = self.settings();
        let settings = [("HANDSET_CONFIG_DIR", settings.to_str().unwrap())];
        Terminal::handset_with(120, 30, &self.data(), &[], &settings)
    }

    /// What `handset app …` says.
    fn app(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_handset"))
            .arg("app")
            .args(arguments)
            .env("HANDSET_CONFIG_DIR", self.settings())
            .env("HANDSET_DATA_DIR", self.data())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }

    /// The app install's webhooks as they are.
    fn webhooks(&self) -> Value {
        let (ok, said) = self.app(&["show", "--json", "--reveal-secret"]);
        assert!(ok, "{said}");
        let record: Value = serde_json::from_str(&said).unwrap();
        record["capabilities"]["webhooks"].clone()
    }

    fn is_before(&self) -> bool {
        endpoints(&self.webhooks()) == [BEFORE; 5]
    }
}

fn endpoints(webhooks: &Value) -> Vec<String> {
    let events = webhooks.as_object().unwrap().iter();
    let events = events.filter(|(key, _)| *key != "retry");
    events
        .map(|(_, event)| event["endpoint"].as_str().unwrap().to_owned())
        .collect()
}

fn greeted(phone: &Terminal) {
    phone.wait_text("this is Riley");
}

#[test]
fn what_is_borrowed_is_given_back_on_every_way_out() {
    let house = House::build(true, "");
    let before = house.webhooks();
    for way in ["quit", "TERM", "HUP"] {
        let mut phone = house.phone();
        greeted(&phone);
        assert!(
            !endpoints(&house.webhooks()).contains(&BEFORE.to_owned()),
            "{way}"
        );
        if way == "quit" {
            phone.press(CTRL_Q);
        } else {
            phone.signal(way);
        }
        assert!(phone.ended().success(), "{way}");
        assert_eq!(house.webhooks(), before, "{way}");
    }
}

#[test]
fn what_a_kill_left_is_given_back_by_hand_or_after_the_next_start() {
    let house = House::build(true, "");
    let before = house.webhooks();
    let mut phone = house.phone();
    greeted(&phone);
    phone.signal("KILL");
    phone.ended();
    assert!(!house.is_before());
    let (ok, said) = house.app(&["restore"]);
    assert!(ok, "{said}");
    assert_eq!(house.webhooks(), before);

    let mut phone = house.phone();
    greeted(&phone);
    phone.signal("KILL");
    phone.ended();
    let mut phone = house.phone();
    phone.wait_text("this is Riley");
    phone.wait("it works again", |screen| screen.contains("● install"));
    phone.press(CTRL_Q);
    assert!(phone.ended().success());
    assert_eq!(house.webhooks(), before);
}

#[test]
fn what_somebody_changes_meanwhile_stays_changed() {
    let house = House::build(true, "");
    let mut phone = house.phone();
    greeted(&phone);
    // A colleague with another device of their own points one thing elsewhere, in the console.
    let (key, theirs) = (
        "ms.MessagingEventNotification.ChatStateEvent",
        "https://else.test/in",
    );
    put(&house, |record| {
        record["capabilities"]["webhooks"][key] = json!({"endpoint": theirs})
    });
    phone.press(CTRL_Q);
    assert!(phone.ended().success());
    let webhooks = house.webhooks();
    assert_eq!(webhooks[key]["endpoint"], theirs);
    let others = endpoints(&webhooks)
        .iter()
        .filter(|url| *url == BEFORE)
        .count();
    assert_eq!(others, 4, "{webhooks}");
}

/// Changes the record as the console would.
fn put(house: &House, change: impl FnOnce(&mut Value)) {
    let admin = &house.ready["agents"].as_array().unwrap();
    let admin = admin
        .iter()
        .find(|one| one["username"] == "morgan")
        .unwrap();
    let base = house.ready["csds"].as_str().unwrap();
    let (account, client) = (&house.ready["account"], &house.ready["client_id"]);
    let (account, client) = (account.as_str().unwrap(), client.as_str().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        let url = format!("{base}/api/account/{account}/login?v=1.3");
        let login = json!({"username": admin["username"], "password": admin["password"]});
        let answer: Value = http
            .post(url)
            .json(&login)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let bearer = answer["bearer"].as_str().unwrap();
        let url = format!(
            "{base}/api/account/{account}/configuration/app-install/installations/{client}?v=1.0"
        );
        let answer = http.get(&url).bearer_auth(bearer).send().await.unwrap();
        let revision = answer.headers()["ac-revision"].clone();
        let mut record: Value = answer.json().await.unwrap();
        change(&mut record);
        let request = http
            .put(&url)
            .bearer_auth(bearer)
            .header("If-Match", revision);
        let answer = request.json(&record).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    });
}

#[test]
fn without_a_login_it_is_said_what_to_enter_where_and_only_once() {
    let house = House::build(false, "hook_path = \"/hook/0123456789abcdef\"");
    let mut phone = house.phone();
    let told = phone.wait_text("Press Enter");
    assert!(
        told.contains("cqm.ExConversationChangeNotification"),
        "{told}"
    );
    phone.press("\r");
    phone.wait_text("connecting…");
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
    let house = House::build(true, "production = true");
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
    let house = House::build(true, "");
    let keys = house.folder.path().join("keys.log");
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
