//! What every backend of a relay keeps to, whatever it keeps things in.

use std::sync::Arc;

use bytes::Bytes;
use handset::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        inbound::Request,
        relay::{Claim, Role, Scope},
        time::Timestamp,
    },
    relay::backend::{
        Appended, Backend, Change, Changes, ClaimKind, Device, Event, Issued, Known, StoredEvent,
        Which,
    },
};

use crate::support::soon;

/// An account that other tests do not use.
pub(crate) fn account() -> AccountId {
    "55512300".into()
}

/// An event of a conversation, told apart by its number.
pub(crate) fn event(conversation: &str, consumer: Option<&str>, number: u32) -> Event {
    let body = format!("{{\"in\":\"{conversation}\",\"number\":{number}}}\r\n\u{e9}");
    Event {
        account: account(),
        conversation: Some(conversation.into()),
        consumer: consumer.map(Into::into),
        digest: Some(format!("{conversation}{number}")),
        request: Request {
            at: Timestamp(1_722_500_061_200 + i64::from(number)),
            headers: vec![
                ("x-liveperson-account-id".into(), "55512300".into()),
                ("x-odd".into(), " \u{fc}\tb\\\"\u{7f} ".into()),
                ("x-odd".into(), String::new()),
            ],
            body: Bytes::from(body),
        },
    }
}

/// A device.
pub(crate) fn device(name: &str, id: &str) -> Device {
    Device {
        name: name.to_owned(),
        id: id.to_owned(),
    }
}

/// A ticket that ends far ahead.
pub(crate) fn ticket(id: &str, account: &AccountId) -> Issued {
    Issued {
        id: id.to_owned(),
        name: "ada".to_owned(),
        account: account.clone(),
        role: Role::Tester,
        made: 1_722_500_000,
        until: 4_102_444_800,
        revoked: false,
    }
}

/// Waits for a change.
pub(crate) async fn told(changes: &mut Changes, what: &str, is_it: impl Fn(&Change) -> bool) {
    let coming = async {
        loop {
            let change = changes.recv().await;
            let change = change.unwrap_or_else(|| panic!("changes ended before {what}"));
            if is_it(&change) {
                return;
            }
        }
    };
    soon(what, coming).await;
}

/// Reads everything, page by page.
pub(crate) async fn all(backend: &dyn Backend, which: &Which, page: usize) -> Vec<StoredEvent> {
    let (account, mut found) = (account(), Vec::<StoredEvent>::new());
    loop {
        let after = found.last().map_or(0, |kept| kept.seq);
        let read = backend.read(&account, which, after, page).await.unwrap();
        assert!(read.len() <= page);
        if read.is_empty() {
            assert!(found.is_sorted_by(|a, b| a.seq < b.seq));
            return found;
        }
        found.extend(read);
    }
}

fn events(kept: &[StoredEvent]) -> Vec<Event> {
    kept.iter().map(|kept| kept.event.clone()).collect()
}

/// Holds a backend against all rules. `open` opens the same state each time; only one is open at
/// a time.
pub(crate) async fn keeps_the_rules(open: impl AsyncFn() -> (Arc<dyn Backend>, Changes)) {
    let (backend, mut changes) = open().await;
    told(&mut changes, "the end of nothing", |change| {
        *change == Change::Current
    })
    .await;
    backend.ready().await.unwrap();
    let identity = backend.identity().await.unwrap();
    assert!(identity.path.len() >= 32 && identity.key.reveal().len() >= 32);

    tickets(&*backend, &mut changes).await;
    log(&*backend, &mut changes).await;
    claims(&*backend, &mut changes).await;
    devices(&*backend).await;
    canaries(&*backend, &mut changes).await;

    let newest = backend.newest(&account()).await.unwrap();
    backend.close().await;
    drop((backend, changes));

    let (backend, mut changes) = open().await;
    let (mut has_claim, mut has_ticket) = (false, false);
    soon("the state again", async {
        loop {
            match changes.recv().await.unwrap() {
                Change::Claimed { device, .. } if device.id == "phone-2" => has_claim = true,
                Change::Ticket(ticket) if ticket.id == "t1" => has_ticket = ticket.revoked,
                Change::Current => return,
                _ => {}
            }
        }
    })
    .await;
    assert!(has_claim && has_ticket, "the state comes before its end");
    let again = backend.identity().await.unwrap();
    assert_eq!(again.relay, identity.relay);
    assert_eq!(again.path, identity.path);
    assert_eq!(again.key, identity.key);
    assert_eq!(backend.newest(&account()).await.unwrap(), newest);
    let appended = backend.append(event("c-a", None, 2)).await.unwrap();
    assert_eq!(appended, Appended::Again, "digests outlive a restart");
    let Appended::New(seq) = backend.append(event("c-a", None, 99)).await.unwrap() else {
        panic!("an event that is new");
    };
    assert!(seq > newest);
    books_after_a_restart(&*backend).await;
    backend.close().await;
}

