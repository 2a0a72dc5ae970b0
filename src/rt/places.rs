//! The places of a server: how many connections are open, which of them are silent, and which one
//! is ended when another one comes while all places are taken.
//!
//! A connection is silent while no request of it is being answered: before the whole head of its
//! first request is here, and between two requests. Bytes that trickle in change nothing about
//! that.

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    select,
    sync::Notify,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

/// The share of one address is all places divided by this.
///
/// A share is not a limit. While places are free, an address may take as many as it likes: behind
/// a reverse proxy or a tunnel everybody comes from one address. Once all places are taken, a new
/// connection ends a silent one, in this order:
///
/// 1. the longest silent one among the addresses that hold more than their share, so that an
///    address within its share loses nothing to one that floods;
/// 2. otherwise the longest silent one of all.
///
/// Behind a proxy the first rule always finds the proxy itself, and what is left is that the
/// longest silent connection goes. While no connection has been silent for [`GRACE`], new ones wait
/// in the system's backlog. A request that is being answered is never cut off.
const SHARES: usize = 8;
/// A connection may be silent for so long even while others wait for its place: of many clients
/// that connect at the same moment each has something to send.
const GRACE: Duration = Duration::from_millis(200);

/// All places of a server.
#[derive(Debug)]
pub(crate) struct Places {
    most: usize,
    table: Mutex<Table>,
    /// Somebody has left or become silent.
    moved: Notify,
}

#[derive(Debug, Default)]
struct Table {
    open: HashMap<u64, Open>,
    /// Connections by when they became silent.
    silent: BTreeMap<u64, u64>,
    addresses: HashMap<IpAddr, usize>,
    /// Numbers connections and moments.
    counter: u64,
}

#[derive(Debug)]
struct Open {
    address: IpAddr,
    end: CancellationToken,
    /// Requests that are being answered.
    requests: usize,
    /// The same moment as a number and as a time.
    silent_since: u64,
    silent_at: Instant,
    has_spoken: bool,
}

/// The place of one connection; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    number: u64,
    /// Cancelled when somebody else gets the place.
    pub(crate) end: CancellationToken,
}

/// A request that is being answered; until it is dropped its connection is not silent.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Place>);

