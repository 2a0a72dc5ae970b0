//! Pictures that cards name by their addresses, fetched from the hosts they lie at.
//!
//! Neither the cloud nor the user chose those hosts: the author of the card did. A request
//! carries nothing of the user but the address that the host sees: no cookie, no token, no
//! referrer. Only hosts of the public internet are asked, over https, each after the user's yes
//! where that is wanted. The one exception is a sandbox on this machine, which serves the
//! pictures of its own cards: an address of this machine always means that sandbox, at whatever
//! port it served when the card was sent.

mod address;

use std::{
    collections::BTreeMap,
    error::Error as _,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use reqwest::{
    Certificate, Client, ClientBuilder, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, LOCATION, USER_AGENT},
    redirect,
};
use tokio::{sync::Semaphore, time::timeout};
use url::{Host, Url};

use crate::{
    client::pictures::address::{GuardedLookup, Lookup, is_public, not_public, proxies},
    domain::{
        near::is_near,
        picture::{PictureBytes, PictureRefusal},
    },
    rt::{
        tls::Trust,
        web::{innermost, plainly, read},
    },
};

/// The longest address that is asked for.
const LONGEST_ADDRESS: usize = 4096;
/// What the terminal can draw, for hosts that choose by it.
const ACCEPTED: &str = "image/png, image/jpeg, image/gif, image/webp;q=0.9, image/*;q=0.1";

/// What fetching one picture may take.
#[derive(Debug, Clone, Copy)]
pub struct PictureLimits {
    /// Time for all of it, with the redirects.
    pub total: Duration,
    /// Bytes of the picture.
    pub bytes: usize,
    /// How many are fetched at the same time.
    pub at_once: usize,
    /// How many more wait for their turn; one beyond them is refused.
    pub waiting: usize,
    /// Redirects that are followed.
    pub redirects: usize,
}

impl Default for PictureLimits {
    fn default() -> Self {
        Self {
            total: Duration::from_secs(10),
            bytes: 5 * 1024 * 1024,
            at_once: 4,
            waiting: 64,
            redirects: 3,
        }
    }
}

/// How pictures are fetched.
#[derive(Debug, Clone, Default)]
pub struct PictureSettings {
    /// Where the sandbox answers, when the cloud is one on this machine.
    pub sandbox: Option<Url>,
    /// Whether the user is asked before a host is.
    pub asks: bool,
    /// The certificates that are believed.
    pub trust: Trust,
    /// What one picture may take.
    pub limits: PictureLimits,
}

/// Fetches pictures. Clones are the same one.
#[derive(Debug, Clone)]
pub struct PictureFetcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// The sandbox on this machine, and what reaches it.
    sandbox: Option<(Url, Client)>,
    /// What reaches the internet, or why nothing does: made when the first picture is asked for there,
    /// because reading this machine's store of certificates takes a while.
    wide: OnceLock<Result<Client, String>>,
    /// Certificates that are believed besides those of the store.
    extra: Vec<Certificate>,
    proxies: Vec<String>,
    asks: bool,
    limits: PictureLimits,
    /// Those at work and those that wait.
    places: Semaphore,
    turns: Semaphore,
    hosts: Mutex<BTreeMap<String, bool>>,
}

impl PictureFetcher {
    /// Makes one; nothing is asked of anybody yet.
    pub fn new(settings: PictureSettings) -> Result<Self, reqwest::Error> {
        let PictureSettings {
            sandbox,
            asks,
            trust,
            limits,
        } = settings;
        let extra: Result<Vec<_>, _> = trust.extra().map(Certificate::from_der).collect();
        let extra = extra?;
        let sandbox = sandbox.filter(is_near).map(|url| {
            let mut builder = builder(Lookup::Near).no_proxy();
            builder = if url.scheme() == "http" {
                // A machine without a store of certificates can still reach itself.
                builder.tls_certs_only([])
            } else {
                builder.tls_certs_merge(extra.clone())
            };
            builder.build().map(|client| (url, client))
        });
        Ok(Self(Arc::new(Inner {
            sandbox: sandbox.transpose()?,
            wide: OnceLock::new(),
            extra,
            proxies: proxies(),
            asks,
            limits,
            places: Semaphore::new(limits.at_once + limits.waiting),
            turns: Semaphore::new(limits.at_once),
            hosts: Mutex::default(),
        })))
    }

    /// Takes the user's word on a host; it holds for redirects too.
    pub fn decide(&self, host: &str, is_wanted: bool) {
        self.0.hosts().insert(host.to_owned(), is_wanted);
    }

    /// The hosts the user has decided on.
    pub fn decided(&self) -> BTreeMap<String, bool> {
        self.0.hosts().clone()
    }

    /// Fetches one picture, when its turn has come.
    pub async fn fetch(&self, address: &str) -> Result<PictureBytes, PictureRefusal> {
        let inner = &*self.0;
        let Ok(_place) = inner.places.try_acquire() else {
            let most = inner.limits.waiting;
            return Err(failed(format!("{most} other pictures wait already")));
        };
        let Ok(_turn) = inner.turns.acquire().await else {
            return Err(failed("pictures are not fetched any more"));
        };
        let limit = inner.limits.total;
        match timeout(limit, inner.follow(address)).await {
            Ok(outcome) => outcome.map(PictureBytes),
            Err(_) => Err(failed(format!("it did not come within {limit:?}"))),
        }
    }
}

/// What both clients have in common: no redirects of their own, no cookies, no referrer. The time
/// of a fetch is bounded as a whole.
fn builder(lookup: Lookup) -> ClientBuilder {
    Client::builder()
        .pool_max_idle_per_host(1)
        .referer(false)
        .redirect(redirect::Policy::none())
        .dns_resolver(GuardedLookup(Arc::new(lookup)))
}