async fn tickets(backend: &dyn Backend, changes: &mut Changes) {
    assert_eq!(backend.tickets().await.unwrap(), []);
    let (mut first, second) = (ticket("t1", &account()), ticket("t.2 *>", &"other".into()));
    backend.keep_ticket(&first).await.unwrap();
    backend.keep_ticket(&second).await.unwrap();
    first.revoked = true;
    backend.keep_ticket(&first).await.unwrap();
    told(changes, "the revoked ticket", |change| {
        *change == Change::Ticket(first.clone())
    })
    .await;
    // Whoever still has the ticket as it was does not bring it back.
    backend
        .keep_ticket(&ticket("t1", &account()))
        .await
        .unwrap();
    let mut kept = backend.tickets().await.unwrap();
    kept.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(kept, [second, first]);
}

async fn log(backend: &dyn Backend, changes: &mut Changes) {
    let account = account();
    assert_eq!(backend.newest(&account).await.unwrap(), 0);
    assert_eq!(all(backend, &Which::Account, 10).await, []);
    let silent = Event {
        digest: None,
        conversation: None,
        consumer: None,
        ..event("c-a", None, 1)
    };
    let events_in = [
        event("c-a", Some("u-1"), 1),
        event("c-b", Some("u-1"), 1),
        silent.clone(),
        silent,
        event("c-a", None, 2),
        event("c-b", Some("u.2 *>"), 2),
        event("c-a", Some("u-1"), 3),
    ];
    let mut last = 0;
    for event in &events_in {
        let Appended::New(seq) = backend.append(event.clone()).await.unwrap() else {
            panic!("{event:?} is new");
        };
        assert!(seq > last, "{seq} after {last}");
        last = seq;
        told(changes, "an event", |change| {
            matches!(change, Change::Event(kept) if kept.seq == seq && kept.event == *event)
        })
        .await;
    }
    let again = backend.append(event("c-b", Some("u-1"), 1)).await.unwrap();
    assert_eq!(again, Appended::Again);
    assert_eq!(backend.newest(&account).await.unwrap(), last);

    let whole = all(backend, &Which::Account, 2).await;
    assert_eq!(events(&whole), events_in);
    assert_eq!(all(backend, &Which::Account, 100).await, whole);
    let of = |id: &str| Which::Conversation(ConversationId::from(id));
    let about = |id: &str| Which::Consumer(ParticipantId::from(id));
    let [a1, b1, _, _, a2, b2, a3] = events_in;
    assert_eq!(
        events(&all(backend, &of("c-a"), 2).await),
        [a1.clone(), a2, a3.clone()]
    );
    assert_eq!(
        events(&all(backend, &of("c-b"), 2).await),
        [b1.clone(), b2.clone()]
    );
    assert_eq!(all(backend, &of("c-"), 2).await, []);
    assert_eq!(events(&all(backend, &about("u-1"), 2).await), [a1, b1, a3]);
    assert_eq!(events(&all(backend, &about("u.2 *>"), 2).await), [b2]);
    let later = backend.read(&account, &Which::Account, last, 10).await;
    assert_eq!(later.unwrap(), []);

    // Another account's log is its own, with the same digests and conversations.
    let other = Event {
        account: "other".into(),
        ..event("c-a", Some("u-1"), 1)
    };
    let appended = backend.append(other.clone()).await.unwrap();
    assert!(matches!(appended, Appended::New(_)));
    let theirs = backend.read(&"other".into(), &of("c-a"), 0, 10).await;
    assert_eq!(events(&theirs.unwrap()), [other]);
    assert_eq!(all(backend, &Which::Account, 100).await, whole);
    assert_eq!(backend.newest(&"nobody".into()).await.unwrap(), 0);
}

