//! The examples that lie in the repository pass.

use std::fs;

use crate::{
    scenario::{examples, run_files},
    support::program,
};

/// Examples that are run by one test each.
const GROUPS: [&[&str]; 4] = [
    &["cards-and-csat", "first-steps", "manager", "token"],
    &["files", "orders", "parts", "private-note"],
    &["faults", "misbehaving-consumer", "quick-replies", "waiting"],
    &["several-consumers", "survey", "transfers", "webhooks"],
];

/// `orders.talk` with a capture of something that does not come.
const ORDERS: &str = r#"title Orders that are looked up
rows from "orders.csv" key order

scene Order {order} for {persona}
  play {persona}
  {persona}: "My parcel is late, it is {order}"
  if agent within 30s: order number
    {persona}: {order}
  end
  agent within 30s: {says}
  maybe agent within 1s: "Ref {?ref:/[A-Z]{2}-\d{6}/} …"
  {persona} ends
"#;

/// Runs two files at a time: no run may take longer than a test waits for anything.
async fn pass(group: &[&str]) {
    for names in group.chunks(2) {
        let paths = names.iter().map(|name| {
            let path = examples().join(format!("{name}.talk"));
            path.display().to_string()
        });
        let paths: Vec<String> = paths.collect();
        let mut arguments: Vec<&str> = paths.iter().map(String::as_str).collect();
        arguments.extend(["--seed", "7", "--jobs", "4"]);
        run_files(&[], &arguments).await.passed();
    }
}

#[tokio::test]
async fn the_first_group_passes() {
    pass(GROUPS[0]).await;
}

#[tokio::test]
async fn the_second_group_passes() {
    pass(GROUPS[1]).await;
}

#[tokio::test]
async fn the_third_group_passes() {
    pass(GROUPS[2]).await;
}

#[tokio::test]
async fn the_fourth_group_passes() {
    pass(GROUPS[3]).await;
}

#[tokio::test]
async fn a_capture_may_be_of_something_that_does_not_come() {
    let rows = fs::read_to_string(examples().join("orders.csv")).unwrap();
    let files = [("a.talk", ORDERS), ("orders.csv", &rows)];
    run_files(&files, &["a.talk", "--jobs", "2"]).await.passed();
}

#[test]
fn every_example_is_run_and_told_of_on_the_page() {
    let page = fs::read_to_string(examples().join("../docs/scenarios.md")).unwrap();
    let files = fs::read_dir(examples()).unwrap().map(|file| file.unwrap());
    let names = files.map(|file| file.file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".talk").map(str::to_owned))
        .collect();
    names.sort_unstable();
    let mut run = GROUPS.concat();
    run.sort_unstable();
    assert_eq!(names, run);
    for name in names {
        let row = format!("\n| [`{name}.talk`](../examples/{name}.talk) | ");
        assert!(page.contains(&row), "{row}");
    }
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
    let mut tags = listed.iter().map(|one| &one["tags"]);
    let tags = tags.find(|tags| tags[0] == "regression");
    assert_eq!(
        *tags.unwrap(),
        serde_json::json!(["regression", "cards", "csat"])
    );
}
