//! What relays share on a real nats-server, through its deaths.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use handset::{
    domain::relay::{Claim, Scope},
    relay::{
        backend::{Appended, Backend, Change, Changes, ClaimKind, Error, Event, Retention, Which},
        nats::open,
    },
};

use crate::{
    needs::needs,
    support::{
        backend_rules::{account, all, device, event, keeps_the_rules, ticket, told},
        nats::Nats,
        soon,
    },
};

async fn opened(nats: &Nats) -> (Arc<dyn Backend>, Changes) {
    open(&nats.url(), Retention::default()).await.unwrap()
}

/// One that is open, with a ticket for the account and told of all there was.
async fn ready(nats: &Nats) -> (Arc<dyn Backend>, Changes) {
    let (backend, mut changes) = opened(nats).await;
    backend
        .keep_ticket(&ticket("t1", &account()))
        .await
        .unwrap();
    told(&mut changes, "the log", |change| {
        *change == Change::Gap(account())
    })
    .await;
    (backend, changes)
}

fn is_event(change: &Change, event: &Event) -> bool {
    matches!(change, Change::Event(kept) if kept.event == *event)
}

#[tokio::test(flavor = "multi_thread")]
async fn nats_keeps_the_rules_of_a_backend() {
    needs!("nats-server");
    let nats = Nats::start().await;
    keeps_the_rules(async || opened(&nats).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_relays_hear_of_each_other() {
    needs!("nats-server");
    let nats = Nats::start().await;
    let (one, mut of_one) = ready(&nats).await;
    let (two, mut of_two) = ready(&nats).await;
    let (first, second) = tokio::join!(one.identity(), two.identity());
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(first.path, second.path);
    assert_eq!(first.key, second.key);

    for number in 1..=20 {
        let (here, there) = (event("c-a", None, number), event("c-b", None, number));
        one.append(here.clone()).await.unwrap();
        two.append(there.clone()).await.unwrap();
        assert_eq!(two.append(here.clone()).await.unwrap(), Appended::Again);
        for changes in [&mut of_one, &mut of_two] {
            told(changes, "an event", |change| is_event(change, &here)).await;
            told(changes, "another", |change| is_event(change, &there)).await;
        }
    }
    let canary = event("canary", None, 1).request;
    one.canary(&account(), "phone-1", canary).await.unwrap();
    let revoked = handset::relay::backend::Issued {
        revoked: true,
        ..ticket("t1", &account())
    };
    two.keep_ticket(&revoked).await.unwrap();
    for changes in [&mut of_one, &mut of_two] {
        let (mut canary, mut ticket) = (false, false);
        soon("a canary and a ticket", async {
            while !(canary && ticket) {
                match changes.recv().await.unwrap() {
                    Change::Canary { device, .. } => canary = device == "phone-1",
                    Change::Ticket(came) => ticket = came == revoked,
                    _ => {}
                }
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_claims_at_the_same_time_one_wins() {
    needs!("nats-server");
    let nats = Nats::start().await;
    let (one, _of_one) = ready(&nats).await;
    let (two, _of_two) = ready(&nats).await;
    let (ada, bert) = (device("ada", "phone-1"), device("bert", "phone-2"));
    let account = account();
    let mut won = [0, 0];
    for number in 0..50 {
        let claim = Claim::Conversation(format!("c-{number}").as_str().into());
        let (first, second) = tokio::join!(
            one.claim(&account, &claim, &ada, ClaimKind::Made),
            two.claim(&account, &claim, &bert, ClaimKind::Made)
        );
        let holder = first.unwrap();
        assert_eq!(holder, second.unwrap());
        won[usize::from(holder == bert)] += 1;
    }
    assert_eq!(won[0] + won[1], 50);
    let same = Claim::Conversation("c-0".into());
    let (first, second) = tokio::join!(
        one.claim(&account, &same, &ada, ClaimKind::Made),
        two.claim(&account, &same, &ada, ClaimKind::Made)
    );
    assert_eq!(first, second);
}

/// What came of appending.
#[derive(Default)]
struct Outcome {
    acked: BTreeMap<u64, Event>,
    /// Said to be there already: the acknowledgement was lost with NATS.
    again: usize,
}

/// Appends until told to stop, as the cloud does: what is refused comes again. Counts refusals.
async fn append_on(
    backend: Arc<dyn Backend>,
    conversation: &'static str,
    stop: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
) -> Outcome {
    let mut outcome = Outcome::default();
    for number in 0.. {
        let event = event(conversation, None, number);
        loop {
            let appended = soon("an answer", backend.append(event.clone())).await;
            match appended {
                Ok(Appended::New(seq)) => {
                    let before = outcome.acked.insert(seq, event);
                    assert_eq!(before, None, "number {seq} came twice");
                    break;
                }
                Ok(Appended::Again) => {
                    outcome.again += 1;
                    break;
                }
                Err(cause) => {
                    assert!(matches!(cause, Error::Unavailable { .. }), "{cause}");
                    refused.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        if stop.load(Ordering::Relaxed) {
            break;
        }
    }
    outcome
}

/// Hears events to the one that is the end; counts gaps too.
async fn hear(mut changes: Changes) -> (BTreeMap<u64, Event>, usize) {
    let (mut heard, mut gaps) = (BTreeMap::new(), 0);
    while let Some(change) = changes.recv().await {
        match change {
            Change::Event(kept) => {
                heard.insert(kept.seq, kept.event.clone());
                if kept.event == event("end", None, 1) {
                    break;
                }
            }
            Change::Gap(_) => gaps += 1,
            _ => {}
        }
    }
    (heard, gaps)
}

/// Waits until something is so.
async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(what, waiting).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_nats_is_killed() {
    needs!("nats-server");
    let mut nats = Nats::start().await;
    let (one, of_one) = ready(&nats).await;
    let (two, of_two) = ready(&nats).await;
    let hearing = [of_one, of_two].map(|changes| tokio::spawn(hear(changes)));
    let stop = Arc::new(AtomicBool::new(false));
    let refused = Arc::new(AtomicUsize::new(0));
    let start = |backend: &Arc<dyn Backend>, conversation| {
        let (stop, refused) = (Arc::clone(&stop), Arc::clone(&refused));
        tokio::spawn(append_on(Arc::clone(backend), conversation, stop, refused))
    };
    let (here, there) = (start(&one, "c-a"), start(&two, "c-b"));
    for round in 0..4 {
        let before = one.newest(&account()).await.unwrap();
        until("some events", async || {
            one.newest(&account()).await.unwrap() > before + 200
        })
        .await;
        nats.kill();
        assert!(soon("an answer", one.ready()).await.is_err());
        // Once for long, then so shortly that nobody need notice.
        if round == 0 {
            until("a refusal", async || refused.load(Ordering::Relaxed) > 1).await;
        }
        nats.restart().await;
        until("NATS again", async || {
            one.ready().await.is_ok() && two.ready().await.is_ok()
        })
        .await;
    }
    stop.store(true, Ordering::Relaxed);
    let (a, b) = (here.await.unwrap(), there.await.unwrap());
    until("the end", async || {
        two.append(event("end", None, 1)).await.is_ok()
    })
    .await;

    let kept = all(&*one, &Which::Account, 64).await;
    let numbers: BTreeMap<_, _> = kept
        .into_iter()
        .map(|kept| (kept.seq, kept.event))
        .collect();
    for (seq, event) in a.acked.iter().chain(&b.acked) {
        let there = numbers.get(seq);
        assert_eq!(
            there,
            Some(event),
            "number {seq} is not what was acknowledged"
        );
    }
    for (conversation, outcome) in [("c-a", a), ("c-b", b)] {
        let which = Which::Conversation(conversation.into());
        let of_it = all(&*two, &which, 64).await;
        assert_eq!(
            of_it.len(),
            outcome.acked.len() + outcome.again,
            "each once"
        );
        let expected = (0..).map(|number| event(conversation, None, number));
        let found = of_it.iter().map(|kept| kept.event.clone());
        assert!(found.eq(expected.take(of_it.len())), "in order");
    }
    for hearing in hearing {
        let (heard, gaps) = soon("what was heard", hearing).await.unwrap();
        assert_eq!(gaps, 0, "the log was there all along");
        assert!(
            heard == numbers,
            "heard {} of {}",
            heard.len(),
            numbers.len()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_is_taken_away_is_made_again() {
    needs!("nats-server");
    let nats = Nats::start().await;
    let (backend, mut changes) = ready(&nats).await;
    let client = async_nats::connect(nats.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    for number in 1..=3 {
        // One that was taken away before may not have been made again yet.
        soon("claims, tickets and events taken away", async {
            let mut taken = BTreeSet::new();
            while taken.len() < 3 {
                let mut streams = jetstream.streams();
                while let Some(stream) = futures_util::StreamExt::next(&mut streams).await {
                    let name = stream.unwrap().config.name;
                    let stream = jetstream.get_stream(&name).await.unwrap();
                    let mut consumers = stream.consumer_names();
                    while let Some(consumer) = futures_util::StreamExt::next(&mut consumers).await {
                        let consumer = consumer.unwrap();
                        if stream.delete_consumer(&consumer).await.is_ok() {
                            taken.insert(name.clone());
                        }
                    }
                }
            }
        })
        .await;
        let claim = Claim::Conversation(format!("c-{number}").as_str().into());
        let ada = device("ada", "phone-1");
        backend.append(event("c-a", None, number)).await.unwrap();
        backend
            .claim(&account(), &claim, &ada, ClaimKind::Made)
            .await
            .unwrap();
        let (mut is_heard, mut is_claimed) = (false, false);
        soon("an event and a claim", async {
            while !(is_heard && is_claimed) {
                match changes.recv().await.unwrap() {
                    Change::Event(kept) => is_heard = kept.event == event("c-a", None, number),
                    Change::Claimed { claim: of, .. } => is_claimed = of == claim,
                    _ => {}
                }
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_lost_is_told_as_a_gap() {
    needs!("nats-server");
    let nats = Nats::start().await;
    let (backend, mut changes) = ready(&nats).await;
    for number in 1..=5 {
        backend.append(event("c-a", None, number)).await.unwrap();
    }
    told(&mut changes, "the last one", |change| {
        is_event(change, &event("c-a", None, 5))
    })
    .await;
    let client = async_nats::connect(nats.url()).await.unwrap();
    let jetstream = async_nats::jetstream::new(client);
    let mut names = jetstream.stream_names();
    while let Some(name) = futures_util::StreamExt::next(&mut names).await {
        let name = name.unwrap();
        if name.starts_with("HANDSET_EVENTS_") {
            jetstream.delete_stream(name).await.unwrap();
        }
    }
    let appended = backend.append(event("c-a", None, 6)).await.unwrap();
    assert_eq!(appended, Appended::New(1), "the stream is made again");
    told(&mut changes, "the gap", |change| {
        *change == Change::Gap(account())
    })
    .await;
    backend.append(event("c-a", None, 7)).await.unwrap();
    told(&mut changes, "the next one", |change| {
        is_event(change, &event("c-a", None, 7))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_go_on_when_all_events_have_expired() {
    needs!("nats-server");
    let mut nats = Nats::start().await;
    let short = Retention {
        time: Duration::from_millis(300),
        ..Retention::default()
    };
    let (backend, _changes) = open(&nats.url(), short).await.unwrap();
    let mut last = 0;
    for number in 1..=10 {
        let Appended::New(seq) = backend.append(event("c-a", None, number)).await.unwrap() else {
            panic!("a new event");
        };
        last = seq;
    }
    until("the end of all events", async || {
        all(&*backend, &Which::Account, 64).await.is_empty()
    })
    .await;
    nats.kill();
    nats.restart().await;
    until("NATS again", async || backend.ready().await.is_ok()).await;
    assert_eq!(backend.newest(&account()).await.unwrap(), last);
    let appended = backend.append(event("c-a", None, 11)).await.unwrap();
    assert_eq!(appended, Appended::New(last + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn past_its_size_the_oldest_events_go() {
    needs!("nats-server");
    let nats = Nats::start().await;
    let (backend, _changes) = opened(&nats).await;
    for number in 1..=100 {
        backend.append(event("c-a", None, number)).await.unwrap();
    }
    backend.close().await;
    let small = Retention {
        bytes: 16 * 1024,
        ..Retention::default()
    };
    let (backend, _changes) = open(&nats.url(), small).await.unwrap();
    assert_eq!(all(&*backend, &Which::Account, 64).await.len(), 100);
    backend.append(event("c-a", None, 101)).await.unwrap();
    let kept = all(&*backend, &Which::Account, 64).await;
    assert!((5..100).contains(&kept.len()), "{} are kept", kept.len());
    let expected: Vec<_> = (1..=101).map(|number| event("c-a", None, number)).collect();
    let kept: Vec<_> = kept.into_iter().map(|kept| kept.event).collect();
    assert!(expected.ends_with(&kept), "the newest are kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_opens_and_is_never_told() {
    needs!("nats-server");
    let nats = Nats::start_with(&["-js", "--user", "relay", "--pass", "p@ss:word"]).await;
    let url = nats.url_for("relay:p%40ss%3Aword");
    let (backend, _changes) = open(&url, Retention::default()).await.unwrap();
    backend.ready().await.unwrap();
    for bad in ["relay:verysecret", "other:verysecret"] {
        let refused = open(&nats.url_for(bad), Retention::default()).await;
        let cause = refused.err().unwrap();
        assert!(matches!(cause, Error::Lasting { .. }), "{cause}");
        assert!(
            cause.to_string().contains("refuses user and password"),
            "{cause}"
        );
        assert!(!format!("{cause} {cause:?}").contains("verysecret"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said() {
    needs!("nats-server");
    let mut nats = Nats::start_with(&[]).await;
    let cause = open(&nats.url(), Retention::default()).await.err().unwrap();
    assert!(cause.to_string().contains("nats-server -js"), "{cause}");
    assert!(matches!(cause, Error::Lasting { .. }), "{cause}");
    nats.kill();
    let url = nats.url();
    let opening = Box::pin(open(&url, Retention::default()));
    let cause = soon("an error", opening).await.err().unwrap();
    assert!(
        cause.to_string().contains("nats-server runs there"),
        "{cause}"
    );
}

/// Passes on between its own address and a NATS, each way some milliseconds late, as a network
/// does.
async fn far_away(nats: &Nats) -> String {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpStream},
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let nats = nats.url().replace("nats://", "");
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(&nats).await.unwrap();
            let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
            for (mut from, mut to) in [(from_near, to_far), (from_far, to_near)] {
                tokio::spawn(async move {
                    let mut bytes = vec![0; 64 * 1024];
                    while let Ok(length @ 1..) = from.read(&mut bytes).await {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                        if to.write_all(&bytes[..length]).await.is_err() {
                            return;
                        }
                    }
                });
            }
        }
    });
    format!("nats://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_testers_cursors_are_read_in_a_few_steps_however_far_nats_is() {
    const MANY: u64 = 2_000;
    needs!("nats-server");
    let nats = Nats::start().await;
    let (near, mut of_near) = ready(&nats).await;
    tokio::spawn(async move { while of_near.recv().await.is_some() {} });
    let mut wanted: Vec<_> = (1..=MANY)
        .map(|number| (Scope::Conversation(format!("c-{number}").into()), number))
        .collect();
    for some in wanted.chunks(100) {
        near.advance(&account(), "d1@ada", some.to_vec())
            .await
            .unwrap();
    }
    near.advance(&account(), "d2@ada", vec![(Scope::Account, 7)])
        .await
        .unwrap();
    for number in 0..400 {
        let ticket = ticket(&format!("t-{number}"), &account());
        near.keep_ticket(&ticket).await.unwrap();
    }
    let (far, mut of_far) = open(&far_away(&nats).await, Retention::default())
        .await
        .unwrap();
    tokio::spawn(async move { while of_far.recv().await.is_some() {} });
    let mut found = far.cursors(&account(), "d1@ada").await.unwrap();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    assert_eq!(far.cursors(&account(), "d3@ada").await.unwrap(), []);
    assert_eq!(far.tickets().await.unwrap().len(), 401);
    far.close().await;
    near.close().await;
}
