//! Holds a cloud against the protocol reference, row by row: the sandbox, or a real account.
//!
//! Requests are spelled out and answers read by code of this folder alone, so that no mistake of
//! handset's is mirrored here. The sandbox must agree in every row; of a real account the table is
//! printed, and nothing is asserted. `docs/fidelity.md` says how to run it there.

#![expect(
    clippy::too_many_lines,
    clippy::needless_pass_by_value,
    reason = "tables are as long as what they are held against, and JSON is made where it is used"
)]

mod agents;
mod base;
mod configuration;
mod discovery;
mod ending;
mod fidelity;
mod files;
mod handing;
mod history;
mod hooks;
mod installs;
mod login;
mod opening;
mod publishing;
mod refusing;
mod scene;
mod seat;
mod socket;
mod table;
mod tokens;
mod webhooks;
mod wire;
mod working;

use std::sync::Arc;

use crate::conformance::{base::Base, scene::Scene, table::Table};

/// Every row there is, in the order they are run.
fn everything() -> Table {
    let mut table = Table::default();
    discovery::rows(&mut table);
    tokens::rows(&mut table);
    refusing::rows(&mut table);
    opening::rows(&mut table);
    publishing::rows(&mut table);
    files::rows(&mut table);
    webhooks::rows(&mut table);
    login::rows(&mut table);
    installs::rows(&mut table);
    configuration::rows(&mut table);
    agents::rows(&mut table);
    working::rows(&mut table);
    handing::rows(&mut table);
    history::rows(&mut table);
    ending::rows(&mut table);
    table
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the parity table is what is run for")]
async fn every_row_is_as_the_protocol_reference_says() {
    let base = Base::from_environment_or_sandbox().await;
    let is_sandbox = base.is_sandbox();
    let scene = Arc::new(Scene::new(base).await);
    let results = everything().run(&scene).await;
    let left = scene.leave().await;
    println!("{}", table::print(&results));
    println!("{}", table::sum(&results));
    if let Err(trouble) = left {
        println!("the conversation of this run is still open: {trouble}");
    }
    if is_sandbox {
        let differing = table::print(results.iter().filter(|one| one.differs()));
        assert!(differing.lines().count() <= table::HEAD, "\n{differing}");
        let not_run: Vec<_> = results.iter().filter(|one| one.was_not_run()).collect();
        assert!(not_run.is_empty(), "the sandbox runs all: {not_run:#?}");
    }
}

#[test]
fn there_are_enough_rows_and_no_two_have_one_name() {
    let table = everything();
    let mut names: Vec<_> = table.names().collect();
    let count = names.len();
    assert!(count >= 100, "{count} rows");
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
