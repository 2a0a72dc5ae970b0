//! Who may log in as an agent, and who has; see `domains-and-auth` 6.
//!
//! Sessions live in memory: a restart ends every session.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_lc_rs::{constant_time, hmac};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        ids::{AccountId, ParticipantId},
        secret::Secret,
        time::Timestamp,
    },
    sandbox::model::{people::agent_id, roster},
};

/// Letters and digits of a password.
const PASSWORD: usize = 16;
/// Sessions at most; past it the one that ends soonest ends at once.
const SESSIONS: usize = 1024;
/// What passwords are made of: nothing that must be quoted anywhere.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A user who can log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub username: String,
    pub password: Secret,
    /// `userId`: digits.
    pub id: &'static str,
    /// `userPid`: who they are in conversations.
    pub pid: ParticipantId,
    /// Whether they may manage app installs.
    pub is_admin: bool,
    /// The ids of their skills; `-1` stands for conversations without one.
    pub skills: Vec<&'static str>,
}

#[derive(Clone)]
pub(crate) struct LoginSession {
    pub user: Arc<User>,
    /// The value of the session's cookie.
    pub cookie: Secret,
    /// What must come with the cookie.
    pub csrf: Secret,
    pub bearer: Secret,
    /// Cancelled when it ends before its time.
    pub ended: CancellationToken,
    ends: Timestamp,
}

/// The users of an account and their sessions.
#[derive(Debug)]
pub(crate) struct Logins {
    users: Vec<Arc<User>>,
    life: Duration,
    /// By the number of the login.
    sessions: Mutex<BTreeMap<u64, LoginSession>>,
}

impl Logins {
    /// The users of an account, none logged in; a session that is not refreshed lives so long.
    ///
    /// The same seed secret gives the same passwords.
    pub(crate) fn new(account: &AccountId, seed: &Secret, life: Duration) -> Self {
        let user = |name: &str, is_admin, skills: &[&'static str]| {
            let username = name.to_lowercase();
            let listed = roster::PEOPLE.iter().find(|(one, _)| *one == name);
            let (_, id) = listed.copied().unwrap_or_default();
            Arc::new(User {
                password: password(seed, &username),
                username,
                id,
                pid: agent_id(account, name),
                is_admin,
                skills: skills.to_vec(),
            })
        };
        Self {
            users: vec![
                user(
                    roster::KIM,
                    false,
                    &[roster::SERVICE.id, roster::UNASSIGNED],
                ),
                user(roster::SAM, false, &[roster::SALES.id]),
                user(
                    roster::MORGAN,
                    true,
                    &[roster::SERVICE.id, roster::SALES.id, roster::UNASSIGNED],
                ),
            ],
            life,
            sessions: Mutex::default(),
        }
    }

    /// The users who can log in.
    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.iter().map(AsRef::as_ref)
    }

    /// How long a session lives that is not refreshed.
    pub(crate) fn life(&self) -> Duration {
        self.life
    }

    /// Begins a session, if the password is that user's; `None` if it is not.
    pub(crate) fn log_in(
        &self,
        now: Timestamp,
        username: &str,
        password: &str,
    ) -> Option<LoginSession> {
        let known = self.users.iter().find(|user| user.username == username)?;
        let right = known.password.reveal().as_bytes();
        constant_time::verify_slices_are_equal(password.as_bytes(), right).ok()?;
        let session = LoginSession {
            user: known.clone(),
            cookie: token::<16>()?,
            csrf: token::<6>()?,
            bearer: token::<16>()?,
            ended: CancellationToken::new(),
            ends: now.after(self.life),
        };
        let mut sessions = self.lock();
        end(&mut sessions, |session| session.ends <= now);
        if sessions.len() >= SESSIONS {
            let soonest = sessions.iter().min_by_key(|(_, session)| session.ends);
            let soonest = soonest.map(|(number, _)| *number);
            if let Some(session) = soonest.and_then(|number| sessions.remove(&number)) {
                session.ended.cancel();
            }
        }
        let number = sessions.last_key_value().map_or(0, |(last, _)| last + 1);
        sessions.insert(number, session.clone());
        Some(session)
    }

    /// Prolongs the session with this cookie and csrf, and says whether there is one.
    pub(crate) fn refresh(&self, now: Timestamp, cookie: &str, csrf: &str) -> bool {
        let mut sessions = self.lock();
        let found = sessions
            .values_mut()
            .find(|session| session.ends > now && session.opens(cookie, csrf));
        match found {
            Some(session) => {
                session.ends = now.after(self.life);
                true
            }
            None => false,
        }
    }

    /// Ends the session with this cookie and csrf, and says whether there was one.
    pub(crate) fn log_out(&self, now: Timestamp, cookie: &str, csrf: &str) -> bool {
        let mut sessions = self.lock();
        let before = sessions.len();
        end(&mut sessions, |session| {
            session.ends > now && session.opens(cookie, csrf)
        });
        sessions.len() < before
    }

    pub(crate) fn log_out_all(&self) {
        end(&mut self.lock(), |_| true);
    }

    pub(crate) fn bearer(&self, now: Timestamp, bearer: &str) -> Option<Arc<User>> {
        self.session(now, bearer).map(|session| session.user)
    }

    /// The session that runs with this bearer.
    pub(crate) fn session(&self, now: Timestamp, bearer: &str) -> Option<LoginSession> {
        self.lock()
            .values()
            .find(|session| session.ends > now && same(&session.bearer, bearer))
            .cloned()
    }

    /// When a session ends if it is not prolonged; `None` when it has.
    pub(crate) fn ends(&self, now: Timestamp, session: &LoginSession) -> Option<Timestamp> {
        self.session(now, session.bearer.reveal())
            .map(|found| found.ends)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, LoginSession>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LoginSession {
    fn opens(&self, cookie: &str, csrf: &str) -> bool {
        same(&self.cookie, cookie) && same(&self.csrf, csrf)
    }
}

impl std::fmt::Debug for LoginSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("user", &self.user.username)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

fn end(sessions: &mut BTreeMap<u64, LoginSession>, which: impl Fn(&LoginSession) -> bool) {
    sessions.retain(|_, session| {
        let ends = which(session);
        if ends {
            session.ended.cancel();
        }
        !ends
    });
}

fn same(secret: &Secret, given: &str) -> bool {
    constant_time::verify_slices_are_equal(given.as_bytes(), secret.reveal().as_bytes()).is_ok()
}

/// So many bytes by chance, in hex; `None` where the system has no chance to give.
pub(in crate::sandbox) fn token<const BYTES: usize>() -> Option<Secret> {
    use std::fmt::Write as _;
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).ok()?;
    let hex = bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // Writing to a String cannot fail.
        text
    });
    Some(Secret::new(hex))
}

