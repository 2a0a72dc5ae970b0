//! A line that is cut again and again, and what was said over it.

use handset::{
    domain::{line::Delivery, workspace::command::Command},
    rt::tls::Trust,
    sandbox::start,
};

use super::{super::session::TestSession, delivery, has_failed, is_leaving, say};
use crate::sandbox::rig::{Connector, quick};

/// Passes bytes on to the sandbox, and cuts every connection on demand.
struct Cutter {
    address: std::net::SocketAddr,
    cut: tokio::sync::watch::Sender<u32>,
}

impl Cutter {
    async fn to(target: std::net::SocketAddr) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, cuts) = tokio::sync::watch::channel(0);
        tokio::spawn(async move {
            loop {
                let (mut from, _) = listener.accept().await.unwrap();
                let mut cuts = cuts.clone();
                cuts.mark_unchanged();
                tokio::spawn(async move {
                    let mut to = tokio::net::TcpStream::connect(target).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut from, &mut to) => {}
                        _ = cuts.changed() => {}
                    }
                });
            }
        });
        Self { address, cut }
    }

    fn cut(&self) {
        self.cut.send_modify(|count| *count += 1);
    }
}

#[tokio::test]
async fn of_two_hundred_messages_none_is_lost_or_doubled_when_the_line_is_cut() {
    // On all addresses its directory leads to where the asker found it: to the cutter.
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let sandbox = start(listener, quick()).await.unwrap();
    let ready = sandbox.ready();
    let (account, client) = (ready.account.as_str(), ready.client_id.as_str());
    let secret = ready.client_secret.reveal();
    let connector = Connector::new(&ready.csds, account, client, secret).await;
    let cutter = Cutter::to(connector.address()).await;
    let mut kim = TestSession::take_by(
        &sandbox,
        "kim",
        &format!("http://{}", cutter.address),
        Trust::default(),
    )
    .await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    kim.accept(&id).await;
    let looked = Command::Look(Some(id.as_str().into()));
    kim.does(looked).await;
    let talking = {
        let (ada, id) = (ada.clone(), id.clone());
        tokio::spawn(async move {
            for number in 0..100 {
                ada.say(&id, &format!("ada {number}")).await;
            }
        })
    };
    for number in 0..100 {
        kim.does(say(&id, &format!("kim {number}"), false)).await;
        if number % 30 == 20 {
            cutter.cut();
        }
        if number % 10 == 9 {
            let so_far = format!("kim {number}");
            kim.until("its line", |session| {
                !matches!(
                    delivery(session, &id, &so_far),
                    None | Some(Delivery::Leaving)
                )
            })
            .await;
        }
    }
    talking.await.unwrap();
    // What did not arrive is said again on command, and then all of it has.
    for _ in 0..10 {
        kim.until("all is known", |session| {
            session.state == Some(handset::engine::agent_session::update::State::Up)
                && !session.lines(&id).into_iter().any(is_leaving)
        })
        .await;
        let lines = kim.lines(&id).into_iter();
        let failed = lines.filter(|line| has_failed(line));
        let failed: Vec<u32> = failed.map(|line| line.id.number).collect();
        if failed.is_empty() {
            break;
        }
        for line in failed {
            let conversation = id.as_str().into();
            kim.does(Command::Retry { conversation, line }).await;
            kim.until("it is under way", |session| {
                let lines = session.lines(&id);
                lines
                    .iter()
                    .any(|one| one.id.number == line && !has_failed(one))
            })
            .await;
        }
    }
    kim.until("all of it", |session| session.texts(&id).len() >= 200)
        .await;
    let texts = kim.texts(&id);
    let of = |who: &str| -> Vec<usize> {
        let mine = texts.iter().filter_map(|text| text.strip_prefix(who));
        mine.map(|number| number.trim().parse().unwrap()).collect()
    };
    assert_eq!(of("ada"), (0..100).collect::<Vec<_>>());
    let mut mine = of("kim");
    mine.sort_unstable();
    assert_eq!(mine, (0..100).collect::<Vec<_>>());
    let places: Vec<_> = kim.lines(&id).iter().map(|line| line.place).collect();
    assert!(
        places
            .iter()
            .all(|place| place.numbered().is_some_and(|(dialog, _)| dialog == 0))
    );
    assert!(kim.losses >= 1, "the line was cut");
    kim.leave().await;
}
