//! The pictures of the README's stage are those of the example as it is played now.

use crate::{stage::recorded, support::picture::assert_kept};

/// The brand packs of the README, one for each look, and the phone as it is: with what they are
/// called there, the size of the terminal, and which chapter is taken.
const PICTURES: [(&str, &str, &str, usize); 4] = [
    ("acme", "stage/acme", "60x36", 2),
    ("meadow", "stage/meadow", "60x36", 2),
    ("harbour", "stage/harbour", "60x36", 2),
    ("none", "tour/pictures", "100x44", 4),
];

#[test]
fn the_pictures_of_the_readme_are_those_of_the_example() {
    for (brand, name, size, chapter) in PICTURES {
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["--brand", brand, "--seed", "7", "--size", size];
        let (_, mut stills) = recorded(folder.path(), &arguments);
        assert_kept(name, &stills.swap_remove(chapter));
    }
}
