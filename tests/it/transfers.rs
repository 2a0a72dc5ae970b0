//! Files up and down, raw requests and tokens, against a fake cloud on
//! loopback, well behaved and not.

mod raw;

use std::{fs, path::PathBuf, time::Duration};

use handset::{
    client::{Caller, Client, Endpoint, Progress, Settings, Tag},
    domain::{
        exchange::{Cause, Exchange, Outcome},
        ids::{AccountId, ClientId, ExtConsumerId, PhoneId, RequestId},
        retry::Problem,
        secret::Secret,
        wire::properties::ClientProperties,
    },
};
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::{mpsc, watch};

use crate::support::{
    LIMIT,
    peer::{ACCOUNT, At, CLIENT, Peer, Reply, SECRET},
    soon,
};

/// The most bytes that are fetched.
const LARGEST: usize = 20 * 1024 * 1024;
const PATH: &str = "/v1/AUTH_async-images/55512300/9b1f_uuid_agent.PNG";

/// A client, what it reports, and a folder with a file to send.
struct Bench {
    peer: Peer,
    client: Client,
    exchanges: mpsc::Receiver<Exchange>,
    folder: TempDir,
    progress: watch::Receiver<Progress>,
    tell: watch::Sender<Progress>,
}

impl Bench {
    async fn new() -> Self {
        Self::with_timeout(LIMIT).await
    }

    async fn with_timeout(timeout: Duration) -> Self {
        let peer = Peer::start().await;
        let settings = Settings {
            patience: Duration::ZERO,
            timeout,
            ..Settings::new(
                peer.url(),
                AccountId::from(ACCOUNT),
                ClientId::from(CLIENT),
                Secret::new(SECRET),
            )
        };
        // Larger than any test's traffic.
        let (reports, exchanges) = mpsc::channel(1000);
        let (tell, progress) = watch::channel(Progress::default());
        Self {
            client: Client::new(settings, reports).unwrap(),
            folder: tempfile::tempdir().unwrap(),
            peer,
            exchanges,
            progress,
            tell,
        }
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("receipt.png");
        fs::write(&path, bytes).unwrap();
        path
    }

    async fn upload(&self, bytes: &[u8]) -> Result<String, Problem> {
        let file = self.file(bytes);
        self.client
            .upload(&caller(), "PNG", &file, self.tell.clone(), tag())
            .await
    }

    fn to(&self) -> PathBuf {
        self.folder.path().join("fetched.png")
    }

    async fn download(&self) -> Result<(), Problem> {
        let to = self.to();
        self.client
            .download(&caller(), PATH, &to, self.tell.clone(), tag())
            .await
    }

    async fn raw(&self, body: &str) -> Result<u16, Problem> {
        let body = body.to_owned().into();
        self.client
            .raw(&caller(), Endpoint::Send, body, tag())
            .await
    }

    /// The names in the folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    fn reports(&mut self) -> Vec<Exchange> {
        std::iter::from_fn(|| self.exchanges.try_recv().ok()).collect()
    }
}

fn caller() -> Caller {
    Caller {
        consumer: ExtConsumerId::from("crm-40417"),
        properties: ClientProperties::default(),
    }
}

fn tag() -> Tag {
    Tag {
        phone: Some(PhoneId(3)),
        cause: Some(Cause::Request(RequestId(10))),
        ..Tag::default()
    }
}

/// Bytes of which no two neighbouring runs are alike.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

#[tokio::test]
async fn a_file_goes_up_as_documented() {
    let bench = Bench::new().await;
    let sent = bytes(300_000);
    let path = bench.upload(&sent).await.unwrap();
    assert!(
        path.starts_with("/v1/AUTH_async-images/55512300/"),
        "{path}"
    );
    assert_eq!(
        bench.peer.seen(At::Send)[0].json(),
        json!({
            "kind": "req",
            "id": "10",
            "type": "ms.GenerateURLForUploadFile",
            "body": { "fileSize": "300000", "fileType": "PNG" },
        })
    );
    let put = &bench.peer.seen(At::Upload)[0];
    assert_eq!(put.method, "PUT");
    let (at, query) = put.target.split_once('?').unwrap();
    assert_eq!(at, path);
    assert!(query.starts_with("temp_url_sig=") && query.ends_with("&temp_url_expires=1722500491"));
    assert_eq!(put.header("content-length"), Some("300000"));
    assert_eq!(put.header("content-type"), Some("image/png"));
    // The address is all the file service wants; tokens are none of its business.
    assert_eq!(put.header("authorization"), None);
    assert_eq!(put.header("x-lp-on-behalf"), None);
    assert!(put.body == sent, "the bytes were changed on their way");
    let end = Progress {
        done: 300_000,
        total: 300_000,
    };
    assert_eq!(*bench.progress.borrow(), end);
}

