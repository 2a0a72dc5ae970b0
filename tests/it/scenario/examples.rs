//! The examples that lie in the repository pass.

use crate::{
    scenario::{examples, run_files},
    support::program,
};

async fn passes(name: &str) {
    let path = examples().join(name);
    let ended = run_files(&[], &[path.to_str().unwrap(), "--seed", "7", "--jobs", "2"]).await;
    ended.passed();
}

#[tokio::test]
async fn the_first_steps() {
    passes("first-steps.talk").await;
}

#[tokio::test]
async fn both_sides_with_cards_and_a_rating() {
    passes("cards-and-csat.talk").await;
}

#[tokio::test]
async fn a_case_for_each_row() {
    passes("orders.talk").await;
}

#[test]
fn they_are_listed_with_tags_and_rows() {
    let output = program()
        .args(["run", "--list", "--json", "-"])
        .arg(examples())
        .output()
        .unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let listed = listed.as_array().unwrap();
    let rows: Vec<&str> = listed
        .iter()
        .filter_map(|one| one["row"].as_str())
        .collect();
    assert_eq!(rows, ["40417", "40418"]);
    let tags = &listed[0]["tags"];
    assert_eq!(*tags, serde_json::json!(["regression", "cards", "csat"]));
}
