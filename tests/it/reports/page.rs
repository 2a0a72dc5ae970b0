//! The page: well formed whatever the texts are, and as a browser shows it.

use handset::report::{html, outcome::RunReport};
use proptest::prelude::*;

use crate::{
    needs::{needs, programs},
    reports::{
        formats::{any_text, everywhere},
        samples, xml,
    },
};

fn page(report: &RunReport) -> String {
    html::page(report, &|kept| format!("files/{kept}"))
}

/// The body as XML: pages are written so that they are both.
fn body(page: &str) -> Result<xml::Element, String> {
    let body = page.split_once("<body>").unwrap().1;
    let (body, rest) = body.split_once("<script>").unwrap();
    assert_eq!(rest.matches("</script>").count(), 1);
    xml::read(&format!("<body>{body}</body>"))
}

#[test]
fn a_page_shows_the_failing_step_in_its_place() {
    let page = page(&samples::whole());
    let body = body(&page).unwrap();
    let first = &body.named("section")[0];
    let steps: Vec<_> = first
        .named("li")
        .into_iter()
        .filter(|li| {
            li.attributes
                .get("class")
                .is_some_and(|class| class.starts_with("step"))
        })
        .collect();
    assert_eq!(steps.len(), 11);
    let failing = steps.last().unwrap();
    assert_eq!(failing.attributes["class"], "step is-failed");
    assert_eq!(failing.named("rect").len(), 4);
    assert_eq!(failing.named("code")[0].text, "expect last read within 15s");
    let bubbles = first.named("div").into_iter().filter(|div| {
        div.attributes
            .get("class")
            .is_some_and(|class| class == "bubble")
    });
    assert_eq!(bubbles.count(), 7);
    assert!(page.contains("<del>") && page.contains("<ins>"));
    assert!(page.contains("href=\"files/kept/colours.har\""));
    let badges = body.named("nav")[0].named("span");
    let badges: Vec<&str> = badges
        .iter()
        .filter(|span| span.attributes.contains_key("class"))
        .map(|span| span.text.as_str())
        .collect();
    assert_eq!(badges[..8], ["FAIL"; 8]);
    assert_eq!(
        badges[8..],
        ["ERROR", "ERROR", "PASS", "PASS", "PASS", "PASS", "SKIP"]
    );
    assert!(page.len() < 400_000, "{}", page.len());
    // Of all addresses only those of kept files.
    let links = body.named("a");
    let links = links.iter().map(|link| link.attributes["href"].as_str());
    assert!(
        links
            .into_iter()
            .all(|href| href.starts_with('#') || href.starts_with("files/kept/"))
    );
}

#[test]
fn a_huge_run_keeps_to_the_budget() {
    let one = samples::whole().files.swap_remove(0).scenes.swap_remove(0);
    let mut file = samples::whole().files.swap_remove(1);
    file.scenes = vec![one; 2_000];
    let page = page(&samples::of(vec![file]));
    assert!(page.len() <= html::BUDGET, "{}", page.len());
    assert!(page.contains("To keep this page below 5 MB, "));
    body(&page).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_text_gives_a_whole_page(text in any_text()) {
        let report = everywhere(&text);
        let page = page(&report);
        let body = body(&page);
        prop_assert!(body.is_ok(), "{:?}", body);
        let body = body.unwrap();
        prop_assert_eq!(body.named("section").len(), report.totals.all());
        prop_assert_eq!(page.matches("<script").count(), 1);
    }
}

#[test]
fn a_browser_shows_the_page_and_runs_its_script_alone() {
    needs!("chromium");
    let folder = tempfile::tempdir().unwrap();
    let mut report = samples::whole();
    report.files[1].scenes[0].title =
        "<script>document.title='owned'</script><img src=x onerror=document.title='owned'>"
            .to_owned();
    let file = folder.path().join("page.html");
    std::fs::write(&file, page(&report)).unwrap();
    let output = std::process::Command::new(programs::path("chromium").unwrap())
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args(["--disable-dev-shm-usage", "--enable-logging=stderr"])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .arg("--dump-dom")
        .arg(format!("file://{}#s5", file.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(
        !log.contains("Content Security Policy") && !log.contains("Uncaught"),
        "{log}"
    );
    assert!(dom.contains("<title>FAILED: "), "{dom}");
    // The script has shown the filter, and opened the scene that the address names.
    assert!(dom.contains("<p id=\"filter\"><label>"), "{dom}");
    assert!(
        dom.contains("<section id=\"s5\"><details open=\"\">"),
        "{dom}"
    );
    assert!(
        dom.contains("<section id=\"s4\"><details><summary>"),
        "{dom}"
    );
}