#[tokio::test]
async fn reports_have_neither_the_bytes_nor_the_signature() {
    let mut bench = Bench::new().await;
    bench.peer.keep(PATH, b"the words of the agent's file");
    bench.upload(b"the words of the file").await.unwrap();
    bench.download().await.unwrap();
    // An address that is refused is repeated in the refusal.
    bench.peer.on(At::Upload, |seen, _| {
        let body = seen.target.clone().into_bytes();
        Reply::Raw(403, String::new(), body)
    });
    bench.upload(b"the words of the file").await.unwrap_err();
    let reports = bench.reports();
    let shown = format!("{reports:?}");
    assert!(!shown.contains("feed"), "{shown}");
    assert!(!shown.contains("words"), "{shown}");
    let upload = reports.iter().find(|one| one.purpose == "upload PNG");
    let upload = upload.unwrap();
    assert_eq!(upload.body, "[21 bytes]");
    assert!(
        upload
            .url
            .ends_with("?temp_url_sig=…&temp_url_expires=1722500491"),
        "{}",
        upload.url
    );
    let download = reports.iter().rfind(|one| one.purpose == "download");
    let Some(Outcome::Answered { status, body, .. }) = &download.unwrap().outcome else {
        panic!("no answer in {download:?}");
    };
    assert_eq!((*status, body.as_ref()), (200, b"[29 bytes]".as_slice()));
}

#[tokio::test]
async fn a_redirect_does_not_tell_the_signature() {
    let mut bench = Bench::new().await;
    for at in [At::Upload, At::Download] {
        bench.peer.on(at, |seen, _| {
            let elsewhere = format!("location: https://mirror.test{}\r\n", seen.target);
            Reply::Raw(302, elsewhere, Vec::new())
        });
    }
    for problem in [
        bench.upload(b"bytes").await.unwrap_err(),
        bench.download().await.unwrap_err(),
    ] {
        let told = problem.to_string();
        assert!(
            told.contains("redirected to https://mirror.test/"),
            "{told}"
        );
        assert!(!told.contains("feed"), "{told}");
    }
    let shown = format!("{:?}", bench.reports());
    assert!(
        shown.contains("mirror.test") && !shown.contains("feed"),
        "{shown}"
    );
}

#[tokio::test]
async fn every_call_of_a_consumer_tells_the_thread() {
    let mut bench = Bench::new().await;
    bench.upload(b"bytes").await.unwrap();
    for report in bench.reports() {
        let own = matches!(report.purpose.as_str(), "domains" | "AppJWT");
        assert_eq!(
            report.phone,
            (!own).then_some(PhoneId(3)),
            "{}",
            report.purpose
        );
    }
}

#[tokio::test]
async fn an_address_that_expired_is_asked_for_again_once() {
    let bench = Bench::new().await;
    let refusals = std::sync::atomic::AtomicU32::new(1);
    bench.peer.on(At::Upload, move |seen, cloud| {
        let left = refusals.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        if left == 1 {
            return Reply::Raw(401, String::new(), Vec::new());
        }
        cloud.usual(seen)
    });
    bench.upload(b"bytes").await.unwrap();
    assert_eq!(
        (bench.peer.count(At::Send), bench.peer.count(At::Upload)),
        (2, 2)
    );

    bench
        .peer
        .always(At::Upload, Reply::Raw(401, String::new(), Vec::new()));
    let problem = bench.upload(b"bytes").await.unwrap_err();
    assert!(matches!(&problem, Problem::Refused { fault } if fault.status == 401));
    assert!(
        problem.to_string().contains("temporary address"),
        "{problem}"
    );
    assert_eq!(bench.peer.count(At::Upload), 4);
    // It was never about the tokens.
    assert_eq!(bench.peer.count(At::Token), 1);
}

#[tokio::test]
async fn what_the_file_service_answers_is_told_as_it_is() {
    let bench = Bench::new().await;
    bench
        .peer
        .always(At::Upload, Reply::Raw(413, String::new(), Vec::new()));
    let problem = bench.upload(&bytes(100_000)).await.unwrap_err();
    assert!(matches!(&problem, Problem::Refused { fault } if fault.status == 413));
    bench
        .peer
        .always(At::Upload, Reply::Raw(503, String::new(), Vec::new()));
    let problem = bench.upload(b"bytes").await.unwrap_err();
    assert!(matches!(problem, Problem::Unavailable { .. }), "{problem}");
    assert_eq!(bench.peer.count(At::Upload), 2);
    // A plain 200 does as well as the documented 201.
    bench
        .peer
        .always(At::Upload, Reply::Raw(200, String::new(), Vec::new()));
    bench.upload(b"bytes").await.unwrap();
}

