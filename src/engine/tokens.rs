//! The tokens in hand as the bench shows them: whose, what they say, how long
//! they last.

use std::collections::BTreeMap;

use crate::{
    client::KnownToken,
    domain::ids::PhoneId,
    engine::{
        phone::Phone,
        turn::Engine,
        update::{Token, Update},
    },
};

impl Engine {
    /// Tells the front end the tokens, which have changed.
    pub(super) async fn show_tokens(&mut self) {
        let known = self.tokens.borrow_and_update().clone();
        let tokens = known
            .into_iter()
            .filter_map(|token| shown(token, &self.phones))
            .collect();
        self.update(Update::Tokens(tokens)).await;
    }
}

/// A token with the phone it speaks for; `None` for one of a consumer without a phone.
fn shown(token: KnownToken, phones: &BTreeMap<PhoneId, Phone>) -> Option<Token> {
    let KnownToken {
        consumer,
        content,
        until,
    } = token;
    let (kind, id) = match consumer {
        None => ("AppJWT", None),
        Some(consumer) => {
            let (id, _) = phones
                .iter()
                .find(|(_, phone)| phone.persona.consumer == consumer)?;
            ("ConsumerJWS", Some(*id))
        }
    };
    Some(Token {
        kind,
        phone: id,
        claims: content,
        until,
    })
}
