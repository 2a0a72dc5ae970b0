//! What talks to the cloud: the Connector API, the records of app installs, and an agent's socket.
//!
//! `connector` makes the calls of a consumer's phone, `admin` those of an agent who manages app
//! installs, [`ums`] holds an agent's session and socket. Nothing here decides what to send or
//! when to try again: callers do. `pictures` asks hosts that are not the cloud, for the pictures
//! of cards.

mod admin;
mod connector;
mod pictures;
pub mod ums;

pub use self::{
    admin::{Admin, AdminError, Install, Login},
    connector::{
        Caller, Client, Endpoint, Error, KnownToken, Located, Needs, Progress, Settings, Tag,
    },
    pictures::{PictureFetcher, PictureLimits, PictureSettings},
};