impl Places {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most: most.max(1),
            table: Mutex::default(),
            moved: Notify::new(),
        })
    }

    /// A place for a connection from an address. Where none is free a silent connection ends for
    /// it; waits while there is none.
    pub(crate) async fn get(self: &Arc<Self>, address: IpAddr) -> Place {
        let address = counted_as(address);
        loop {
            let again_at = match self.try_get(address) {
                Ok(place) => return place,
                Err(again_at) => again_at,
            };
            select! {
                () = self.moved.notified() => {}
                () = until(again_at) => {}
            }
        }
    }

    /// A place, or when one may be had, if that is known.
    fn try_get(self: &Arc<Self>, address: IpAddr) -> Result<Place, Option<Instant>> {
        let mut table = self.table();
        if table.open.len() >= self.most {
            table.end_a_silent_one(self.share())?;
        }
        let end = CancellationToken::new();
        let number = table.tick();
        table.silent.insert(number, number);
        *table.addresses.entry(address).or_default() += 1;
        let open = Open {
            address,
            end: end.clone(),
            requests: 0,
            silent_since: number,
            silent_at: Instant::now(),
            has_spoken: false,
        };
        table.open.insert(number, open);
        Ok(Place {
            places: Arc::clone(self),
            number,
            end,
        })
    }

    /// Ends a silent connection, because the system has no room for another one.
    pub(crate) fn make_room(&self) {
        // Where nobody is silent for long enough somebody ends soon.
        let _ = self.table().end_a_silent_one(self.share());
    }

    fn share(&self) -> usize {
        self.most.div_ceil(SHARES)
    }

    /// Whether all places are taken by connections that are being answered.
    pub(crate) fn are_all_busy(&self) -> bool {
        let table = self.table();
        table.open.len() >= self.most && table.silent.is_empty()
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn tick(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Ends a silent connection; where it has not been silent for long enough it says when it will
    /// have been.
    fn end_a_silent_one(&mut self, share: usize) -> Result<(), Option<Instant>> {
        let silent = || {
            let numbers = self.silent.values();
            numbers.filter_map(|number| Some((*number, self.open.get(number)?)))
        };
        let is_past_its_share = |(_, open): &(u64, &Open)| {
            let held = self.addresses.get(&open.address);
            held.is_some_and(|held| *held > share)
        };
        let found = silent().find(is_past_its_share).or_else(|| silent().next());
        let (number, open) = found.ok_or(None)?;
        let ready_at = open.silent_at + GRACE;
        if ready_at > Instant::now() {
            return Err(Some(ready_at));
        }
        if let Some(open) = self.close(number) {
            open.end.cancel();
        }
        Ok(())
    }

    fn close(&mut self, number: u64) -> Option<Open> {
        let open = self.open.remove(&number)?;
        if open.requests == 0 {
            self.silent.remove(&open.silent_since);
        }
        if let Some(held) = self.addresses.get_mut(&open.address) {
            *held -= 1;
            if *held == 0 {
                self.addresses.remove(&open.address);
            }
        }
        Some(open)
    }
}

impl Place {
    /// The head of a request is here; `None` when the place is somebody else's by now.
    pub(crate) fn begin(self: &Arc<Self>) -> Option<UnderWay> {
        let mut table = self.places.table();
        let Table { open, silent, .. } = &mut *table;
        let open = open.get_mut(&self.number)?;
        silent.remove(&open.silent_since);
        open.requests += 1;
        open.has_spoken = true;
        Some(UnderWay(Arc::clone(self)))
    }

    /// Whether the head of a request ever came.
    pub(crate) fn has_spoken(&self) -> bool {
        let table = self.places.table();
        table
            .open
            .get(&self.number)
            .is_some_and(|open| open.has_spoken)
    }

    /// Whether no request is being answered.
    pub(crate) fn is_silent(&self) -> bool {
        let table = self.places.table();
        let open = table.open.get(&self.number);
        open.is_none_or(|open| open.requests == 0)
    }

    /// Whether all places are taken by connections that are being answered.
    pub(crate) fn is_wanted(&self) -> bool {
        self.places.are_all_busy()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.table().close(self.number);
        self.places.moved.notify_one();
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let place = &self.0;
        let mut table = place.places.table();
        let now = table.tick();
        let Table { open, silent, .. } = &mut *table;
        let Some(open) = open.get_mut(&place.number) else {
            return;
        };
        open.requests -= 1;
        if open.requests == 0 {
            (open.silent_since, open.silent_at) = (now, Instant::now());
            silent.insert(now, place.number);
            drop(table);
            place.places.moved.notify_one();
        }
    }
}

/// Ends at the time given; never, when there is none.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The address a connection counts for: of IPv6 the first half, because one host has all of the
/// second.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = u128::from(address) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(prefix))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures_util::FutureExt as _;

    use crate::rt::places::*;

    async fn get(places: &Arc<Places>, address: &str) -> Arc<Place> {
        Arc::new(places.get(address.parse().unwrap()).await)
    }

    fn ended(open: &[Arc<Place>]) -> Vec<bool> {
        open.iter().map(|place| place.end.is_cancelled()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_silent_one_of_who_has_most_ends_first() {
        let places = Places::new(16);
        let mut open = vec![
            get(&places, "10.0.0.1").await,
            get(&places, "2001:db8::1").await,
            get(&places, "2001:db8::2").await,
        ];
        for _ in 0..13 {
            open.push(get(&places, "::ffff:10.0.0.2").await);
        }
        let request = open[3].begin().unwrap();
        drop(open[4].begin());
        open.push(get(&places, "10.0.0.2").await);
        let gone = ended(&open).iter().position(|ended| *ended);
        assert_eq!(
            gone,
            Some(5),
            "others are within their share, 3 is busy, 4 spoke last"
        );
        assert!(
            open[5].begin().is_none(),
            "what comes too late is not begun"
        );
        drop(request);
        // Only who is within his share is left: then the longest silent one of all.
        for place in open.iter().skip(3) {
            drop(place.begin());
        }
        let open: Vec<_> = open.into_iter().take(3).collect();
        let mut more = Vec::new();
        for number in 0..14 {
            more.push(get(&places, &format!("10.0.1.{}", number / 2)).await);
        }
        assert_eq!(ended(&open), [true, false, false]);
        assert_eq!(ended(&more), [false; 14]);
    }

    #[tokio::test(start_paused = true)]
    async fn while_all_are_busy_the_next_one_waits_for_the_first_that_is_silent() {
        let places = Places::new(2);
        let (one, other) = (
            get(&places, "10.0.0.1").await,
            get(&places, "10.0.0.1").await,
        );
        let (request, _other) = (one.begin(), other.begin());
        assert!(one.is_wanted() && one.has_spoken());
        let mut waiting = pin!(get(&places, "10.0.0.2"));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(request);
        assert!(waiting.as_mut().now_or_never().is_none());
        tokio::time::advance(GRACE).await;
        let third = waiting.await;
        assert!(one.end.is_cancelled() && !other.end.is_cancelled() && !third.has_spoken());
    }
}
