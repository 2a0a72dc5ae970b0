//! The addresses of pictures that cards name: each is asked for once, and what came of it stays.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::{
    domain::ids::ItemId,
    engine::update::{PictureBytes, PictureRefusal},
};

/// Addresses remembered; past that the one looked at longest ago is forgotten, and asked for again
/// when it is looked at.
const KNOWN: usize = 512;
/// Bytes of pictures kept, so that they can be made again in another size; past that the picture
/// looked at longest ago is forgotten.
const HELD: usize = 64 * 1024 * 1024;
/// Pictures asked for at the same time; the others wait until some of them came.
const UNDER_WAY: usize = 16;

/// What came of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AddressState {
    /// It is asked for, or will be.
    Coming,
    /// The picture is here.
    Here(PictureBytes),
    /// It is not asked for before the user decides on the host.
    Undecided(String),
    /// The user does not want this host to be asked.
    Unwanted(String),
    /// It cannot be had, or not be drawn.
    Failed(String),
}

#[derive(Debug)]
struct Address {
    state: AddressState,
    /// The lines that show it, for as long as its state can change.
    items: BTreeSet<ItemId>,
    /// When it was looked at last, in looks.
    looked: u64,
}

/// All addresses of the cards that were looked at.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    known: HashMap<String, Address>,
    /// Those that are to be asked for, the newest last.
    waiting: VecDeque<String>,
    under_way: BTreeSet<String>,
    looks: u64,
    held: usize,
    /// What the user decided.
    hosts: BTreeMap<String, bool>,
}

impl Addresses {
    /// How it stands with an address that a line shows. One that was never looked at is to be
    /// asked for.
    pub(crate) fn look(&mut self, address: &str, item: ItemId) -> AddressState {
        self.looks += 1;
        let looked = self.looks;
        if let Some(known) = self.known.get_mut(address) {
            known.looked = looked;
            known.items.insert(item);
            return known.state.clone();
        }
        if self.known.len() >= KNOWN {
            self.forget_oldest(|_| true);
        }
        let new = Address {
            state: AddressState::Coming,
            items: BTreeSet::from([item]),
            looked,
        };
        self.known.insert(address.to_owned(), new);
        self.waiting.push_back(address.to_owned());
        AddressState::Coming
    }

    /// The next address to ask for; the newest first, for it is what is looked at.
    pub(crate) fn next_to_ask(&mut self) -> Option<String> {
        if self.under_way.len() >= UNDER_WAY {
            return None;
        }
        let address = self.waiting.pop_back()?;
        self.under_way.insert(address.clone());
        Some(address)
    }

    /// Something came of an address; gives the lines that show it, and the host that the user has
    /// to decide on if nobody else asked for that yet.
    pub(crate) fn arrived(
        &mut self,
        address: &str,
        picture: Result<PictureBytes, PictureRefusal>,
    ) -> (BTreeSet<ItemId>, Option<String>) {
        self.under_way.remove(address);
        let mut asked = None;
        let state = match picture {
            Ok(bytes) => AddressState::Here(bytes),
            Err(PictureRefusal::Failed(reason)) => AddressState::Failed(reason),
            Err(PictureRefusal::Unwanted(host)) => AddressState::Unwanted(host),
            Err(PictureRefusal::Undecided(host)) => {
                let is_new = !self.undecided().contains(&host);
                asked = is_new.then(|| host.clone());
                AddressState::Undecided(host)
            }
        };
        let Some(known) = self.known.get_mut(address) else {
            return (BTreeSet::new(), None);
        };
        if let AddressState::Here(bytes) = &state {
            self.held += bytes.0.len();
        }
        known.state = state;
        let items = known.items.clone();
        while self.held > HELD && self.forget_oldest(|state| matches!(state, AddressState::Here(_)))
        {
        }
        (items, asked)
    }

    /// A picture that is here cannot be drawn.
    pub(crate) fn is_broken(&mut self, address: &str, reason: &str) {
        if let Some(known) = self.known.get_mut(address) {
            if let AddressState::Here(bytes) = &known.state {
                self.held -= bytes.0.len();
            }
            known.state = AddressState::Failed(reason.to_owned());
        }
    }

    /// What the user decided on hosts; gives the lines that show pictures of one that is new.
    pub(crate) fn decided(&mut self, hosts: BTreeMap<String, bool>) -> BTreeSet<ItemId> {
        self.hosts = hosts;
        let mut items = BTreeSet::new();
        for (address, known) in &mut self.known {
            let (AddressState::Undecided(host) | AddressState::Unwanted(host)) = &known.state
            else {
                continue;
            };
            let state = match self.hosts.get(host) {
                Some(true) => {
                    self.waiting.push_back(address.clone());
                    AddressState::Coming
                }
                Some(false) => AddressState::Unwanted(host.clone()),
                None => continue,
            };
            if known.state != state {
                known.state = state;
                items.extend(&known.items);
            }
        }
        items
    }

    /// Asks again for the pictures of a line that could not be had; whether there are some.
    pub(crate) fn try_again(&mut self, item: ItemId) -> bool {
        let before = self.waiting.len();
        for (address, known) in &mut self.known {
            if matches!(known.state, AddressState::Failed(_)) && known.items.contains(&item) {
                known.state = AddressState::Coming;
                self.waiting.push_back(address.clone());
            }
        }
        self.waiting.len() > before
    }

