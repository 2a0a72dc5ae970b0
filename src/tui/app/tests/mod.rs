//! The whole screen at every size, whatever was said.

mod popups;

use proptest::prelude::*;

use crate::tui::{
    app::testkit::{drawn, model},
    testkit::theirs,
};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_row_leaves_the_phone(
        text in "\\PC{0,60}",
        columns in 60u16..110,
        rows in 16u16..40,
    ) {
        let mut model = model();
        model.on_update(crate::engine::update::Update::Items(vec![theirs(1, &text)]));
        for row in drawn(&mut model, columns, rows).iter().skip(1).take(usize::from(rows) - 5) {
            prop_assert!(row.starts_with('│'), "{row:?}");
            prop_assert!(row.ends_with('│'), "{row:?}");
        }
    }
}
