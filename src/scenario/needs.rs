//! What a scenario may need of the cloud it is run in: the words of `needs`.

/// Every word of `needs`, with what there is where the scene is run.
pub const NEEDS: [(&str, &str); 4] = [
    (
        "sandbox",
        "a sandbox of handset's own, which takes orders and whose time can pass at once",
    ),
    ("live", "the cloud of a profile"),
    (
        "survey",
        "a survey after the conversation; of a profile's cloud `--has survey` says that it has one",
    ),
    (
        "agent",
        "an agent whom handset plays can log in; in a profile's cloud by the profile's login",
    ),
];

/// The words of [`NEEDS`] without what they mean.
pub fn need_words() -> impl Iterator<Item = &'static str> {
    NEEDS.iter().map(|(word, _)| *word)
}
