//! The report as one JSON document, which can be read back and merged.
//!
//! Its form is told by `assets/schema/handset-run-1.schema.json`. Within version 1 members are only ever
//! added.

use serde::{Deserialize, Serialize};

use crate::{
    export::json_line::json_line,
    report::{outcome::RunReport, words},
};

/// What the first member says.
pub const SCHEMA: &str = "handset-run-1";
/// The form of the document, as JSON Schema.
pub const SCHEMA_FILE: &str = include_str!("../../assets/schema/handset-run-1.schema.json");

#[derive(Debug, Serialize)]
struct WrittenReport<'a> {
    schema: &'static str,
    ok: bool,
    #[serde(flatten)]
    report: &'a RunReport,
}

#[derive(Debug, Deserialize)]
struct SchemaName {
    schema: String,
}

/// Why a document is not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not JSON, or not of this form.
    #[error("it is no report of `handset run --json`: {0}")]
    Form(#[from] serde_json::Error),
    /// It is of another form.
    #[error("it is of the form `{0}`, and this version of handset reads `{SCHEMA}`")]
    Schema(String),
}

/// Writes the document, on one line. What could move a cursor is written as `\uXXXX`.
pub fn document(report: &RunReport) -> Result<String, serde_json::Error> {
    let written = WrittenReport {
        schema: SCHEMA,
        ok: report.is_ok(),
        report,
    };
    Ok(json_line(&written)? + "\n")
}

/// Reads a document back. Members that are not known are left out.
pub fn read(text: &str) -> Result<RunReport, ReadError> {
    let name: SchemaName = serde_json::from_str(text)?;
    if name.schema != SCHEMA {
        let name = words::row(&name.schema);
        return Err(ReadError::Schema(name));
    }
    Ok(serde_json::from_str(text)?)
}
