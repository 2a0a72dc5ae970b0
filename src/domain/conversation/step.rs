//! The transition function: one event to the part that owns it, and then
//! everything is started that can start.

use crate::domain::{
    conversation::{
        Conversation,
        effect::Effect,
        event::{Act, PhoneEvent},
    },
    time::Timestamp,
};

impl Conversation {
    /// Takes one event and returns what it asks for, in order.
    pub fn step(&mut self, now: Timestamp, event: PhoneEvent) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.handle(now, event, &mut effects);
        self.advance(now, &mut effects);
        effects
    }

    fn handle(&mut self, now: Timestamp, event: PhoneEvent, effects: &mut Vec<Effect>) {
        match event {
            PhoneEvent::Started => {
                if self.quitting {
                    let opening = self.setup.asking();
                    self.wake();
                    self.setup.leave_behind(opening);
                }
                self.recover_receipts();
                self.recover_sending(effects);
                self.recover_setup(effects);
            }
            PhoneEvent::User(act) => self.act(now, act, effects),
            PhoneEvent::Identified { request, me } => {
                if self.setup.ends(request) {
                    self.saved.me = Some(me);
                }
            }
            PhoneEvent::Opened {
                request,
                conversation,
            } => self.opened(now, request, &conversation, effects),
            PhoneEvent::Sent { request, sequence } => {
                if !self.receipt_arrived(request) && !self.presence.done(request) {
                    self.sent(now, request, sequence);
                }
            }
            PhoneEvent::Uploaded { request, path } => self.uploaded(request, path),
            PhoneEvent::Failed { request, problem } => {
                if self.chat_state_failed(request, &problem, effects)
                    || self.receipt_failed(request, &problem, effects)
                    || self.setup_failed(request, &problem, effects)
                {
                    return;
                }
                self.sending_failed(now, request, problem, effects);
            }
            PhoneEvent::Notified(change) => self.apply(now, change, effects),
            PhoneEvent::Woke(timer) => {
                self.presence_woke(now, timer, effects);
                self.setup.woke(timer);
                self.receipts.woke(timer);
                self.sending_woke(timer);
                self.queue_woke(now, timer);
                self.replay_woke(timer);
            }
        }
    }

    fn act(&mut self, now: Timestamp, act: Act, effects: &mut Vec<Effect>) {
        if self.quitting && !matches!(act, Act::Flight(_)) {
            // Nobody is there any more.
            return;
        }
        let writes = matches!(
            act,
            Act::Submit { .. }
                | Act::Attach(_)
                | Act::Reply { .. }
                | Act::Click { .. }
                | Act::Close
                | Act::End(_)
                | Act::New
                | Act::StopReplay
                | Act::GoBack(_)
                | Act::Quit
        );
        if writes {
            self.stop_replay(effects);
        }
        match act {
            Act::Submit { text, metadata } => self.submit(now, text, metadata),
            Act::Typed { standing } => self.typed(now, standing, effects),
            Act::Looked(looked) => self.look(looked),
            Act::Shown(items) => self.shown(&items),
            Act::Reply { item, index } => self.reply(now, item, index),
            Act::Click { item, click } => self.click(now, item, click),
            Act::Retry(item) => self.retry(now, item),
            Act::Close => self.close(effects),
            Act::New => {
                self.setup.want();
            }
            Act::GoBack(conversation) => self.go_back(now, conversation.as_ref(), effects),
            // It was stopped above, as by everything that is written.
            Act::StopReplay => {}
            Act::Flight(on) => self.flight = on,
            Act::Pocket(on) => self.set_pocket(on),
            Act::Quit => self.quit(),
            Act::Attach(file) => self.attach(now, *file),
            Act::Tell(state) => self.send_state(state, effects),
            Act::Mark {
                item,
                status,
                metadata,
            } => self.mark(item, status, metadata, effects),
            Act::End(field) => self.end(field, effects),
            Act::Rate(rating) => self.rate(rating, effects),
            Act::ChangeTtr { ttr, value } => self.change_ttr(ttr, value, effects),
            Act::SetProfile(profile) => self.set_profile(profile, effects),
            Act::Replay(item) => self.replay(item, effects),
        }
    }

    /// Starts what can start. Text comes before typing: a chat state never delays it.
    fn advance(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.fall_back(now);
        if self.flight {
            return;
        }
        self.advance_setup(effects);
        self.advance_replay(now, effects);
        self.advance_sending(now, effects);
        self.advance_receipts(effects);
        self.advance_presence(effects);
    }
}
