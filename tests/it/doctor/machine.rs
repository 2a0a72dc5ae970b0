//! What can be wrong on this machine: settings, secrets, the data folder, the terminal, the tunnel.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use axum::{Router, routing::post};
use handset::store::{Journal, Start};
use tokio::net::TcpListener;

use crate::{
    doctor::rig::Setup,
    support::{free_address, hooks::SECRET},
};

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_profile_that_is_not_there() {
    let setup = Setup::new().await;
    let report = setup
        .one_fault_of(
            &["--profile", "acne"],
            "settings",
            &["no profile \"acne\"", "--profile", "config.toml"],
            "choose one of acme",
        )
        .await;
    report.is("tokens", "skipped", "settings");
    report.is("listener", "good", "ms");

    let lost = setup.path("ca.pem");
    fs::remove_file(&lost).unwrap();
    let says = ["cannot read the certificate", "ca.pem"];
    setup
        .one_fault("settings", &says, "name a readable file")
        .await;
}

#[tokio::test]
async fn settings_that_cannot_be_read() {
    let mut setup = Setup::new().await;
    setup.more = "colour = \"red\"\n".to_owned();
    setup
        .one_fault("settings", &["colour", "config.toml"], "")
        .await;
    setup.more = "= what\n".to_owned();
    setup.one_fault("settings", &["config.toml"], "").await;
    setup.more = "[profiles.acme.tunnel]\nkind = \"url\"\n".to_owned();
    let says = ["\"acme\" has no tunnel.url"];
    setup
        .one_fault("settings", &says, "[profiles.acme.tunnel]")
        .await;
}

#[tokio::test]
async fn settings_that_others_can_change() {
    let setup = Setup::new().await;
    setup.write();
    mode(&setup.path("config.toml"), 0o646);
    let says = ["everybody can write to", "config.toml"];
    setup.one_fault("settings", &says, "chmod go-w").await;
}

#[tokio::test]
async fn a_secret_that_is_not_there() {
    let mut setup = Setup::new().await;
    setup.variable("ACME_SECRET", None);
    let says = ["ACME_SECRET is not set"];
    let report = setup
        .one_fault("secret", &says, "put the secret into it")
        .await;
    report.is("tokens", "skipped", "there is no client_secret");
    report.is("domains", "good", "services");
}

#[tokio::test]
async fn a_secret_with_a_blank_or_a_line_end_behind_it_is_good_and_told() {
    let mut setup = Setup::new().await;
    for behind in [" ", "\n", "\t \r\n"] {
        setup.variable("ACME_SECRET", Some(&format!("{SECRET}{behind}")));
        let report = setup.report(&[]).await;
        let says = "ACME_SECRET has a blank or a line end behind the secret, which was left out";
        report.is("secret", "good", says);
        report.is("tokens", "good", "AppJWT");
    }
    setup.variable("ACME_SECRET", Some(SECRET));
    let report = setup.report(&[]).await;
    let says = report.check("secret")["says"].as_str().unwrap();
    assert!(!says.contains("left out"), "{says}");
}

#[tokio::test]
async fn a_secret_that_others_can_read() {
    let mut setup = Setup::new().await;
    let file = setup.path("secret");
    fs::write(&file, "k4v9s0m2example7secret1\n").unwrap();
    mode(&file, 0o644);
    setup.secret = "{ file = \"secret\" }".to_owned();
    let says = ["others can read the secret in"];
    setup.one_fault("secret", &says, "chmod 600").await;
    mode(&file, 0o600);
    let report = setup.report(&[]).await;
    report.is("secret", "good", "file");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written() {
    let setup = Setup::new().await;
    fs::write(setup.path("data"), "a file").unwrap();
    let says = ["cannot write in the data folder"];
    let report = setup.one_fault("data", &says, "--data-dir").await;
    report.is("listener", "skipped", "data folder");
    report.is("tunnel", "skipped", "no listener");
    report.is("tokens", "good", "AppJWT");
}

#[tokio::test]
async fn a_journal_that_others_can_read_or_that_a_phone_has() {
    let setup = Setup::new().await;
    let file = setup.path("data/account-55512300/journal.db");
    let (journal, _feed) = Journal::open(&file, Start::Newest).await.unwrap();
    let report = setup.report(&[]).await;
    report.is("data", "warning", "another handset is running");
    report.is("tunnel", "skipped", "a phone runs");
    report.is("listener", "good", "ms");
    journal.close().await;
    mode(&file, 0o644);
    setup
        .one_fault("data", &["others can read"], "chmod 600")
        .await;
    fs::write(&file, "no database").unwrap();
    mode(&file, 0o600);
    let says = ["cannot read the journal"];
    setup.one_fault("data", &says, "--data-dir").await;
}

#[tokio::test]
async fn a_terminal_that_cannot_show_a_phone() {
    let mut setup = Setup::new().await;
    setup.variable("TERM", Some("dumb"));
    let says = ["TERM says dumb"];
    setup
        .one_fault_of(
            &["--no-plain"],
            "terminal",
            &says,
            "set TERM to what the terminal is",
        )
        .await;
    // It is enough for plain mode, which it switches on.
    let report = setup.report(&[]).await;
    report.is("terminal", "good", "plain mode");
}

#[tokio::test]
async fn an_address_that_leads_elsewhere() {
    let mut setup = Setup::new().await;
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let app = Router::new().route("/others/{*rest}", post(|| async { "OK" }));
    let serving = tokio::spawn(async move { axum::serve(socket, app).await });
    let table = |path: &str| format!("kind = \"url\"\nurl = \"http://127.0.0.1:{port}{path}\"");
    setup.tunnel(&table(""));
    let says = ["a canary sent to", "answered 404"];
    let report = setup
        .one_fault("tunnel", &says, "leads to this listener")
        .await;
    report.is("listener", "good", "ms");
    setup.tunnel(&table("/others"));
    let says = ["somebody else answers there"];
    setup
        .one_fault("tunnel", &says, "which machine and port")
        .await;
    serving.abort();
    setup.tunnel(&format!(
        "kind = \"url\"\nurl = \"http://{}\"",
        free_address()
    ));
    let says = ["nobody takes connections there"];
    setup
        .one_fault("tunnel", &says, "check that the far end runs")
        .await;
}

#[tokio::test]
async fn a_tunnel_program_that_is_not_installed() {
    let mut setup = Setup::new().await;
    for (table, program, remedy) in [
        ("kind = \"cloudflared\"", "cloudflared", "install"),
        ("kind = \"ngrok\"", "ngrok", "install"),
        (
            "kind = \"ssh\"\nhost = \"edge\"\npublic = \"https://edge.test\"\nprogram = \"/no/ssh\"",
            "/no/ssh",
            "",
        ),
    ] {
        setup.tunnel(table);
        setup.one_fault("tunnel", &[program], remedy).await;
    }
}