fn failed(reason: impl Into<String>) -> PictureRefusal {
    PictureRefusal::Failed(reason.into())
}

impl Inner {
    fn hosts(&self) -> MutexGuard<'_, BTreeMap<String, bool>> {
        // A map cannot be left half changed by a panic elsewhere.
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a picture, and again where it is redirected to.
    async fn follow(&self, address: &str) -> Result<Bytes, PictureRefusal> {
        let mut url = parsed(address)?;
        for _ in 0..=self.limits.redirects {
            let (client, at) = self.admit(&url)?;
            let request = client.get(at.clone()).header(ACCEPT, ACCEPTED);
            let answer = request.header(USER_AGENT, "handset").send().await;
            let answer = answer.map_err(|error| failed(why(&error, &url)))?;
            let status = answer.status();
            if !is_redirect(status) {
                return self.picture(answer, status).await;
            }
            let place = location(answer.headers())
                .ok_or_else(|| failed(format!("{} leads nowhere ({status})", host(&url))))?;
            url = url
                .join(place)
                .map_err(|_| failed(format!("{} leads to what is no address", host(&url))))?;
        }
        let most = self.limits.redirects;
        Err(failed(format!("it is redirected more than {most} times")))
    }

    /// Who asks for an address and at which, if it may be asked for at all.
    fn admit(&self, url: &Url) -> Result<(&Client, Url), PictureRefusal> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err(failed("its address holds a name or a password"));
        }
        let name = host(url);
        if is_near(url) {
            let Some((sandbox, client)) = &self.sandbox else {
                return Err(failed(format!(
                    "{name} is this machine, which is not asked"
                )));
            };
            let mut at = sandbox.clone();
            at.set_path(url.path());
            at.set_query(url.query());
            return Ok((client, at));
        }
        match url.host() {
            Some(Host::Ipv4(address)) if !is_public(address.into()) => {
                return Err(failed(not_public(&name, address.into())));
            }
            Some(Host::Ipv6(address)) if !is_public(address.into()) => {
                return Err(failed(not_public(&address.to_string(), address.into())));
            }
            Some(_) => {}
            None => return Err(failed("its address has no host")),
        }
        if url.scheme() != "https" {
            return Err(failed(format!(
                "{name} offers it by {}, and only https is taken",
                url.scheme()
            )));
        }
        if self.proxies.contains(&name) {
            return Err(failed(format!("{name} is the proxy")));
        }
        match self.hosts().get(&name) {
            Some(false) => Err(PictureRefusal::Unwanted(name)),
            None if self.asks => Err(PictureRefusal::Undecided(name)),
            _ => Ok((self.wide()?, url.clone())),
        }
    }

    /// What reaches the internet.
    fn wide(&self) -> Result<&Client, PictureRefusal> {
        let made = self.wide.get_or_init(|| {
            let proxies = self.proxies.clone();
            let public = builder(Lookup::Public { proxies }).https_only(true);
            let client = public.tls_certs_merge(self.extra.clone()).build();
            client.map_err(|error| innermost(&error))
        });
        made.as_ref().map_err(|why| {
            failed(format!(
                "the certificates of this machine cannot be read: {why}"
            ))
        })
    }

    /// The picture of an answer, by what its bytes begin with.
    async fn picture(&self, answer: Response, status: StatusCode) -> Result<Bytes, PictureRefusal> {
        let name = host(answer.url());
        if !status.is_success() {
            return Err(failed(format!("{name} answers {status}")));
        }
        let kind = kind(answer.headers());
        let not_a_picture = || match &kind {
            Some(kind) => failed(format!("{name} sends {kind}, which cannot be drawn")),
            None => failed(format!("{name} sends what is no picture")),
        };
        if kind
            .as_deref()
            .is_some_and(|kind| kind.starts_with("text/"))
        {
            return Err(not_a_picture());
        }
        let most = self.limits.bytes;
        let too_large = || failed(format!("it is larger than {} kB", most / 1024));
        if answer
            .content_length()
            .is_some_and(|length| length > most as u64)
        {
            return Err(too_large());
        }
        match read(answer, most).await {
            Ok(Some(bytes)) if is_picture(&bytes) => Ok(bytes),
            Ok(Some(_)) => Err(not_a_picture()),
            Ok(None) => Err(too_large()),
            Err(error) => Err(failed(format!("{name} broke off: {}", innermost(&error)))),
        }
    }
}

fn parsed(address: &str) -> Result<Url, PictureRefusal> {
    if address.len() > LONGEST_ADDRESS {
        return Err(failed("its address is too long"));
    }
    Url::parse(address).map_err(|_| failed("its address is no address of the web"))
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.trim_end_matches('.').to_owned()
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn location(headers: &HeaderMap) -> Option<&str> {
    headers.get(LOCATION)?.to_str().ok()
}

/// What an answer says it is, in a form that can be shown.
fn kind(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let kind = kind.split(';').next().unwrap_or_default().trim();
    (!kind.is_empty() && kind.len() <= 80).then(|| kind.to_ascii_lowercase())
}

/// Whether bytes begin as those of a picture that can be decoded here.
fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        || bytes.starts_with(b"\xff\xd8\xff")
        || bytes.starts_with(b"GIF87a")
        || bytes.starts_with(b"GIF89a")
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
}

/// Why there is no answer, in words that name the host and nothing else of the address.
fn why(error: &reqwest::Error, url: &Url) -> String {
    let mut cause = error.source();
    let mut words = None;
    while let Some(next) = cause {
        words = Some(next.to_string());
        cause = next.source();
    }
    let name = host(url);
    match words {
        Some(words) if words.starts_with(&name) => words,
        Some(words) => format!("{name}: {}", plainly(words)),
        None => format!("{name} does not answer"),
    }
}
