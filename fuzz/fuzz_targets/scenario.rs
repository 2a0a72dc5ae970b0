//! Any text as a scenario: it is read without a panic, and what `handset check` accepts `handset fmt`
//! writes so that it means the same, has the same faults, and is not changed by `fmt` again.
//!
//! In the root of the repository, with the examples as the first inputs:
//!
//! ```text
//! cargo install cargo-fuzz
//! mkdir -p fuzz/corpus/scenario
//! cargo fuzz run --sanitizer none scenario fuzz/corpus/scenario examples -- -max_total_time=300
//! ```
//!
//! No sanitizer is needed, for there is no unsafe code; so a stable compiler does. A C++ compiler is
//! needed. An input that fails is kept in `fuzz/artifacts/scenario`; a test with it belongs into
//! `src/scenario/properties.rs`.

#![no_main]

use std::fmt::Write as _;

use handset::scenario::{
    fault::FaultKind,
    format::format,
    parse::{Parsed, parse},
    script::{Script, ScriptHead, ScriptStep, Sight, StepKind},
};
use libfuzzer_sys::fuzz_target;

/// The text of every file that a scenario uses.
const USED: &str = "me: Hello {hello}\nagent: {?word}\n";

fuzz_target!(|text: &str| {
    let before = read(text, text);
    let Ok(formatted) = format(text) else {
        assert!(before.is_faulty(), "check accepts it, and fmt does not");
        return;
    };
    assert_eq!(
        format(&formatted).as_ref(),
        Ok(&formatted),
        "formatting again changes it"
    );
    let after = read(&formatted, text);
    assert_eq!(
        meaning(&before.script),
        meaning(&after.script),
        "{formatted}"
    );
    assert_eq!(faults(&before), faults(&after), "{formatted}");
});

/// Reads a scenario. A file that it uses has two steps, and one with rows has what `rows` says.
fn read(text: &str, rows: &str) -> Parsed {
    parse("a.talk", text, &|name| {
        let is_used = name.ends_with(".talk");
        Ok(if is_used { USED } else { rows }.to_owned())
    })
}

/// The kinds of the faults in the scenario's own file, sorted, because `fmt` puts the lines of a head
/// in another order.
fn faults(parsed: &Parsed) -> Vec<FaultKind> {
    let own = parsed.faults.iter().filter(|fault| fault.place.file == 0);
    let mut kinds: Vec<FaultKind> = own.map(|fault| fault.kind).collect();
    kinds.sort();
    kinds
}

/// The script in words, without its places and without how its lines are written.
fn meaning(script: &Script) -> String {
    let mut words = format!("{:?} {:?}", script.title, script.tags);
    head(&script.head, &mut words);
    if let Some(rows) = &script.rows {
        let _ = write!(words, "{:?} {} {:?}", rows.columns, rows.key, rows.cases);
    }
    for scene in &script.scenes {
        let _ = write!(words, "\nscene {:?} {:?}", scene.title, scene.tags);
        head(&scene.head, &mut words);
        steps(&scene.steps, &mut words);
    }
    words
}

fn head(head: &ScriptHead, words: &mut String) {
    let cast = head.cast.iter();
    let cast: Vec<_> = cast
        .map(|play| (&play.name, play.is_agent, &play.from))
        .collect();
    let never = head.never.iter();
    let never: Vec<_> = never.map(|never| (&never.text, &never.from)).collect();
    let within = head.within.map(|(span, _)| span);
    let rest = (head.extras_fail, &head.needs, &head.values, &head.secrets);
    let _ = write!(words, "{cast:?} {never:?} {within:?} {rest:?}");
}

fn steps(all: &[ScriptStep], words: &mut String) {
    for step in all {
        let _ = write!(words, "\n{} ", step.is_optional);
        match &step.kind {
            StepKind::AnyOrder(inner) => {
                words.push_str("any order");
                steps(inner, words);
            }
            StepKind::Use { with, steps: inner } => {
                let _ = write!(words, "use {with:?} of {} steps", inner.len());
            }
            StepKind::If {
                condition,
                then,
                otherwise,
            } => {
                words.push_str("if");
                for part in [std::slice::from_ref(&**condition), then, otherwise] {
                    steps(part, words);
                    words.push_str("\nend");
                }
            }
            StepKind::Sees {
                who,
                sight: Sight::Card(parts),
                within,
            } => {
                let parts = parts.iter().map(|part| (part.card, &part.kind));
                let parts: Vec<_> = parts.collect();
                let _ = write!(words, "{who:?} sees {parts:?} {within:?}");
            }
            kind => {
                let _ = write!(words, "{kind:?}");
            }
        }
    }
}
