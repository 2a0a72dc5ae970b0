//! The head of the phone: who is on the other side and what they do, whose phone it is, by when an
//! answer is owed, and whether real people are there.

use ratatui::{buffer::Buffer, layout::Rect, style::Modifier, style::Style};

use crate::{
    domain::text::SafeText,
    engine::update::{Head, Phase},
    tui::{
        chat::pane::Pane,
        commands::keys::Action,
        text::{
            clock,
            field::put,
            width::{elided, sized, width},
        },
    },
};

/// How the other side stands: the sign before its name, the name, and what they do.
struct Standing {
    sign: &'static str,
    style: Style,
    name: String,
    does: String,
}

pub(crate) fn draw(pane: &Pane<'_>, area: Rect, buffer: &mut Buffer) {
    let styles = &pane.ui.styles;
    let is_production = pane.phone.is_production();
    let ground = match (is_production, styles.has_colours()) {
        (true, _) => styles.alarm,
        (false, true) => styles.raised,
        (false, false) => styles.base,
    };
    buffer.set_style(area, ground);
    if !styles.has_colours() {
        // Nothing else tells the head from what is below it.
        let last = Rect {
            y: area.bottom().saturating_sub(1),
            height: 1,
            ..area
        };
        buffer.set_style(last, Style::new().add_modifier(Modifier::UNDERLINED));
    }
    // What stands out elsewhere by its colour may be no colour to read on an alarm.
    let on = |style: Style| if is_production { ground } else { style };
    let rows: Vec<Rect> = (area.y..area.bottom())
        .map(|y| Rect::new(area.x + 1, y, area.width - 2, 1))
        .collect();
    let Some(first) = rows.first() else { return };
    let right = right(pane, rows.len() > 1);
    let left = standing(pane);
    let taken = width(left.sign) + width(&left.name) + width(&left.does) + 6;
    let room = usize::from(first.width).saturating_sub(taken);
    let words = right.iter().find(|words| width(words) <= room);
    let words = words.map_or("", String::as_str);
    let x = first.right() - sized(width(words));
    put(buffer, x, first.y, first.right(), words, on(styles.muted));
    let end = x.saturating_sub(1);
    let sign = format!(" {} ", left.sign);
    let name = format!("{} ", left.name);
    // The pane that has the keys has a filled title.
    let title = match (pane.focused, styles.has_colours()) {
        (true, true) => Some(styles.open.pill),
        (true, false) => Some(styles.chosen),
        (false, _) => None,
    };
    let [of_sign, of_name] = [left.style, styles.strong].map(|style| title.unwrap_or(on(style)));
    let mut x = put(buffer, first.x, first.y, end, &sign, of_sign);
    let room = usize::from(end.saturating_sub(x));
    x = put(buffer, x, first.y, end, &elided(&name, room), of_name);
    let room = usize::from(end.saturating_sub(x));
    let does = elided(&left.does, room);
    put(buffer, x, first.y, end, &does, on(styles.muted));
    if let Some(second) = rows.get(1) {
        let words = second_row(pane);
        let words = elided(&words, usize::from(second.width));
        let x = second.x + 3;
        put(
            buffer,
            x,
            second.y,
            second.right(),
            &words,
            on(styles.muted),
        );
    }
}

fn standing(pane: &Pane<'_>) -> Standing {
    let styles = &pane.ui.styles;
    let phone = pane.phone;
    let head = phone.head.as_ref();
    let say = |name: &str, does: &str| Standing {
        sign: "○",
        style: styles.muted,
        name: name.to_owned(),
        does: does.to_owned(),
    };
    if let Some(past) = phone.past() {
        let began = clock::moment(past.began, &pane.ui.zone);
        return say(&past.consumer.one_line(), &format!("· {began} · read-only"));
    }
    let agent = head.and_then(|head| head.agent.as_ref());
    let talked = head.is_some_and(|head| head.conversation.is_some());
    match (&phone.typing, agent, head.map(|head| head.phase)) {
        (Some(name), ..) => Standing {
            sign: "●",
            style: styles.accent,
            name: name.one_line(),
            does: "· typing…".to_owned(),
        },
        (None, _, Some(Phase::Closed)) if talked => {
            say("closed", "· the next message begins another conversation")
        }
        (None, _, Some(Phase::Closed)) => say("not connected", "· the next message tries again"),
        (None, Some(name), _) => Standing {
            sign: "●",
            style: styles.good,
            name: name.one_line(),
            does: format!("{}· online", skill(pane)),
        },
        (None, None, Some(Phase::Open)) => say("waiting for an agent", &skill(pane)),
        (None, None, Some(Phase::Opening)) => say("connecting…", ""),
        (None, None, None) => say("starting…", ""),
    }
}

/// The queue the conversation is in, where that is known: by its name, else by its id.
fn skill(pane: &Pane<'_>) -> String {
    let details = pane.phone.details.as_deref();
    let skill = details.and_then(|details| details.skill.as_ref());
    let skill = skill.filter(|skill| skill.as_str() != "-1");
    skill.map_or_else(String::new, |skill| {
        let name = pane.skill_name.map(SafeText::one_line);
        let name = name.unwrap_or_else(|| SafeText::clean(skill.as_str()).one_line());
        format!("· skill {name} ")
    })
}

/// What stands at the right, the wordiest first; `with_brand` tells that the brand stands elsewhere.
fn right(pane: &Pane<'_>, with_brand: bool) -> Vec<String> {
    let Some(head) = pane
        .phone
        .head
        .as_ref()
        .filter(|_| pane.phone.past().is_none())
    else {
        return Vec::new();
    };
    let consumer = head.consumer.one_line();
    let owed = pane.phone.details.as_ref();
    let owed = owed.and_then(|details| details.effective_ttr);
    let owed = owed.map(|by| format!("answers by {}", clock::minutes(by, &pane.ui.zone)));
    let who = if with_brand {
        consumer.clone()
    } else {
        format!("{consumer} ▸ {}", brand(head))
    };
    let mut words = Vec::new();
    words.extend(owed.map(|owed| format!("{who}   {owed}")));
    words.extend([who, consumer]);
    if head.production && !with_brand {
        // Whatever has no room, this has.
        words.retain(|words| words.contains(PRODUCTION));
        words.push(PRODUCTION.to_owned());
    }
    words
}

const PRODUCTION: &str = "PRODUCTION";

/// The brand, and what kind of cloud it is in.
fn brand(head: &Head) -> String {
    let brand = head.brand.one_line();
    match (head.sandbox, head.production) {
        (true, _) => format!("{brand} · sandbox"),
        (false, true) => format!("{brand} ─ {PRODUCTION}"),
        (false, false) => brand,
    }
}

fn second_row(pane: &Pane<'_>) -> String {
    if pane.phone.past().is_some() {
        let key = pane.ui.shown(Action::Back);
        return format!("a conversation of the past · {key} goes back");
    }
    let head = pane.phone.head.as_ref();
    let words = head.map(brand).unwrap_or_default();
    if pane.phone.is_production() {
        return format!("{words} · what is written here is read by people");
    }
    words
}
