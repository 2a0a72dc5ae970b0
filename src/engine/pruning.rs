//! Deletes old conversations out of a journal, with the files that were fetched for them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    domain::time::Timestamp,
    engine::{files, turn::FILES},
    store::{Error, Prunable, Pruner, Stays, file_size},
};

/// What is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PruneRule {
    /// What nobody wrote in since this moment.
    OlderThan(Timestamp),
    /// The oldest, until the journal takes no more than so many bytes.
    Keep(u64),
}

/// What a rule comes to.
#[derive(Debug)]
pub(crate) struct PrunePlan {
    /// What would go, oldest first.
    pub(crate) gone: Vec<Prunable>,
    /// What the rule means and what stays all the same.
    pub(crate) stays: Vec<(Prunable, Stays)>,
    /// What would be free then, roughly, in bytes.
    pub(crate) bytes: u64,
}

/// What one pruning has deleted, and what it could not.
#[derive(Debug)]
pub(crate) struct Pruned {
    /// Fetched files that were removed.
    pub(crate) files: usize,
    /// Those that could not be, with the reason.
    pub(crate) left: Vec<(PathBuf, io::Error)>,
    /// Bytes of the journal now.
    pub(crate) size: u64,
    /// Why the file is not smaller; `None` when it is.
    pub(crate) unshrunk: Option<String>,
}

/// Says what a rule comes to; nothing is changed.
pub(crate) fn plan(pruner: &Pruner, path: &Path, rule: PruneRule) -> Result<PrunePlan, Error> {
    let all = pruner.conversations()?;
    let known: u64 = all.iter().map(|one| one.bytes).sum();
    let size = file_size(path);
    let mut plan = PrunePlan {
        gone: Vec::new(),
        stays: Vec::new(),
        bytes: 0,
    };
    for one in all {
        let is_meant = match rule {
            PruneRule::OlderThan(moment) => one.ended < moment,
            PruneRule::Keep(most) => size.saturating_sub(plan.bytes) > most,
        };
        match one.stays {
            _ if !is_meant => {}
            Some(why) => plan.stays.push((one, why)),
            None => {
                // Pages and indexes belong to conversations in proportion.
                let share = u128::from(size) * u128::from(one.bytes) / u128::from(known.max(1));
                plan.bytes += u64::try_from(share).unwrap_or(u64::MAX);
                plan.gone.push(one);
            }
        }
    }
    Ok(plan)
}

/// Carries a plan out.
pub(crate) fn carry_out(
    mut pruner: Pruner,
    path: &Path,
    plan: &PrunePlan,
) -> Result<Pruned, Error> {
    let files = pruner.prune(&plan.gone)?;
    let unshrunk = if pruner.is_in_use() {
        Some(
            "a phone is using the journal; the room is used for what comes, and the next prune \
             without a phone makes the file smaller"
                .to_owned(),
        )
    } else {
        pruner.shrink().err().map(|error| error.to_string())
    };
    pruner.close();
    let folder = path.with_file_name(FILES);
    let (mut removed, mut left) = (0, Vec::new());
    for file in files {
        let fetched = files::place(&folder, &file);
        match fs::remove_file(&fetched) {
            Ok(()) => removed += 1,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => left.push((fetched, cause)),
        }
    }
    Ok(Pruned {
        files: removed,
        left,
        size: file_size(path),
        unshrunk,
    })
}
