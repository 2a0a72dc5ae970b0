//! A value that is fetched when it is needed, kept, and fetched again at most
//! once at a time however many ask for it together.
//!
//! A caller that comes while a fetch is under way joins it and shares its result,
//! good or bad. A fetch belongs to those who wait for it: it goes on when some
//! of them are dropped, and ends with the last.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};
use tokio::time::Instant;

use crate::domain::retry::Problem;

/// After a failed renewal of a value that is still usable, the next one waits this long.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// A value with the number of the fetch it came from.
#[derive(Clone)]
pub(in crate::client) struct Held<T> {
    pub(in crate::client) value: T,
    /// Tells the value that failed somebody from one fetched since.
    pub(in crate::client) generation: u64,
    /// Somebody had reason to distrust it.
    pub(in crate::client) is_doubted: bool,
}

/// What a value in hand is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Worth {
    Fresh,
    /// Try to get a new one; failing that, use it.
    Usable,
    /// Get a new one.
    Spent,
}

/// How hard a fetch tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Effort {
    /// Once: there is something to fall back on.
    Once,
    /// Several times, for there is nothing to go on with.
    Persistent,
}

type Fetch<T> = BoxFuture<'static, Result<Held<T>, Problem>>;

struct State<T> {
    held: Option<Held<T>>,
    /// Weak, so that it ends with the last who waits for it.
    flight: Option<WeakShared<Fetch<T>>>,
    generation: u64,
    renew_after: Option<Instant>,
}

/// The value and the fetch under way. Clones are the same one.
pub(in crate::client) struct Cached<T>(Arc<Mutex<State<T>>>);

impl<T> Clone for Cached<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            held: None,
            flight: None,
            generation: 0,
            renew_after: None,
        })))
    }
}

impl<T> fmt::Debug for Cached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cached(…)")
    }
}

impl<T: Clone + Send + Sync + 'static> Cached<T> {
    /// The value, fetched first if what is in hand is not good enough by `judge`.
    pub(in crate::client) async fn get<F>(
        &self,
        judge: impl Fn(&Held<T>) -> Worth,
        fetch: impl FnOnce(Effort) -> F,
    ) -> Result<Held<T>, Problem>
    where
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let (flight, fallback) = {
            let mut state = self.state();
            let held = state.held.clone();
            let (fallback, effort) = match held.map(|held| (judge(&held), held)) {
                Some((Worth::Fresh, held)) => return Ok(held),
                Some((Worth::Usable, held)) => {
                    if state.renew_after.is_some_and(|at| Instant::now() < at) {
                        return Ok(held);
                    }
                    (Some(held), Effort::Once)
                }
                Some((Worth::Spent, _)) | None => (None, Effort::Persistent),
            };
            (self.board(&mut state, || fetch(effort)), fallback)
        };
        match flight.await {
            Ok(held) => Ok(held),
            Err(problem) => fallback.ok_or(problem),
        }
    }

    /// Notes that the value of this generation may be wrong; what follows is up to `judge`.
    pub(in crate::client) fn doubt(&self, generation: u64) {
        if let Some(held) = &mut self.state().held
            && held.generation == generation
        {
            held.is_doubted = true;
        }
    }

    /// The fetch under way, or a new one.
    fn board<F>(&self, state: &mut State<T>, fetch: impl FnOnce() -> F) -> Shared<Fetch<T>>
    where
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        if let Some(flight) = state.flight.as_ref().and_then(WeakShared::upgrade) {
            return flight;
        }
        let (cached, fetch) = (self.clone(), fetch());
        let flight = async move { cached.land(fetch.await) }.boxed().shared();
        state.flight = flight.downgrade();
        flight
    }

    fn land(&self, fetched: Result<T, Problem>) -> Result<Held<T>, Problem> {
        let mut state = self.state();
        state.flight = None;
        match fetched {
            Ok(value) => {
                state.generation += 1;
                state.renew_after = None;
                let held = Held {
                    value,
                    generation: state.generation,
                    is_doubted: false,
                };
                state.held = Some(held.clone());
                Ok(held)
            }
            Err(problem) => {
                state.renew_after = Some(Instant::now() + RENEWAL_PAUSE);
                Err(problem)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        // Nothing is left half done when a holder panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn down() -> Problem {
        Problem::unreachable("down")
    }

    /// Counts fetches; each gives its own number.
    #[derive(Default)]
    struct Source(AtomicU32);

    impl Source {
        fn fetch(&self) -> impl Future<Output = Result<u32, Problem>> + Send + 'static {
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            async move {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok(number)
            }
        }

        fn fail(&self) -> impl Future<Output = Result<u32, Problem>> + Send + 'static {
            self.0.fetch_add(1, Ordering::Relaxed);
            async { Err(down()) }
        }

        fn count(&self) -> u32 {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_goes_on_without_the_one_who_began_it() {
        let (cached, source) = (Cached::default(), Source::default());
        let mut first = Box::pin(cached.get(|_| Worth::Fresh, |_| source.fetch()));
        let second = cached.get(|_| Worth::Fresh, |_| source.fetch());
        assert!(futures_util::poll!(&mut first).is_pending());
        let mut second = Box::pin(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        assert_eq!(second.await.unwrap().value, 1);
        assert_eq!(source.count(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_ends_with_the_last_who_waits() {
        let (cached, source) = (Cached::default(), Source::default());
        let mut first = Box::pin(cached.get(|_| Worth::Fresh, |_| source.fetch()));
        assert!(futures_util::poll!(&mut first).is_pending());
        drop(first);
        let held = cached.get(|_| Worth::Fresh, |_| source.fetch()).await;
        assert_eq!(held.unwrap().value, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_renewal_falls_back_and_pauses() {
        let (cached, source) = (Cached::default(), Source::default());
        let first = cached.get(|_| Worth::Fresh, |_| source.fetch()).await;
        assert_eq!(first.unwrap().generation, 1);
        for _ in 0..3 {
            let held = cached.get(|_| Worth::Usable, |_| source.fail()).await;
            assert_eq!(held.unwrap().value, 1);
        }
        assert_eq!(source.count(), 2);
        tokio::time::advance(RENEWAL_PAUSE).await;
        let held = cached.get(|_| Worth::Usable, |_| source.fetch()).await;
        let held = held.unwrap();
        assert_eq!((held.value, held.generation), (3, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_spent_value_is_no_fallback_and_its_fetch_persists() {
        let (cached, source) = (Cached::default(), Source::default());
        cached
            .get(|_| Worth::Fresh, |_| source.fetch())
            .await
            .unwrap();
        let mut efforts = Vec::new();
        for worth in [Worth::Spent, Worth::Usable] {
            tokio::time::advance(RENEWAL_PAUSE).await;
            let held = cached.get(
                |_| worth,
                |effort| {
                    efforts.push(effort);
                    source.fail()
                },
            );
            assert_eq!(held.await.is_err(), worth == Worth::Spent);
        }
        assert_eq!(efforts, [Effort::Persistent, Effort::Once]);
    }

    #[tokio::test(start_paused = true)]
    async fn doubt_is_about_one_generation() {
        let (cached, source) = (Cached::default(), Source::default());
        let doubted = async |cached: &Cached<u32>| {
            let held = cached.get(|_| Worth::Fresh, |_| source.fetch()).await;
            held.unwrap().is_doubted
        };
        assert!(!doubted(&cached).await);
        cached.doubt(7);
        assert!(!doubted(&cached).await);
        cached.doubt(1);
        assert!(doubted(&cached).await);
    }
}
