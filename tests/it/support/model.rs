//! Runs a model test: first every committed case, then new random ones.
//!
//! A case is a list of happenings, written as Rust writes them, so that a case that failed can be
//! read and committed as it was printed. `HANDSET_MODEL_CASES` is the number of new cases,
//! `HANDSET_MODEL_SEED` the number they are drawn from; without it each run draws others. A long run
//! is worth an optimised build of its own:
//!
//! ```text
//! HANDSET_MODEL_CASES=300000 CARGO_PROFILE_TEST_OPT_LEVEL=1 cargo test --target-dir target/long \
//!     --test it what_the_phone_promises -- --nocapture
//! ```

use std::{
    env,
    fmt::Debug,
    fs,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    time::Instant,
};

use proptest::{
    collection::vec,
    strategy::Strategy,
    test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner},
};

/// New cases of a run that asks for no number, so that all tests together stay short.
const CASES: u32 = 300;
/// Steps to make a failing case shorter.
const SHRINKS: u32 = 20_000;

/// What a model consists of.
pub(crate) struct Model<H: 'static> {
    /// Its name, in what is printed and in the name of the file that keeps a failing case.
    pub(crate) name: &'static str,
    /// Cases that failed once, each with what went wrong.
    pub(crate) committed: &'static [(&'static str, &'static [H])],
    /// The file that holds them.
    pub(crate) file: &'static str,
    /// The longest new case.
    pub(crate) longest: usize,
    /// Plays a case and panics where a promise is broken.
    pub(crate) play: fn(&[H]),
}

impl<H: Debug + Clone + 'static> Model<H> {
    /// Plays all committed cases, then new ones.
    #[expect(
        clippy::print_stdout,
        reason = "a long run says how many cases it played"
    )]
    pub(crate) fn run(&self, happening: impl Strategy<Value = H>) {
        for (what, case) in self.committed {
            let played = panic::catch_unwind(AssertUnwindSafe(|| (self.play)(case)));
            let name = self.name;
            assert!(
                played.is_ok(),
                "a committed case of {name} fails: {what}\n{case:?}"
            );
        }
        let cases = number("HANDSET_MODEL_CASES").unwrap_or(CASES.into());
        let seed = number("HANDSET_MODEL_SEED").unwrap_or_else(|| fastrand::u32(..).into());
        let config = Config {
            cases: u32::try_from(cases).unwrap(),
            failure_persistence: None,
            max_shrink_iters: SHRINKS,
            rng_seed: RngSeed::Fixed(seed),
            ..Config::default()
        };
        let began = Instant::now();
        let all = vec(happening, 0..self.longest);
        let played = TestRunner::new(config).run(&all, |case| {
            let playing = AssertUnwindSafe(|| (self.play)(&case));
            let played = panic::catch_unwind(playing);
            played.map_err(|cause| TestCaseError::fail(words(&*cause)))
        });
        match played {
            Ok(()) => println!(
                "{}: {} committed and {cases} new cases hold, seed {seed}, {:.0} s",
                self.name,
                self.committed.len(),
                began.elapsed().as_secs_f64(),
            ),
            Err(TestError::Fail(why, case)) => self.fail(seed, why.message(), &case),
            Err(TestError::Abort(why)) => panic!("{}: {why}", self.name),
        }
    }

    /// Keeps a failing case in the form in which it is committed, and ends the test with it.
    fn fail(&self, seed: u64, why: &str, case: &[H]) {
        let why = why.lines().next().unwrap_or_default();
        let case = format!("    (\n        {why:?},\n        &{case:?},\n    ),\n");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("model");
        let kept = folder.join(format!("{}-{seed}.rs", self.name));
        fs::create_dir_all(&folder).unwrap();
        fs::write(&kept, &case).unwrap();
        panic!(
            "{} breaks a promise, with seed {seed}:\n{case}kept in {}; commit it by adding it to {}",
            self.name,
            kept.display(),
            self.file,
        );
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    let number = text.replace('_', "").parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} is a number, and not {text:?}")))
}

/// What a panic says.
fn words(cause: &(dyn std::any::Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| cause.downcast_ref::<&str>().copied());
    text.unwrap_or("it panics").to_owned()
}
