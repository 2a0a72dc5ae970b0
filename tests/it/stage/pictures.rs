//! The pictures of the README's stage are those of the example as it is played now.

use std::{env, fs, path::Path};

use crate::stage::recorded;

/// The brand packs of the README, one for each look; the picture of a show that is taken.
const BRANDS: [&str; 3] = ["acme", "meadow", "harbour"];
const STILL: usize = 2;
/// With this variable set the pictures are written anew.
const WRITE: &str = "HANDSET_WRITE_PICTURES";

#[test]
fn the_pictures_of_the_readme_are_those_of_the_example() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/stage");
    for brand in BRANDS {
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["--brand", brand, "--seed", "7", "--size", "60x36"];
        let (_, mut stills) = recorded(folder.path(), &arguments);
        let picture = stills.swap_remove(STILL);
        let file = kept.join(format!("{brand}.svg"));
        if env::var_os(WRITE).is_some() {
            fs::create_dir_all(&kept).unwrap();
            fs::write(&file, &picture).unwrap();
        }
        let there = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            there == picture,
            "assets/stage/{brand}.svg is another picture than the example gives now; look at it and \
             write it with {WRITE}=1 cargo test the_pictures_of_the_readme"
        );
    }
}
