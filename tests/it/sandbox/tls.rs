//! HTTPS beside HTTP: who trusts the sandbox's authority gets in, nobody else does.

use std::{
    net::SocketAddr, os::unix::fs::PermissionsExt as _, path::Path, process::Stdio, time::Duration,
};

use axum::{Router, routing::post};
use handset::{
    rt::{
        serve::{self, Limits, Speech},
        shutdown::Shutdown,
        tls::{Trust, server_from_files},
    },
    sandbox::{
        Sandbox, Standing,
        settings::Settings,
        tls::{
            Tls,
            authority::{Authority, Issued},
        },
    },
};
use reqwest::{Certificate, Client, ClientBuilder, redirect::Policy};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    needs::needs,
    sandbox::{
        hook::until,
        rig::{Connector, Process, command, quick, run},
    },
};

/// A client that trusts this and nobody else.
fn trusting(pem: Option<&str>) -> Client {
    builder(pem).build().unwrap()
}

fn builder(pem: Option<&str>) -> ClientBuilder {
    let trusted = pem.map(|pem| Certificate::from_pem(pem.as_bytes()).unwrap());
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .tls_certs_only(trusted)
        .timeout(Duration::from_mins(2))
}

async fn base_uri(http: &Client, base: &str, account: &str) -> reqwest::Result<Value> {
    http.get(format!(
        "{base}/api/account/{account}/service/sentinel/baseURI.json?version=1.0"
    ))
    .send()
    .await?
    .json()
    .await
}

#[tokio::test]
async fn one_port_speaks_both_to_those_who_trust_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (ca, state, issued) = (path("ca.pem"), path("cloud.db"), path("certs"));
    let arguments = [
        "--tls",
        "--ca-out",
        &ca,
        "--state",
        &state,
        "--issue",
        &issued,
        "--tls-name",
        "cloud.shop.localhost",
        "--agent",
        "none",
    ];
    let mut process = Process::start(&arguments).await;
    let ready = process.ready.clone();
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    let (csds, https, account) = (text("csds"), text("https"), text("account"));
    assert_eq!(https.replace("https://", "http://"), csds);
    assert_eq!(text("ca"), ca);
    let pem = std::fs::read_to_string(&ca).unwrap();
    let port = https.rsplit(':').next().unwrap();

    let trusting_client = trusting(Some(&pem));
    let known = base_uri(&trusting_client, &https, &account).await.unwrap();
    assert_eq!(known["baseURI"], *https.strip_prefix("https://").unwrap());
    let address: SocketAddr = https.strip_prefix("https://").unwrap().parse().unwrap();
    let called = async |host: &str| {
        let there = builder(Some(&pem)).resolve(host, address).build().unwrap();
        base_uri(&there, &format!("https://{host}:{port}"), &account).await
    };
    for host in ["localhost", "cloud.shop.localhost"] {
        let answer = called(host).await;
        assert!(answer.is_ok(), "{host}: {answer:?}");
    }
    assert!(
        called("other.shop.localhost")
            .await
            .unwrap_err()
            .is_connect()
    );
    let stranger = trusting(None);
    let refused = base_uri(&stranger, &https, &account).await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
    assert!(base_uri(&stranger, &csds, &account).await.is_ok());
    let connector = process.connector().await.over(trusting_client, &https);
    connector.consumer("ada").await.open().await;

    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(Path::new(&ca)), 0o644);
    let (cert, key) = (
        Path::new(&issued).join("cert.pem"),
        Path::new(&issued).join("key.pem"),
    );
    assert_eq!((mode(&cert), mode(&key)), (0o644, 0o600));
    assert!(server_from_files(&cert, &key).is_ok());

    process.child.kill().await.unwrap();
    process.child.wait().await.unwrap();
    let process = Process::start(&arguments).await;
    assert_eq!(std::fs::read_to_string(&ca).unwrap(), pem);
    let https = process.ready["https"].as_str().unwrap();
    assert!(
        base_uri(&trusting(Some(&pem)), https, &account)
            .await
            .is_ok()
    );
    needs!("curl");
    curl(https, &ca, &account).await;
}

/// The same with a program that is not ours.
async fn curl(https: &str, ca: &str, account: &str) {
    let url = format!("{https}/api/account/{account}/service/baseURI.json?version=1.0");
    let mut curl = tokio::process::Command::new("curl");
    curl.args(["--silent", "--fail", "--noproxy", "*", "--max-time", "20"])
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let refused = curl.arg(&url).output().await.unwrap();
    assert!(!refused.status.success(), "curl does not trust by itself");
    let trusted = curl.args(["--cacert", ca]).output().await.unwrap();
    assert!(trusted.status.success(), "{trusted:?}");
    assert!(String::from_utf8_lossy(&trusted.stdout).contains("asyncMessagingEnt"));
}

#[tokio::test]
async fn what_cannot_be_asked_for_alone_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("no/such/folder/ca.pem");
    let ca = ca.to_str().unwrap();
    for (arguments, words) in [
        (vec!["--tls"], "--ca-out"),
        (vec!["--ca-out", "x"], "--tls"),
        (vec!["--tls-name", "a.test"], "--tls"),
        (vec!["--issue", "x"], "--tls"),
        (
            vec!["--tls", "--ca-out", "x", "--tls-name", "a b"],
            "host name",
        ),
        (
            vec!["--tls", "--ca-out", ca],
            "cannot write the certificate",
        ),
        (vec!["--webhook-ca", ca], "cannot read the certificate"),
        (vec!["--webhook", "http://shop.test/in"], "https"),
    ] {
        let output = command(&arguments).output().await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

/// An https endpoint that takes everything.
async fn endpoint(issued: &Issued) -> (url::Url, Shutdown) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let limits = Limits {
        connections: 8,
        head_within: Duration::from_secs(10),
        write_within: Duration::from_secs(10),
    };
    let shutdown = Shutdown::new();
    let app = Router::new().route("/in", post(|| async { "OK" }));
    let speech = Speech::Tls(issued.server().unwrap());
    serve::serve_as(listener, app, speech, limits, &shutdown);
    let url = format!("https://localhost:{port}/in");
    (url.parse().unwrap(), shutdown)
}

async fn opened(settings: Settings) -> (Sandbox, Connector) {
    let tls = Some(Tls::default());
    let (sandbox, connector) = run(Settings { tls, ..settings }).await;
    (sandbox, connector)
}

#[tokio::test]
async fn https_endpoints_must_be_vouched_for() {
    let (sandbox, connector) = opened(quick()).await;
    let (own, _serving) = endpoint(&sandbox.issue().unwrap().unwrap()).await;
    sandbox.set_webhook(&own);
    let ada = connector.consumer("ada").await;
    ada.open().await;
    until("it is taken", || sandbox.standing() == (Standing::Up, 0)).await;

    let now = handset::domain::time::Timestamp(handset::rt::clock::unix_millis());
    let stranger = Authority::make(now).unwrap();
    let issued = stranger.issue(now, &[], &[]).unwrap();
    let (foreign, _serving) = endpoint(&issued).await;
    sandbox.set_webhook(&foreign);
    ada.open().await;
    until("it is refused", || {
        sandbox.standing() == (Standing::Failed, 1)
    })
    .await;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, stranger.certificate()).unwrap();
    let (sandbox, connector) = opened(Settings {
        webhook_trust: Trust::with_file(&file).unwrap(),
        webhook: Some(foreign),
        ..quick()
    })
    .await;
    connector.consumer("ada").await.open().await;
    until("it is taken", || sandbox.standing() == (Standing::Up, 0)).await;
}
