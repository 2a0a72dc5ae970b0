//! Deeds, sights and facts in the words of the language.

use std::time::Duration;

use crate::{
    domain::{availability::Availability, wire::outbound::EndField},
    scenario::{
        print::texts::{lenient, payload, plain, quoted},
        script::{
            CardPart, CardPartKind, Comparison, ConversationStage, Deed, Element, Fact, Handover,
            Hop, Reached, Sight, Signed, StepKind, Template, UnwantedEvent, WireKind,
        },
        syntax::{line::FENCE, span::shown as span},
    },
};

/// A step that takes one line, whatever it is.
pub(super) fn one_line(kind: &StepKind) -> String {
    match kind {
        StepKind::Deed {
            who,
            deed: what,
            within,
        } => format!("{} {}{}", name(who), deed(what), deadline(*within)),
        StepKind::Sees {
            who,
            sight: what,
            within,
        } => format!("{} sees {}{}", name(who), sight(what), deadline(*within)),
        StepKind::Expect { fact: what, within } => {
            format!("expect {}{}", fact(what), deadline(*within))
        }
        StepKind::No {
            event: what,
            during,
        } => format!("no {} for {}", event(what), span(*during)),
        StepKind::Sandbox(words) => {
            let words: Vec<String> = words.iter().map(plain).collect();
            format!("sandbox {}", words.join(" "))
        }
        StepKind::Let { name, value } => format!("let {name} = {}", quoted(value)),
        StepKind::Pause(rest) => format!("pause {}", span(*rest)),
        StepKind::Pass(rest) => format!("pass {}", span(*rest)),
        StepKind::Note(text) => format!("note {}", plain(text)),
        // Written by `Sheet::step`, for they take several lines.
        StepKind::Line { .. }
        | StepKind::AnyOrder(_)
        | StepKind::If { .. }
        | StepKind::Use { .. } => String::new(),
    }
}

pub(super) fn deadline(within: Option<Duration>) -> String {
    let within = within.map(|within| format!(" within {}", span(within)));
    within.unwrap_or_default()
}

/// A name, or the value that gives it.
pub(super) fn name(who: &Template) -> String {
    plain(who)
}

fn element(element: &Element) -> String {
    match element {
        Element::Title(title) => quoted(title),
        Element::Id(id) => format!("#{}", plain(id)),
    }
}

fn listed(titles: &[Template]) -> String {
    let titles: Vec<String> = titles.iter().map(quoted).collect();
    titles.join(" ")
}

fn resolved(is_resolved: Option<bool>) -> &'static str {
    match is_resolved {
        Some(true) => " resolved",
        Some(false) => " unresolved",
        None => "",
    }
}

fn deed(deed: &Deed) -> String {
    match deed {
        Deed::Opens => "opens".to_owned(),
        Deed::Types(rest) => format!("types {}", span(*rest)),
        Deed::Sends { file, caption } => {
            let caption = caption
                .as_ref()
                .map(|caption| format!(" {}", quoted(caption)));
            format!("sends {}{}", quoted(file), caption.unwrap_or_default())
        }
        Deed::Taps(what) => format!("taps {}", element(what)),
        Deed::Picks { value, within } => format!("picks {} in {}", quoted(value), element(within)),
        Deed::Looks(back) => format!("looks {}", if *back { "back" } else { "away" }),
        Deed::Pockets(on) => (if *on { "pockets" } else { "unpockets" }).to_owned(),
        Deed::GoesOnline(on) => format!("goes {}", if *on { "online" } else { "offline" }),
        Deed::Marks(status) => format!("marks last {}", status.as_str().to_lowercase()),
        Deed::Tells(state) => format!("tells {}", state.as_str().to_lowercase()),
        Deed::Rates { stars, is_resolved } => format!("rates {stars}{}", resolved(*is_resolved)),
        Deed::Asks { ttr, span: None } => format!("asks {}", ttr.as_str().to_lowercase()),
        Deed::Asks {
            span: Some(rest), ..
        } => format!("asks {}", span(*rest)),
        Deed::Closes { with_survey } => {
            format!("closes{}", if *with_survey { " with survey" } else { "" })
        }
        Deed::Ends(EndField::State) => "ends".to_owned(),
        Deed::Ends(EndField::Stage) => "ends stage".to_owned(),
        Deed::SendsRaw {
            to_conversation,
            body,
        } => {
            let to = raw(*to_conversation);
            match lenient(body) {
                json if json.contains('\n') || json.contains(FENCE) => {
                    format!("{to} {}", quoted(body))
                }
                json => format!("{to} {FENCE}{json}{FENCE}"),
            }
        }
        Deed::Leaves => "leaves".to_owned(),
        Deed::Takes => "takes".to_owned(),
        Deed::Declines => "declines".to_owned(),
        Deed::Whispers(text) => format!("whispers: {}", payload(text)),
        Deed::Replies(key) => format!("replies {}", plain(key)),
        Deed::ShowsCard(file) => format!("shows card {}", quoted(file)),
        Deed::Offers(titles) => format!("offers {}", listed(titles)),
        Deed::HandsTo(Handover::Skill(skill)) => format!("hands to skill {}", quoted(skill)),
        Deed::HandsTo(Handover::Agent(agent)) => format!("hands to agent {}", quoted(agent)),
        Deed::HandsTo(Handover::Queue) => "hands to queue".to_owned(),
        Deed::Joins => "joins".to_owned(),
        Deed::GoesTo(availability) => format!("goes {}", self::availability(*availability)),
    }
}

