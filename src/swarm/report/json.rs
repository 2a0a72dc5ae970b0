//! The report of a swarm as one JSON document, which can be read back, compared and merged.
//!
//! Histograms are base64 of HdrHistogram's V2 format. Within version 1 members are only ever added.

use serde::{Deserialize, Serialize};

use crate::{
    export::json_line::json_line,
    report::words,
    swarm::report::{outcome::SwarmReport, verdict::SwarmVerdict},
};

/// What the first member says.
pub const SCHEMA: &str = "handset-swarm-1";

#[derive(Debug, Serialize)]
struct WrittenSwarm<'a> {
    schema: &'static str,
    ok: bool,
    verdict: SwarmVerdict,
    why: String,
    #[serde(flatten)]
    report: &'a SwarmReport,
}

#[derive(Debug, Deserialize)]
struct SchemaMember {
    schema: String,
}

/// Why a document is not read.
#[derive(Debug, thiserror::Error)]
pub enum SwarmReadError {
    /// It is not JSON, or not of this form.
    #[error("it is no report of `handset swarm --json`: {0}")]
    Form(#[from] serde_json::Error),
    /// It is of another form.
    #[error("it is of the form `{0}`, and this version of handset reads `{SCHEMA}`")]
    Schema(String),
}

/// Writes the document, on one line. What could move a cursor is written as `\uXXXX`.
pub fn document(report: &SwarmReport) -> Result<String, serde_json::Error> {
    let verdict = report.verdict();
    let written = WrittenSwarm {
        schema: SCHEMA,
        ok: verdict == SwarmVerdict::Passed,
        verdict,
        why: report.verdict_sentence(),
        report,
    };
    Ok(json_line(&written)? + "\n")
}

/// Reads a document back. Members that are not known are left out.
pub fn read(text: &str) -> Result<SwarmReport, SwarmReadError> {
    let name: SchemaMember = serde_json::from_str(text)?;
    if name.schema != SCHEMA {
        return Err(SwarmReadError::Schema(words::row(&name.schema)));
    }
    Ok(serde_json::from_str(text)?)
}
