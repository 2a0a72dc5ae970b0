//! The pictures of the README's stage are those of the examples as they are played now.

use crate::{stage::recorded, support::picture::assert_kept};

/// The brand packs of the README, one for each look, and the phone as it is: with what they are
/// called there, the example, the size of the terminal, and which picture of the show is taken.
const PICTURES: [(&str, &str, &str, &str, usize); 5] = [
    ("acme", "stage/acme", "stage/blue-kettle", "60x42", 2),
    ("meadow", "stage/meadow", "stage/blue-kettle", "60x42", 2),
    ("harbour", "stage/harbour", "stage/blue-kettle", "60x42", 2),
    ("none", "tour/pictures", "stage/blue-kettle", "100x60", 4),
    ("none", "tour/cards", "cards-and-csat", "100x34", 0),
];

#[test]
fn the_pictures_of_the_readme_are_those_of_the_examples() {
    for (brand, name, example, size, at) in PICTURES {
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["--brand", brand, "--seed", "7", "--size", size];
        let (_, mut stills) = recorded(example, folder.path(), &arguments);
        assert_kept(name, &stills.swap_remove(at));
    }
}
