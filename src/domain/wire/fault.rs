//! Error answers of the Send API. See `domains-and-auth` section 5.
