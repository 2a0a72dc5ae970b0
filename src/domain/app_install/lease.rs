//! Who has borrowed an app install, and until when: written into the record itself, as a custom
//! header of every endpoint, for colleagues have nothing else in common.

use serde_json::Value;

use crate::domain::{
    app_install::{EventType, HEADERS, webhooks},
    text::SafeText,
};

/// The custom header that says so. Our listener does not mind it.
pub const LEASE_HEADER: &str = "X-Handset-Lease";

/// Letters kept of a name or a device.
const LONGEST_PART: usize = 80;

/// Who has borrowed an app install, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which installation of handset: made once for each journal.
    pub device: String,
    /// Who that is to people, as `ada@desk`.
    pub name: String,
    /// Seconds since 1970.
    pub until: i64,
}

impl Lease {
    /// A lease; what cannot stand in a header or would end a part is taken out of its words.
    pub fn new(device: &str, name: &str, until: i64) -> Self {
        Self {
            device: part(device),
            name: part(name),
            until,
        }
    }

    /// How long one holds before it must be renewed, in seconds.
    pub const LENGTH: i64 = 12 * 60 * 60;

    /// With less than this left it is renewed, in seconds.
    pub const RENEWAL: i64 = 6 * 60 * 60;

    /// Whether it still holds at a time, in seconds since 1970.
    pub fn holds(&self, now: i64) -> bool {
        self.until > now
    }

    /// The header's value.
    pub fn header(&self) -> String {
        format!("{};{};{}", self.device, self.name, self.until)
    }

    /// Reads a header's value.
    pub fn read(value: &str) -> Option<Self> {
        let (rest, until) = value.rsplit_once(';')?;
        let (device, name) = rest.split_once(';')?;
        let until = until.trim().parse().ok()?;
        let lease = Self::new(device, name, until);
        (!lease.device.is_empty()).then_some(lease)
    }

    /// The lease of an entry; the last one to end should there be several.
    pub(super) fn of_entry(entry: &Value) -> Option<Self> {
        let headers = entry.get(HEADERS)?.as_array()?;
        let values = headers.iter().filter(|header| is_lease(header));
        let leases = values.filter_map(|header| Self::read(header.get("header_value")?.as_str()?));
        leases.max_by_key(|lease| lease.until)
    }
}

/// The lease of somebody else that holds at a time, in seconds since 1970; of several the last
/// one to end.
pub fn foreign_lease(record: &Value, device: &str, now: i64) -> Option<Lease> {
    let device = part(device);
    let foreign = leases(record).filter(|lease| lease.device != device && lease.holds(now));
    foreign.max_by_key(|lease| lease.until)
}

/// The lease of a device, whether it holds or not; of several the last one to end.
pub fn lease_of(record: &Value, device: &str) -> Option<Lease> {
    let device = part(device);
    let own = leases(record).filter(|lease| lease.device == device);
    own.max_by_key(|lease| lease.until)
}

/// The lease in a record, whether it holds or not; of several the last one to end.
pub fn latest_lease(record: &Value) -> Option<Lease> {
    leases(record).max_by_key(|lease| lease.until)
}

fn leases(record: &Value) -> impl Iterator<Item = Lease> {
    let webhooks = webhooks(record);
    let keys = EventType::ALL.into_iter().flat_map(EventType::keys);
    keys.filter_map(move |key| Lease::of_entry(webhooks?.get(*key)?))
}

/// Whether an element of an entry's headers is a lease, readable or not.
pub(super) fn is_lease(header: &Value) -> bool {
    let name = header.get("header_name").and_then(Value::as_str);
    name.is_some_and(|name| name.trim().eq_ignore_ascii_case(LEASE_HEADER))
}

/// What of a text can be a part of a lease.
fn part(text: &str) -> String {
    let text = SafeText::clean(text);
    let kept = text.as_str().trim().chars().map(|c| match c {
        ';' | ' ' => '_',
        c if c.is_ascii_graphic() => c,
        _ => '?',
    });
    kept.take(LONGEST_PART).collect()
}
