//! Pictures as they are made and files as they come: the lines they belong to
//! are laid out again.

use std::path::PathBuf;

use crate::{
    domain::ids::ItemId,
    tui::{app::model::Model, terminal::images::gallery::Made},
};

impl Model {
    /// A picture was made.
    pub(crate) fn on_picture(&mut self, made: Made) {
        let item = self.gallery.made(made);
        self.lay_out_again(item);
    }

    /// The file of a line is on this machine: its picture can be drawn from it.
    pub(crate) fn picture_fetched(&mut self, item: ItemId, file: PathBuf) {
        self.gallery.fetched(item, file);
        self.lay_out_again(item);
    }

    fn lay_out_again(&mut self, item: ItemId) {
        let phones = std::iter::once(&mut self.phone).chain(&mut self.others);
        for phone in phones.filter(|phone| phone.thread == item.thread) {
            phone.chat.transcript.changed(item);
        }
        let talks = self
            .workspace
            .chairs
            .iter_mut()
            .flat_map(|chair| &mut chair.talks);
        for talk in talks.filter(|talk| talk.thread == item.thread) {
            talk.chat.transcript.changed(item);
        }
    }
}
