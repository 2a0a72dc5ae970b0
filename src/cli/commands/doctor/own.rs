//! The user's own files beside the settings: personas, cards, replies, keys, and the theme.

use std::env;

use crate::{
    cli::{checks::finding::Finding, commands::doctor::DoctorArgs, own::OwnFiles},
    config::setting::Setting,
    tui::{terminal::screen::speaks_keyboard_protocol, theme::palette},
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
            "{personas} personas, {} cards, {} replies, the keys and the theme can be read",
            library.cards.len(),
            library.replies.len()
        );
        let odd = odd_keys(&own);
        if odd.is_empty() {
            return Finding::good(NAME, says);
        }
        let remedy = "choose other keys there, or be sure that you mean them";
        return Finding::warning(NAME, odd.join("; "), remedy);
    }
    let remedy = "mend that place; the phone starts without the file, unless it is a theme";
    Finding::bad(NAME, faults.join("; "), remedy)
}

/// Keys of `keys.toml` that do not do everywhere what the file says.
fn odd_keys(own: &OwnFiles) -> Vec<String> {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let tells_apart = speaks_keyboard_protocol(&variable("TERM"), &variable("TERM_PROGRAM"));
    let blurred = own.keys.blurred.iter().filter(|_| !tells_apart);
    let odd = own.keys.shadowed.iter().chain(blurred);
    odd.map(ToString::to_string).collect()
}
