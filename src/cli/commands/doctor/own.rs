//! The user's own files beside the settings: personas, cards, replies, and the theme.

use crate::{
    cli::{checks::finding::Finding, commands::doctor::DoctorArgs, own::OwnFiles},
    config::setting::Setting,
    tui::theme::palette,
};

const NAME: &str = "files";

/// Reads all that the phone reads.
pub(super) fn check(args: &DoctorArgs) -> Finding {
    let own = OwnFiles::read();
    let mut faults = own.faults();
    if let Ok(resolved) = args.resolve()
        && let (Some(said), Some(theme)) = (
            resolved.layer.get(Setting::Theme),
            resolved.layer.text(Setting::Theme),
        )
        && let Err(error) = palette::load(theme)
    {
        faults.push(format!("{}: {error}", said.origin));
    }
    if faults.is_empty() {
        let (personas, library) = (own.personas.len(), &own.library);
        let says = format!(
            "{personas} personas, {} cards, {} replies and the theme can be read",
            library.cards.len(),
            library.replies.len()
        );
        return Finding::good(NAME, says);
    }
    let remedy = "mend that place; the phone starts without the file, unless it is a theme";
    Finding::bad(NAME, faults.join("; "), remedy)
}
