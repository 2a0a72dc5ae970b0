//! Looks through a screen for what may never be on the demo stage.

use std::sync::LazyLock;

use regex::Regex;

/// What has the form of an id, an address, a path, a token or a word of what went wrong. It is
/// written without the program's own mask, so that a mistake there is found here.
static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let forms = [
        r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-",
        r"://",
        r"(?i)localhost|127\.0\.0\.1|liveperson|\.invalid\b",
        r"[\w.+-]+@[\w-]+",
        r"/(?:tmp|home|api|messaging|var|usr)/",
        r"eyJ[\w-]{4,}",
        r"\d{7,}",
        r"\+\d[\d ()-]{6,}",
        r"handset-\w+",
        r"(?i)\b(?:error|refused|failed|time-?out|timed out|token|journal|webhook|listener|ticket|sandbox|inspector shows|4\d\d|50\d)\b",
    ];
    forms.iter().map(|form| Regex::new(form).unwrap()).collect()
});

/// What of the rows of a screen should not be there.
pub(crate) fn leaks(screen: &str) -> Vec<String> {
    let rows = screen.lines();
    rows.flat_map(|row| FORMS.iter().filter_map(|form| form.find(row)))
        .map(|found| found.as_str().to_owned())
        .collect()
}

/// Fails when something on a screen should not be there.
#[track_caller]
pub(crate) fn assert_none(screen: &str) {
    let leaks = leaks(screen);
    assert!(leaks.is_empty(), "{leaks:?} is shown on\n{screen}");
}