#[tokio::test]
async fn a_transfer_that_breaks_off_may_be_tried_again() {
    let bench = Bench::with_timeout(Duration::from_secs(2)).await;
    for reply in [Reply::Close, Reply::Silence] {
        bench.peer.always(At::Upload, reply);
        let uploading = bench.upload(b"bytes");
        let problem = soon("a problem", uploading).await.unwrap_err();
        assert!(matches!(problem, Problem::Unreachable { .. }), "{problem}");
    }
    for reply in [
        Reply::Close,
        Reply::Silence,
        Reply::Cut(200, bytes(5000)),
        Reply::Stuck(200, 5000, bytes(2000)),
    ] {
        bench.peer.always(At::Download, reply);
        let problem = soon("a problem", bench.download()).await.unwrap_err();
        assert!(matches!(problem, Problem::Unreachable { .. }), "{problem}");
        assert_eq!(bench.names(), ["receipt.png"], "a part was left behind");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_this_machines_fault() {
    let bench = Bench::new().await;
    for path in [
        bench.folder.path().join("gone.png"),
        bench.folder.path().into(),
    ] {
        let problem = bench
            .client
            .upload(&caller(), "PNG", &path, bench.tell.clone(), tag())
            .await
            .unwrap_err();
        assert!(matches!(problem, Problem::Local { .. }), "{problem}");
    }
    assert_eq!(bench.peer.count(At::Send), 0);
    // It loses its end after its size was told.
    let file = bench.folder.path().join("receipt.png");
    bench.peer.on(At::Send, move |seen, cloud| {
        fs::write(&file, b"short").unwrap();
        cloud.usual(seen)
    });
    let problem = bench.upload(&bytes(100_000)).await.unwrap_err();
    assert!(matches!(problem, Problem::Local { .. }), "{problem}");
    assert!(problem.to_string().contains("5 of 100000"), "{problem}");
}

#[tokio::test]
async fn a_hostile_path_leads_nowhere_else() {
    let bench = Bench::new().await;
    for (path, at) in [
        ("//v1/a b.PNG", Some("/v1/a%20b.PNG")),
        ("@evil.test/x", Some("/@evil.test/x")),
        (
            "https://evil.test/x?y#z",
            Some("/https://evil.test/x%3Fy%23z"),
        ),
        ("/v1/../../admin", None),
        ("/v1/%2e%2E/admin", None),
        ("/v1/\r\nHost: evil.test", None),
        ("", None),
    ] {
        bench.peer.on(At::Send, move |seen, cloud| {
            cloud.address(Some(path), &seen.json())
        });
        let before = bench.peer.count(At::Upload);
        let done = bench.upload(b"bytes").await;
        let puts = bench.peer.seen(At::Upload);
        if let Some(at) = at {
            // The message names the file exactly as the cloud does.
            assert_eq!(done.unwrap(), path);
            assert_eq!(puts.last().unwrap().target.split('?').next(), Some(at));
        } else {
            assert!(
                matches!(done, Err(Problem::Garbled { .. })),
                "{path}: {done:?}"
            );
            assert_eq!(puts.len(), before);
        }
    }
}

#[tokio::test]
async fn a_file_comes_down_whole_or_not_at_all() {
    let bench = Bench::new().await;
    let sent = bytes(400_000);
    bench.peer.keep(PATH, &sent);
    bench.download().await.unwrap();
    assert!(
        fs::read(bench.to()).unwrap() == sent,
        "the bytes were changed on their way"
    );
    assert_eq!(bench.names(), ["fetched.png"]);
    assert_eq!(
        bench.peer.seen(At::Send)[0].json()["body"],
        json!({ "relativePath": PATH })
    );
    let end = Progress {
        done: 400_000,
        total: 400_000,
    };
    assert_eq!(*bench.progress.borrow(), end);

    // What is there stays as it is.
    bench.peer.keep(PATH, b"another");
    let problem = bench.download().await.unwrap_err();
    assert!(matches!(problem, Problem::Local { .. }), "{problem}");
    assert!(fs::read(bench.to()).unwrap() == sent);
    assert_eq!(bench.names(), ["fetched.png"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_in_the_place_of_a_part_is_not_followed() {
    let bench = Bench::new().await;
    bench.peer.keep(PATH, b"the agent's file");
    let other = bench.file(b"somebody's own");
    let part = bench.folder.path().join("fetched.png.part");
    std::os::unix::fs::symlink(&other, part).unwrap();
    bench.download().await.unwrap();
    assert_eq!(fs::read(&other).unwrap(), b"somebody's own");
    assert_eq!(fs::read(bench.to()).unwrap(), b"the agent's file");
    assert_eq!(bench.names(), ["fetched.png", "receipt.png"]);
}

#[tokio::test]
async fn a_file_without_end_is_not_fetched() {
    let bench = Bench::new().await;
    bench
        .peer
        .always(At::Download, Reply::Stuck(200, LARGEST + 1, Vec::new()));
    let problem = bench.download().await.unwrap_err();
    assert!(problem.to_string().contains("larger than"), "{problem}");
    assert_eq!(bench.names(), [""; 0]);
    bench
        .peer
        .always(At::Download, Reply::Raw(404, String::new(), Vec::new()));
    let problem = bench.download().await.unwrap_err();
    assert!(matches!(&problem, Problem::Refused { fault } if fault.status == 404));
    assert_eq!(bench.names(), [""; 0]);
}
