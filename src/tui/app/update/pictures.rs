//! Pictures as they are made and files as they come: the lines they belong to
//! are laid out again. Of those that cards name the user decides from which hosts they come.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    domain::{ids::ItemId, notice::Severity},
    engine::{
        command::Command,
        update::{PictureBytes, PictureRefusal},
    },
    tui::{
        app::model::Model,
        commands::keys::Action,
        popups::{Popup, picture_hosts::PictureHosts},
        terminal::images::gallery::Made,
    },
};

impl Model {
    /// A picture was made.
    pub(crate) fn on_picture(&mut self, made: Made) {
        if let Some(item) = self.gallery.made(made) {
            self.lay_out_again(item);
        }
    }

    /// The file of a line is on this machine: its picture can be drawn from it.
    pub(crate) fn picture_fetched(&mut self, item: ItemId, file: PathBuf) {
        self.gallery.fetched(item, file);
        self.lay_out_again(item);
    }

    /// Asks for the pictures that the cards in view name. In flight mode nothing goes out.
    pub(crate) fn ask_for_pictures(&mut self) {
        if self.phone.switches.flight {
            return;
        }
        let Some(addresses) = self.gallery.addresses() else {
            return;
        };
        let wanted = std::iter::from_fn(|| addresses.next_to_ask());
        self.commands.extend(wanted.map(Command::Picture));
    }

    /// A picture that a card names is here, or it is known why not.
    pub(crate) fn picture_arrived(
        &mut self,
        address: &str,
        picture: Result<PictureBytes, PictureRefusal>,
    ) {
        let Some(addresses) = self.gallery.addresses() else {
            return;
        };
        let (items, undecided) = addresses.arrived(address, picture);
        for item in items {
            self.lay_out_again(item);
        }
        if let Some(host) = undecided {
            let title = format!("pictures from {host} are not fetched yet");
            let key = self.ui.shown(Action::PictureHosts);
            let hint = format!("{key} or /pictures decides; the host would see your address");
            self.tell(Severity::Info, &title, "", &hint);
        }
    }

    /// The engine keeps what the user decided on hosts.
    pub(crate) fn hosts_decided(&mut self, hosts: BTreeMap<String, bool>) {
        let Some(addresses) = self.gallery.addresses() else {
            return;
        };
        for item in addresses.decided(hosts) {
            self.lay_out_again(item);
        }
    }

    /// Fetches the pictures of a card again that could not be had; whether there are some.
    pub(crate) fn fetch_pictures_again(&mut self, item: ItemId) -> bool {
        let addresses = self.gallery.addresses();
        let some = addresses.is_some_and(|addresses| addresses.try_again(item));
        if some {
            self.lay_out_again(item);
        }
        some
    }

    /// Opens the hosts of pictures, those that wait for a word first.
    pub(crate) fn open_picture_hosts(&mut self) {
        let Some(addresses) = self.gallery.addresses() else {
            let title = "pictures of cards are not fetched";
            let hint = "begin with --fetch-pictures, and with --pictures other than off";
            return self.tell(Severity::Info, title, "", hint);
        };
        let hosts = PictureHosts::of(addresses.undecided(), addresses.hosts());
        if let Some(hosts) = hosts {
            self.toggle(Popup::PictureHosts(Box::new(hosts)));
        } else {
            let title = "no picture waits for your word";
            let detail = "a host is asked about when a card names a picture there";
            self.tell(Severity::Info, title, detail, "");
        }
    }

    fn lay_out_again(&mut self, item: ItemId) {
        let phones = std::iter::once(&mut self.phone).chain(&mut self.others);
        let phones = phones.map(|phone| &mut phone.chat);
        let conversations = self
            .workspace
            .sessions
            .iter_mut()
            .flat_map(|session| &mut session.conversations)
            .map(|one| &mut one.chat);
        for chat in phones.chain(conversations) {
            chat.transcript.changed(item);
        }
    }
}