    /// The hosts that wait for the user, in the order of their names.
    pub(crate) fn undecided(&self) -> BTreeSet<String> {
        let states = self.known.values().map(|known| &known.state);
        let hosts = states.filter_map(|state| match state {
            AddressState::Undecided(host) => Some(host.clone()),
            _ => None,
        });
        hosts.collect()
    }

    /// What the user decided on hosts.
    pub(crate) fn hosts(&self) -> &BTreeMap<String, bool> {
        &self.hosts
    }

    /// Forgets the address looked at longest ago among those in such a state; false when there is
    /// none.
    fn forget_oldest(&mut self, fits: impl Fn(&AddressState) -> bool) -> bool {
        let fitting = self.known.iter().filter(|(_, known)| fits(&known.state));
        let oldest = fitting.min_by_key(|(_, known)| known.looked);
        let Some(address) = oldest.map(|(address, _)| address.clone()) else {
            return false;
        };
        self.waiting.retain(|waiting| *waiting != address);
        if let Some(known) = self.known.remove(&address)
            && let AddressState::Here(bytes) = known.state
        {
            self.held -= bytes.0.len();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::tui::testkit::id;

    #[expect(clippy::unnecessary_wraps, reason = "it stands beside what is refused")]
    fn bytes(many: usize) -> Result<PictureBytes, PictureRefusal> {
        Ok(PictureBytes(Bytes::from(vec![0; many])))
    }

    fn undecided(host: &str) -> Result<PictureBytes, PictureRefusal> {
        Err(PictureRefusal::Undecided(host.to_owned()))
    }

    #[test]
    fn an_address_is_asked_for_once_however_many_lines_show_it() {
        let mut addresses = Addresses::default();
        for number in 0..3 {
            assert_eq!(addresses.look("a", id(number)), AddressState::Coming);
        }
        assert_eq!(addresses.next_to_ask().as_deref(), Some("a"));
        assert_eq!(addresses.next_to_ask(), None);
        let refused = Err(PictureRefusal::Failed("it is too large".to_owned()));
        let (items, _) = addresses.arrived("a", refused);
        assert_eq!(items.len(), 3);
        let failed = AddressState::Failed("it is too large".to_owned());
        assert_eq!(addresses.look("a", id(4)), failed);
        assert_eq!(addresses.next_to_ask(), None);
        assert!(!addresses.try_again(id(9)));
        assert!(addresses.try_again(id(4)));
        assert_eq!(addresses.next_to_ask().as_deref(), Some("a"));
    }

    #[test]
    fn few_are_asked_for_at_a_time_and_the_newest_first() {
        let mut addresses = Addresses::default();
        for number in 0..KNOWN + 10 {
            addresses.look(&number.to_string(), id(0));
        }
        assert_eq!(addresses.known.len(), KNOWN);
        assert_eq!(addresses.waiting.len(), KNOWN);
        let last = (KNOWN + 9).to_string();
        assert_eq!(addresses.next_to_ask(), Some(last.clone()));
        for _ in 1..UNDER_WAY {
            assert!(addresses.next_to_ask().is_some());
        }
        assert_eq!(addresses.next_to_ask(), None);
        addresses.arrived(&last, bytes(1));
        assert!(addresses.next_to_ask().is_some());
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_was_looked_at_stays() {
        let mut addresses = Addresses::default();
        for name in ["a", "b", "c"] {
            addresses.look(name, id(0));
            addresses.next_to_ask();
            addresses.arrived(name, bytes(HELD / 2));
            addresses.look("a", id(0));
        }
        assert!(addresses.known.contains_key("a") && !addresses.known.contains_key("b"));
        assert_eq!(addresses.held, HELD / 2 * 2);
    }

    #[test]
    fn a_host_is_told_once_and_a_yes_asks_for_all_of_its_pictures() {
        let mut addresses = Addresses::default();
        for name in ["a", "b", "c"] {
            addresses.look(name, id(7));
            addresses.next_to_ask();
        }
        let told = |addresses: &mut Addresses, name: &str, host: &str| {
            addresses.arrived(name, undecided(host)).1
        };
        assert!(told(&mut addresses, "a", "one.test").is_some());
        assert!(told(&mut addresses, "b", "one.test").is_none());
        assert!(told(&mut addresses, "c", "two.test").is_some());
        let word = |yes| BTreeMap::from([("one.test".to_owned(), yes)]);
        assert_eq!(addresses.decided(word(false)), BTreeSet::from([id(7)]));
        assert_eq!(addresses.next_to_ask(), None);
        assert_eq!(addresses.decided(word(true)).len(), 1);
        let mut again = [
            addresses.next_to_ask(),
            addresses.next_to_ask(),
            addresses.next_to_ask(),
        ];
        again.sort();
        assert_eq!(again, [None, Some("a".to_owned()), Some("b".to_owned())]);
        assert_eq!(
            addresses.undecided(),
            BTreeSet::from(["two.test".to_owned()])
        );
    }
}
