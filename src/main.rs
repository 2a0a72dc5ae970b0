//! handset's entry point.

fn main() {}
