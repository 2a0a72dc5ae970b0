//! `handset listen --relay` as a process.
