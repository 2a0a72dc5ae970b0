//! Ways in from the internet: opened, proved, watched and opened again.

mod house;
mod own_address;
mod wire;
