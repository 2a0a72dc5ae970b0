//! Who sits at this machine, as colleagues are told it.

use std::{env, fs};

/// `user@host`, as far as they are known.
pub fn person() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| env::var(name).ok().filter(|user| !user.is_empty()));
    let host = fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| env::var("HOSTNAME").ok())
        .map(|host| host.trim().to_owned())
        .filter(|host| !host.is_empty());
    let user = user.as_deref().unwrap_or("somebody");
    match host {
        Some(host) => format!("{user}@{host}"),
        None => user.to_owned(),
    }
}
