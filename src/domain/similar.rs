//! Which of the known names somebody may have meant who wrote another one.

/// Longest name that is compared; nobody writes a longer one by a slip.
const LONGEST: usize = 64;

/// The known name that is most like the written one, if one is like it at all.
pub(crate) fn closest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let written = written.to_lowercase();
    let length = written.chars().count();
    if length > LONGEST {
        return None;
    }
    let distance = |name: &&str| strsim::osa_distance(&written, &name.to_lowercase());
    let nearest = known
        .into_iter()
        .map(|name| (distance(&name), name))
        .min_by_key(|(distance, _)| *distance);
    nearest
        .filter(|(distance, _)| *distance <= (length / 3).max(1))
        .map(|(_, name)| name)
}

/// The question whether that name was meant, to be put behind a fault; nothing when none is like
/// it.
pub(crate) fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(written, known).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use crate::domain::similar::*;

    #[test]
    fn a_slip_is_seen_and_another_word_is_not() {
        let known = ["flight", "pocket", "next-theme", "f1"];
        assert_eq!(closest("fligth", known), Some("flight"));
        assert_eq!(closest("Pocket", known), Some("pocket"));
        assert_eq!(closest("next_theme", known), Some("next-theme"));
        assert_eq!(closest("elephant", known), None);
        assert_eq!(closest(&"x".repeat(10_000), known), None);
        assert_eq!(closest("", []), None);
        assert_eq!(did_you_mean("fligth", known), "; did you mean `flight`?");
        assert_eq!(did_you_mean("elephant", known), "");
    }
}
