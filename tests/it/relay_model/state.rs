//! A relay's state in memory: it keeps the rules that the real ones keep, has no thread and no
//! disk, and fails when it is told to.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};

use handset::{
    domain::{
        ids::{AccountId, ConversationId},
        inbound::Request,
        relay::{Claim, Role, Scope},
        secret::Secret,
    },
    relay::backend::{
        Appended, Backend, Boxed, Change, Changes, ClaimKind, Cursor, Device, Error, Event,
        Identity, Issued, Known, StoredEvent, Which,
    },
};
use tokio::sync::mpsc;

/// What the state does with the next thing it is to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Luck {
    /// It writes, and says that it could not.
    Misled,
    /// It does not write, and says so.
    Refused,
}

/// What outlives a relay.
#[derive(Default)]
pub(super) struct Books {
    pub(super) events: Vec<StoredEvent>,
    digests: HashSet<(AccountId, String)>,
    /// Who holds each conversation, and by which kind of claim.
    holders: HashMap<(AccountId, ConversationId), (Device, ClaimKind)>,
    /// Who held a conversation at some time.
    pub(super) held: HashSet<(AccountId, ConversationId, Device)>,
    /// Who plays each consumer.
    pub(super) players: BTreeMap<(AccountId, Claim), BTreeSet<Device>>,
    devices: HashMap<(AccountId, Device), Known>,
    cursors: HashMap<(AccountId, String), BTreeMap<Scope, u64>>,
    tickets: BTreeMap<String, Issued>,
    pub(super) luck: Option<Luck>,
    /// Which relay serves it; what an earlier one still asks for meets nobody.
    serving: u64,
}

impl Books {
    pub(super) fn holder(&self, account: &AccountId, id: &ConversationId) -> Option<&Device> {
        let held = self.holders.get(&(account.clone(), id.clone()));
        held.map(|(device, _)| device)
    }
}

/// The state, for one relay at a time.
pub(super) struct Memory {
    books: Arc<Mutex<Books>>,
    changes: mpsc::Sender<Change>,
    number: u64,
}

/// Changes that wait to be taken; a case has fewer.
const CHANGES: usize = 4096;

/// Opens the state for the relay that serves it from now on.
pub(super) fn open(books: &Arc<Mutex<Books>>) -> (Arc<dyn Backend>, Changes) {
    let (changes, told) = mpsc::channel(CHANGES);
    let mut kept = books.lock().unwrap();
    kept.serving += 1;
    let tell = |change| changes.try_send(change).unwrap();
    for ((account, id), (device, _)) in &kept.holders {
        tell(Change::Claimed {
            account: account.clone(),
            claim: Claim::Conversation(id.clone()),
            device: device.clone(),
        });
    }
    for ((account, claim), players) in &kept.players {
        for device in players {
            tell(Change::Claimed {
                account: account.clone(),
                claim: claim.clone(),
                device: device.clone(),
            });
        }
    }
    kept.tickets
        .values()
        .cloned()
        .map(Change::Ticket)
        .for_each(&tell);
    tell(Change::Current);
    let number = kept.serving;
    drop(kept);
    let books = Arc::clone(books);
    (
        Arc::new(Memory {
            books,
            changes,
            number,
        }),
        told,
    )
}

fn unavailable(what: &str) -> Error {
    Error::Unavailable {
        what: what.to_owned(),
        why: "the model says so".to_owned(),
    }
}

impl Memory {
    fn books(&self) -> Result<MutexGuard<'_, Books>, Error> {
        let books = self.books.lock().unwrap();
        let is_served = books.serving == self.number;
        is_served
            .then_some(books)
            .ok_or_else(|| unavailable("ask a state of another relay"))
    }

    /// Writes something, and tells what changed, as its luck will have it.
    fn write<'a, T: Send + 'a>(
        &'a self,
        write: impl FnOnce(&mut Books) -> (T, Option<Change>) + Send + 'a,
    ) -> Boxed<'a, Result<T, Error>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let mut books = self.books()?;
            let luck = books.luck.take();
            if luck == Some(Luck::Refused) {
                return Err(unavailable("write"));
            }
            let (answer, change) = write(&mut books);
            if let Some(change) = change {
                // Nobody listens any more once the relay ends.
                let _ = self.changes.try_send(change);
            }
            let misled = luck == Some(Luck::Misled);
            (!misled)
                .then_some(answer)
                .ok_or_else(|| unavailable("say what was written"))
        })
    }

    fn hold<'a>(
        &'a self,
        account: &'a AccountId,
        id: &'a ConversationId,
        device: &'a Device,
        kind: ClaimKind,
    ) -> Boxed<'a, Result<Device, Error>> {
        self.write(move |books| {
            let at = (account.clone(), id.clone());
            let before = books.holders.get(&at).cloned();
            if let Some((holder, held)) = &before {
                let gives_way = *held == ClaimKind::Provisional || holder.name == device.name;
                if kind == ClaimKind::Provisional || !gives_way {
                    return (holder.clone(), None);
                }
            }
            books.holders.insert(at, (device.clone(), kind));
            books
                .held
                .insert((account.clone(), id.clone(), device.clone()));
            let is_new = before.is_none_or(|(holder, _)| holder != *device);
            let change = Change::Claimed {
                account: account.clone(),
                claim: Claim::Conversation(id.clone()),
                device: device.clone(),
            };
            (device.clone(), is_new.then_some(change))
        })
    }
}

