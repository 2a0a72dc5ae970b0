//! `handset doctor` on set-ups that work and on such as are broken in one place: the real program
//! against the real sandbox over TLS. Of one fault there is one line, with what to do.

mod cloud;
mod installs;
mod machine;
mod relays;
mod rig;
mod whole;