async fn claims(backend: &dyn Backend, changes: &mut Changes) {
    let account = account();
    let claim = Claim::Conversation("c-a".into());
    let (ada, bert) = (device("ada", "phone-1"), device("bert", "phone-9"));
    let holder = backend
        .claim(&account, &claim, &ada, ClaimKind::Made)
        .await
        .unwrap();
    assert_eq!(holder, ada);
    for asked in [&bert, &ada] {
        let holder = backend
            .claim(&account, &claim, asked, ClaimKind::Made)
            .await
            .unwrap();
        assert_eq!(holder, ada, "{asked:?} asked");
    }
    let new = device("ada", "phone-2");
    let holder = backend
        .claim(&account, &claim, &new, ClaimKind::Made)
        .await
        .unwrap();
    assert_eq!(holder, new, "another device of the same name takes over");
    told(changes, "the claim", |change| {
        matches!(change, Change::Claimed { account: whose, claim: of, device }
            if *whose == self::account() && *of == claim && *device == new)
    })
    .await;
    let holder = backend
        .claim(&"other".into(), &claim, &bert, ClaimKind::Made)
        .await
        .unwrap();
    assert_eq!(holder, bert, "accounts are apart");

    presumptions(backend, &ada, &bert).await;

    let claim = Claim::Consumer("u-1".into());
    for device in [&ada, &bert] {
        let holder = backend
            .claim(&account, &claim, device, ClaimKind::Made)
            .await
            .unwrap();
        assert_eq!(holder, *device, "several may play a consumer");
        told(changes, "the claim of a consumer", |change| {
            matches!(change, Change::Claimed { claim: of, device: by, .. }
                if *of == claim && by == device)
        })
        .await;
    }
}

/// Who seems to own a conversation gives way to who says so, and to nobody else.
async fn presumptions(backend: &dyn Backend, ada: &Device, bert: &Device) {
    let account = account();
    let presume = async |id: &str, device: &Device| {
        let claim = Claim::Conversation(id.into());
        let claimed = backend.claim(&account, &claim, device, ClaimKind::Provisional);
        claimed.await.unwrap()
    };
    let claim = async |id: &str, device: &Device| {
        let claim = Claim::Conversation(id.into());
        backend
            .claim(&account, &claim, device, ClaimKind::Made)
            .await
            .unwrap()
    };
    assert_eq!(presume("c-p", ada).await, *ada);
    assert_eq!(presume("c-p", bert).await, *ada);
    let other = device("ada", "phone-7");
    assert_eq!(presume("c-p", &other).await, *ada, "not even of one name");
    assert_eq!(claim("c-p", bert).await, *bert);
    assert_eq!(claim("c-p", ada).await, *bert);
    assert_eq!(presume("c-p", ada).await, *bert);
    // What was presumed of it, a device may say of itself; then it stands.
    assert_eq!(presume("c-q", ada).await, *ada);
    assert_eq!(claim("c-q", ada).await, *ada);
    assert_eq!(claim("c-q", bert).await, *ada);
}

async fn devices(backend: &dyn Backend) {
    let account = account();
    let newest = backend.newest(&account).await.unwrap();
    let eve = device("eve", "phone-5");
    let known = Known {
        device: eve.clone(),
        role: Role::Observer,
        since: newest,
    };
    let met = backend.meet(&account, &eve, Role::Observer).await.unwrap();
    assert_eq!(met, known);
    backend.append(event("c-a", None, 4)).await.unwrap();
    let met = backend.meet(&account, &eve, Role::Observer).await.unwrap();
    assert_eq!(met, known, "the first time counts");

    assert_eq!(backend.cursors(&account, "phone-5").await.unwrap(), []);
    let of = |id: &str| Scope::Conversation(id.into());
    let steps = [
        vec![(Scope::Account, 3), (of("c-a"), 5), (of("c.b *>"), 1)],
        vec![(Scope::Account, 2), (of("c-a"), 6)],
        vec![],
    ];
    for step in steps {
        backend.advance(&account, "phone-5", step).await.unwrap();
    }
    backend
        .advance(&account, "phone-55", vec![(Scope::Account, 9)])
        .await
        .unwrap();
}

async fn books_after_a_restart(backend: &dyn Backend) {
    let account = account();
    let of = |id: &str| Scope::Conversation(id.into());
    let mut cursors = backend.cursors(&account, "phone-5").await.unwrap();
    cursors.sort();
    let mut expected = [(Scope::Account, 3), (of("c-a"), 6), (of("c.b *>"), 1)];
    expected.sort();
    assert_eq!(cursors, expected, "cursors never go back");
    let claim = Claim::Conversation("c-a".into());
    let bert = device("bert", "phone-9");
    let holder = backend
        .claim(&account, &claim, &bert, ClaimKind::Made)
        .await
        .unwrap();
    assert_eq!(holder, device("ada", "phone-2"));
}

async fn canaries(backend: &dyn Backend, changes: &mut Changes) {
    let request = event("canary", None, 1).request;
    backend
        .canary(&account(), "phone.1 *>", request.clone())
        .await
        .unwrap();
    told(changes, "the canary", |change| {
        matches!(change, Change::Canary { account: whose, device, request: came }
            if *whose == account() && device == "phone.1 *>" && **came == request)
    })
    .await;
}
