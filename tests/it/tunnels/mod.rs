//! Ways in from the internet: opened, proved, watched and opened again.

mod fakes;
mod house;
mod leash;
mod own_address;
mod programs;
mod ssh;
mod sshd;
mod wire;