impl Backend for Memory {
    fn identity(&self) -> Boxed<'_, Result<Identity, Error>> {
        let identity = Identity {
            relay: "model".to_owned(),
            path: "0123456789abcdef0123456789abcdef".to_owned(),
            key: Secret::new("c2VjcmV0IGtleSBvZiB0aGUgbW9kZWwsIDMyIGJ5dGVzIQ==".to_owned()),
        };
        Box::pin(async { Ok(identity) })
    }

    fn append(&self, event: Event) -> Boxed<'_, Result<Appended, Error>> {
        self.write(move |books| {
            if let Some(digest) = &event.digest
                && !books
                    .digests
                    .insert((event.account.clone(), digest.clone()))
            {
                return (Appended::Again, None);
            }
            let seq = u64::try_from(books.events.len()).unwrap() + 1;
            let kept = StoredEvent { seq, event };
            books.events.push(kept.clone());
            (Appended::New(seq), Some(Change::Event(Arc::new(kept))))
        })
    }

    fn read<'a>(
        &'a self,
        account: &'a AccountId,
        which: &'a Which,
        after: u64,
        limit: usize,
    ) -> Boxed<'a, Result<Vec<StoredEvent>, Error>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let is_meant = |kept: &&StoredEvent| {
                let event = &kept.event;
                let is_of_it = match which {
                    Which::Conversation(id) => event.conversation.as_ref() == Some(id),
                    Which::Consumer(id) => event.consumer.as_ref() == Some(id),
                    Which::Account => true,
                };
                event.account == *account && kept.seq > after && is_of_it
            };
            let books = self.books()?;
            Ok(books
                .events
                .iter()
                .filter(is_meant)
                .take(limit)
                .cloned()
                .collect())
        })
    }

    fn newest<'a>(&'a self, account: &'a AccountId) -> Boxed<'a, Result<u64, Error>> {
        Box::pin(async move { Ok(newest(&*self.books()?, account)) })
    }

    fn claim<'a>(
        &'a self,
        account: &'a AccountId,
        claim: &'a Claim,
        device: &'a Device,
        kind: ClaimKind,
    ) -> Boxed<'a, Result<Device, Error>> {
        let Claim::Conversation(id) = claim else {
            return self.write(move |books| {
                let players = books
                    .players
                    .entry((account.clone(), claim.clone()))
                    .or_default();
                let is_new = players.insert(device.clone());
                let change = Change::Claimed {
                    account: account.clone(),
                    claim: claim.clone(),
                    device: device.clone(),
                };
                (device.clone(), is_new.then_some(change))
            });
        };
        self.hold(account, id, device, kind)
    }

    fn release<'a>(
        &'a self,
        account: &'a AccountId,
        claim: &'a Claim,
        device: &'a Device,
    ) -> Boxed<'a, Result<(), Error>> {
        self.write(move |books| {
            let was_held = match claim {
                Claim::Conversation(id) => {
                    let at = (account.clone(), id.clone());
                    let is_its_own = books
                        .holders
                        .get(&at)
                        .is_some_and(|(holder, _)| holder == device);
                    is_its_own && books.holders.remove(&at).is_some()
                }
                Claim::Consumer(_) => {
                    let players = books.players.get_mut(&(account.clone(), claim.clone()));
                    players.is_some_and(|players| players.remove(device))
                }
            };
            let change = Change::Released {
                account: account.clone(),
                claim: claim.clone(),
                device: device.clone(),
            };
            ((), was_held.then_some(change))
        })
    }

    /// Nothing is ever dropped here.
    fn dropped<'a>(
        &'a self,
        _account: &'a AccountId,
        _tester: &'a str,
        _noted: u64,
    ) -> Boxed<'a, Result<u64, Error>> {
        Box::pin(std::future::ready(Ok(0)))
    }

    fn meet<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a Device,
        role: Role,
    ) -> Boxed<'a, Result<Known, Error>> {
        self.write(move |books| {
            let since = newest(books, account);
            let known = books.devices.entry((account.clone(), device.clone()));
            let known = known.or_insert_with(|| Known {
                device: device.clone(),
                role,
                since,
            });
            (known.clone(), None)
        })
    }

    fn cursors<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
    ) -> Boxed<'a, Result<Vec<Cursor>, Error>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            let books = self.books()?;
            let cursors = books.cursors.get(&(account.clone(), device.to_owned()));
            Ok(cursors.cloned().unwrap_or_default().into_iter().collect())
        })
    }

    fn advance<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
        cursors: Vec<Cursor>,
    ) -> Boxed<'a, Result<(), Error>> {
        self.write(move |books| {
            let known = books
                .cursors
                .entry((account.clone(), device.to_owned()))
                .or_default();
            for (scope, seq) in cursors {
                let mark = known.entry(scope).or_default();
                *mark = seq.max(*mark);
            }
            ((), None)
        })
    }

    fn keep_ticket<'a>(&'a self, ticket: &'a Issued) -> Boxed<'a, Result<(), Error>> {
        self.write(move |books| {
            let known = books
                .tickets
                .entry(ticket.id.clone())
                .or_insert_with(|| ticket.clone());
            known.revoked |= ticket.revoked;
            ((), Some(Change::Ticket(known.clone())))
        })
    }

    fn tickets(&self) -> Boxed<'_, Result<Vec<Issued>, Error>> {
        Box::pin(async { Ok(self.books()?.tickets.values().cloned().collect()) })
    }

    fn canary<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
        request: Request,
    ) -> Boxed<'a, Result<(), Error>> {
        self.write(move |_| {
            let change = Change::Canary {
                account: account.clone(),
                device: device.to_owned(),
                request: Arc::new(request),
            };
            ((), Some(change))
        })
    }

    fn ready(&self) -> Boxed<'_, Result<(), Error>> {
        self.write(|_| ((), None))
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async {})
    }
}

fn newest(books: &Books, account: &AccountId) -> u64 {
    let mut events = books.events.iter().rev();
    events
        .find(|kept| kept.event.account == *account)
        .map_or(0, |kept| kept.seq)
}