pub(super) fn raw(to_conversation: bool) -> &'static str {
    if to_conversation {
        "sends raw conversation"
    } else {
        "sends raw send"
    }
}

fn availability(availability: Availability) -> &'static str {
    match availability {
        Availability::Online => "online",
        Availability::Occupied => "occupied",
        Availability::BackSoon => "back soon",
        Availability::Away => "away",
    }
}

fn sight(sight: &Sight) -> String {
    match sight {
        Sight::Typing(who) => format!("{} typing", name(who)),
        Sight::Click(what) => format!("click {}", element(what)),
        Sight::Offer(titles) => format!("offer {}", listed(titles)),
        Sight::File(None) => "file".to_owned(),
        Sight::File(Some(caption)) => format!("file {}", payload(caption)),
        // A block, written by `Sheet::step`.
        Sight::Card(_) => String::new(),
    }
}

pub(super) fn card_part(part: &CardPart) -> String {
    let card = part.card.map(|card| format!("card {card} "));
    let what = match &part.kind {
        CardPartKind::Text(text) => format!("text {}", payload(text)),
        CardPartKind::Title(text) => format!("title {}", payload(text)),
        CardPartKind::Button { title, id } => {
            let id = id.as_ref().map(|id| format!(" #{}", plain(id)));
            format!("button {}{}", quoted(title), id.unwrap_or_default())
        }
        CardPartKind::Image => "image".to_owned(),
        CardPartKind::Cards(count) => format!("{count} cards"),
    };
    card.unwrap_or_default() + &what
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Agent(who) => format!("agent {}", quoted(who)),
        Fact::Skill(skill) => format!("skill {}", quoted(skill)),
        Fact::Conversation(stage) => format!(
            "conversation {}",
            match stage {
                ConversationStage::Open => "open",
                ConversationStage::Queued => "queued",
                ConversationStage::Closed => "closed",
            }
        ),
        Fact::Survey(is_open) => format!("survey {}", if *is_open { "open" } else { "closed" }),
        Fact::Csat { stars, is_resolved } => format!("csat {stars}{}", resolved(*is_resolved)),
        Fact::Last(reached) => format!(
            "last {}",
            match reached {
                Reached::Sent => "sent",
                Reached::Accepted => "accepted",
                Reached::Read => "read",
                Reached::Failed => "failed",
            }
        ),
        Fact::Hop {
            hop,
            is_under,
            span: most,
        } => {
            let hop = match hop {
                Hop::Sent => "sent",
                Hop::Echo => "echo",
                Hop::Accepted => "accepted",
                Hop::Read => "read",
                Hop::Reply => "reply",
            };
            let than = if *is_under { "under" } else { "over" };
            format!("{hop} {than} {}", span(*most))
        }
        Fact::Messages { count, who } => format!("{count} messages from {}", name(who)),
        Fact::Call { purpose, status } => format!("call {} status {status}", quoted(purpose)),
        Fact::Hook { hook, signature } => {
            let signature = match signature {
                Some(Signed::Well) => " signed",
                Some(Signed::Not) => " unsigned",
                Some(Signed::Badly) => " badly signed",
                None => "",
            };
            format!("hook {}{signature}", quoted(hook))
        }
        Fact::Json {
            pointer,
            comparison: how,
            within,
            name,
        } => {
            let within = match within {
                WireKind::Call => "call",
                WireKind::Hook => "hook",
            };
            let (pointer, name) = (quoted(pointer), quoted(name));
            format!("json {pointer} {} in {within} {name}", comparison(how))
        }
    }
}

fn comparison(comparison: &Comparison) -> String {
    match comparison {
        Comparison::Equal(value) => format!("== {value}"),
        Comparison::Unequal(value) => format!("!= {value}"),
        Comparison::Less(value) => format!("< {value}"),
        Comparison::AtMost(value) => format!("<= {value}"),
        Comparison::More(value) => format!("> {value}"),
        Comparison::AtLeast(value) => format!(">= {value}"),
        Comparison::Matches(text) => format!("matches {}", payload(text)),
        Comparison::Exists => "exists".to_owned(),
        Comparison::Absent => "absent".to_owned(),
    }
}

fn event(event: &UnwantedEvent) -> String {
    match event {
        UnwantedEvent::Message { from, text } => {
            let from = from.as_ref().map(|who| format!(" from {}", name(who)));
            let text = text.as_ref().map(|text| format!(": {}", payload(text)));
            format!(
                "message{}{}",
                from.unwrap_or_default(),
                text.unwrap_or_default()
            )
        }
        UnwantedEvent::Typing => "typing".to_owned(),
        UnwantedEvent::Read => "read".to_owned(),
        UnwantedEvent::Transfer => "transfer".to_owned(),
        UnwantedEvent::Hook(hook) => format!("hook {}", quoted(hook)),
    }
}
