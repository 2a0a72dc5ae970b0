//! A world: the whole account as the bytes of a state file, kept in one file and begun from. That
//! file is only read: every sandbox begun from it begins alike.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use crate::{
    rt::sqlite,
    sandbox::{
        error::Error,
        store::{Row, load, load::Loaded, schema, thread},
    },
};

/// The largest file that is read.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// The bytes of a state file with these rows.
pub(in crate::sandbox) fn pack(rows: &[Row]) -> rusqlite::Result<Vec<u8>> {
    let mut db = schema::in_memory(None)?;
    let steps = db.transaction()?;
    rows.iter().try_for_each(|row| thread::put(&steps, row))?;
    steps.commit()?;
    Ok(db.serialize("main")?.to_vec())
}

/// What is in a world, or in the state file of a sandbox that has ended. The file stays as it is.
pub(in crate::sandbox) fn unpack(path: &Path) -> Result<Loaded, Error> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = File::open(path)?;
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let mut bytes = read().map_err(|cause| Error::StateOpen {
        path: path.to_owned(),
        cause,
    })?;
    let head = bytes.first_chunk::<{ schema::HEAD }>();
    let foreign = || Error::StateContent {
        path: path.to_owned(),
        what: "it is no world, which `handset sandbox ctl export` writes".to_owned(),
    };
    if !head.is_some_and(schema::is_head) {
        return Err(foreign());
    }
    // Says that there is no write-ahead log: a file that was closed in order has none, and memory
    // cannot have one.
    for place in [18, 19] {
        if let Some(byte) = bytes.get_mut(place) {
            *byte = 1;
        }
    }
    let db = schema::in_memory(Some(&bytes)).map_err(|cause| Error::StateUse {
        path: path.to_owned(),
        cause: sqlite::Error::from(cause),
    })?;
    load::everything(&db, path)?.ok_or_else(foreign)
}
