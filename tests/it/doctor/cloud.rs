//! What can be wrong with the cloud, or with what is said to it.

use std::{net::SocketAddr, time::Duration};

use jiff::{Timestamp, tz::TimeZone};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    doctor::rig::{Setup, quiet},
    support::free_address,
};

/// A proxy whose answers tell another time.
struct Elsewhen {
    address: SocketAddr,
    // Dropping it ends them.
    _tasks: JoinSet<()>,
}

impl Elsewhen {
    async fn before(cloud: SocketAddr, behind: Duration) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut calls = JoinSet::new();
            loop {
                let (near, _) = socket.accept().await.unwrap();
                calls.spawn(pass(near, cloud, behind));
            }
        });
        Self {
            address,
            _tasks: tasks,
        }
    }
}

async fn pass(near: TcpStream, cloud: SocketAddr, behind: Duration) {
    let far = TcpStream::connect(cloud).await.unwrap();
    let (mut near_in, mut near_out) = near.into_split();
    let (mut far_in, mut far_out) = far.into_split();
    let asking = async move {
        // It ends with the connection.
        let _ = tokio::io::copy(&mut near_in, &mut far_out).await;
    };
    let answering = async move {
        let mut part = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = far_in.read(&mut part).await {
            let answer = redated(part.get(..count).unwrap(), behind);
            if near_out.write_all(&answer).await.is_err() {
                return;
            }
        }
    };
    tokio::join!(asking, answering);
}

/// A part of an answer with its date moved back; answers of the sandbox have their heads in one.
fn redated(part: &[u8], behind: Duration) -> Vec<u8> {
    const NAME: &[u8] = b"\r\ndate: ";
    let mut part = part.to_vec();
    if let Some(at) = part.windows(NAME.len()).position(|bytes| bytes == NAME) {
        let then = (Timestamp::now() - behind).to_zoned(TimeZone::UTC);
        let date = then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let at = at + NAME.len();
        part.splice(at..at + date.len(), date.into_bytes());
    }
    part
}

#[tokio::test]
async fn a_clock_that_is_ten_minutes_off() {
    // One on all addresses sends clients where they have found it: to the proxy.
    let mut setup = Setup::on(quiet(), "0.0.0.0:0").await;
    let cloud = setup.plain();
    let proxy = Elsewhen::before(cloud, Duration::from_mins(10)).await;
    setup.csds = format!("http://{}", proxy.address);
    let says = ["this clock is 10 min ahead of the cloud's"];
    let report = setup.one_fault("clock", &says, "set the clock").await;
    report.is("tokens", "good", "AppJWT");
    let proxy = Elsewhen::before(cloud, Duration::ZERO).await;
    setup.csds = format!("http://{}", proxy.address);
    setup.report(&[]).await.is("clock", "good", "within");
}

#[tokio::test]
async fn domains_that_cannot_be_looked_up() {
    let mut setup = Setup::new().await;
    setup.csds = format!("https://{}", free_address());
    let says = ["no connection to 127.0.0.1", "refused"];
    let report = setup.one_fault("domains", &says, "`csds`").await;
    report.is("clock", "skipped", "no answer");
    report.is("tokens", "skipped", "domains");
    report.is("tunnel", "good", "canary");
    setup.csds = "https://api.no-such-name.invalid".to_owned();
    let says = ["api.no-such-name.invalid"];
    setup.one_fault("domains", &says, "`csds`").await;
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted() {
    let mut setup = Setup::new().await;
    setup.ca = String::new();
    let says = ["its certificate is not trusted"];
    setup
        .one_fault("domains", &says, "as `ca` in the profile")
        .await;
}

#[tokio::test]
async fn an_account_that_is_not_known() {
    let mut setup = Setup::new().await;
    setup.account = "55512301".to_owned();
    let says = ["does not know the account 55512301"];
    let report = setup.one_fault("domains", &says, "check `account`").await;
    report.is("clock", "good", "within");
}

#[tokio::test]
async fn a_client_secret_that_is_wrong() {
    let mut setup = Setup::new().await;
    setup.variable("ACME_SECRET", Some("n0t-the-secret-at-all"));
    setup.hidden.push("n0t-the-secret-at-all".to_owned());
    let says = ["client_id and client_secret are not accepted", "401"];
    let remedy = "`client_id` and the secret in env ACME_SECRET";
    setup.one_fault("tokens", &says, remedy).await;
}
