//! Bodies of the requests handset makes. See `send-api`.
