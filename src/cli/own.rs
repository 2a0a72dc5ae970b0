//! The user's own files beside the settings: personas, cards, replies, keys; and what is wrong
//! with those that are left out.

use std::path::Path;

use crate::{
    config::{
        library::Library,
        own_file::OwnFileError,
        paths,
        personas::{self, KnownPersona},
    },
    domain::notice::{Notice, Severity},
    tui::commands::keys::file::KeysFile,
};

/// Notices of faults at most; the doctor tells all of them.
const SHOWN: usize = 3;

/// What there is, with what is embedded.
#[derive(Debug, Default)]
pub(crate) struct OwnFiles {
    pub(crate) personas: Vec<KnownPersona>,
    pub(crate) library: Library,
    pub(crate) keys: KeysFile,
    bad_personas: Vec<personas::PersonaError>,
    bad_library: Vec<OwnFileError>,
}

impl OwnFiles {
    /// Reads all of them; what has a fault is left out.
    pub(crate) fn read() -> Self {
        let (personas, bad_personas) = match paths::personas_dir() {
            Some(folder) => personas::all(&folder),
            None => (personas::embedded(), Vec::new()),
        };
        let (library, bad_library) = match paths::config_dir() {
            Some(folder) => Library::in_folder(&folder),
            None => (Library::embedded(), Vec::new()),
        };
        let keys = paths::config_dir().map(|folder| KeysFile::in_folder(&folder));
        Self {
            personas,
            library,
            keys: keys.unwrap_or_default(),
            bad_personas,
            bad_library,
        }
    }

    /// The persona with this name or in this file.
    pub(crate) fn persona(&self, asked: &str) -> Result<KnownPersona, String> {
        personas::find(asked, &self.personas).map_err(|unknown| {
            let is_meant = |bad: &&personas::PersonaError| {
                let stem = bad.file().and_then(Path::file_stem);
                stem.is_some_and(|stem| stem == asked)
            };
            let bad = self.bad_personas.iter().find(is_meant);
            bad.unwrap_or(&unknown).to_string()
        })
    }

    pub(crate) fn bad_personas(&self) -> Vec<String> {
        let faults = self.bad_personas.iter();
        faults.map(ToString::to_string).collect()
    }

    /// What is wrong with all those that are left out, with their places.
    pub(crate) fn faults(&self) -> Vec<String> {
        let library = self.bad_library.iter().map(ToString::to_string);
        let keys = self.keys.faults.iter().map(ToString::to_string);
        self.bad_personas()
            .into_iter()
            .chain(library)
            .chain(keys)
            .collect()
    }

    /// The same for the screen.
    pub(crate) fn notices(&self) -> Vec<Notice> {
        let notice = |title: String, detail: String| Notice {
            severity: Severity::Warning,
            title,
            detail,
            hint: "mend it and start again; `handset doctor` tells all faults".to_owned(),
            ..Notice::default()
        };
        let library = self.bad_library.iter().map(ToString::to_string);
        let faults: Vec<String> = self.bad_personas().into_iter().chain(library).collect();
        let mut notices: Vec<Notice> = faults
            .iter()
            .take(SHOWN)
            .map(|fault| notice("A file is left out".to_owned(), beside_settings(fault)))
            .collect();
        if faults.len() > SHOWN {
            let more = format!("{} more files are left out", faults.len() - SHOWN);
            notices.push(notice(more, String::new()));
        }
        // All faults of the one file are one notice.
        if let Some(fault) = self.keys.faults.first() {
            let title = match self.keys.faults.len() {
                1 => "The built-in keys hold: keys.toml has a fault".to_owned(),
                count => format!("The built-in keys hold: keys.toml has {count} faults"),
            };
            notices.push(Notice {
                hint: "mend it and start again; `handset keys` tells all faults".to_owned(),
                ..notice(title, beside_settings(&fault.to_string()))
            });
        }
        notices
    }
}

/// A fault in which the files are named from the folder of settings on.
fn beside_settings(fault: &str) -> String {
    match paths::config_dir() {
        Some(folder) => fault.replace(&format!("{}/", folder.display()), ""),
        None => fault.to_owned(),
    }
}