fn password(seed: &Secret, username: &str) -> Secret {
    let key = hmac::Key::new(hmac::HMAC_SHA256, seed.reveal().as_bytes());
    let tag = hmac::sign(&key, format!("password\0{username}").as_bytes());
    let letters = tag.as_ref().iter().take(PASSWORD).filter_map(|byte| {
        let letter = ALPHABET.get(usize::from(*byte) % ALPHABET.len());
        letter.map(|letter| char::from(*letter))
    });
    Secret::new(letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_722_500_000_000);
    const LIFE: Duration = Duration::from_hours(8);

    fn logins() -> Logins {
        Logins::new(&AccountId::from("55512300"), &Secret::new("seed"), LIFE)
    }

    fn enter(logins: &Logins, now: Timestamp) -> LoginSession {
        let morgan = logins.users().find(|user| user.is_admin).unwrap();
        let password = morgan.password.reveal();
        logins.log_in(now, &morgan.username, password).unwrap()
    }

    #[test]
    fn a_session_ends_when_nobody_refreshes_it() {
        let logins = logins();
        let session = enter(&logins, NOW);
        let (cookie, csrf) = (session.cookie.reveal(), session.csrf.reveal());
        let bearer = |at: Timestamp| logins.bearer(at, session.bearer.reveal()).is_some();
        let nearly = Timestamp(NOW.0 + 8 * 60 * 60 * 1000 - 1);
        let (over, later) = (Timestamp(nearly.0 + 1), nearly.after(LIFE));
        assert!(bearer(nearly) && !bearer(over));
        assert!(!logins.refresh(nearly, cookie, "other"));
        assert!(!logins.refresh(nearly, "other", csrf));
        assert!(!logins.refresh(over, cookie, csrf));
        assert!(logins.refresh(nearly, cookie, csrf));
        assert!(bearer(over) && !bearer(later));
        assert!(logins.log_out(over, cookie, csrf) && !bearer(over));
        assert!(!logins.log_out(over, cookie, csrf));
    }

    #[test]
    fn sessions_are_bounded_and_the_one_that_ends_soonest_goes() {
        let logins = logins();
        let first = enter(&logins, NOW);
        let second = enter(&logins, Timestamp(NOW.0 + 1));
        for _ in 2..=SESSIONS {
            enter(&logins, Timestamp(NOW.0 + 2));
        }
        let runs = |session: &LoginSession| logins.bearer(NOW, session.bearer.reveal()).is_some();
        assert!(!runs(&first) && runs(&second));
        assert_eq!(logins.lock().len(), SESSIONS);
    }

    #[test]
    fn passwords_come_from_the_seed_and_differ() {
        let of = |seed: &str| {
            let logins = Logins::new(&AccountId::from("1"), &Secret::new(seed), LIFE);
            logins
                .users()
                .map(|user| user.password.reveal().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("a"), of("a"));
        assert!(of("a")[0] != of("a")[1] && of("a")[0] != of("b")[0]);
        assert!(of("a")[0].len() == PASSWORD);
    }
}
