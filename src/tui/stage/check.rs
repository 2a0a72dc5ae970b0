//! Looks at a brand pack before the show: what of it had to be changed to be read, and how the phone
//! looks in it.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::{Buffer, Cell},
    layout::Rect,
    style::{Color, Modifier},
};

use crate::{
    config::brand::{BrandLook, BrandPack},
    domain::{
        content::{Content, QuickReply},
        ids::{ItemId, PhoneId},
        line::{Delivery, Hops, Line, LineBody},
        mask::Mask,
        role::{Author, Role},
        time::Timestamp,
    },
    engine::update::{Head, Phase},
    tui::{
        chat::{
            bubble::{Aside, Look, Manner},
            phone::Phone,
            transcript::{Measure, StageWords},
        },
        stage::{
            Stage, StageFrame,
            draw::{self, StageView},
            face::Faces,
            layout::StageParts,
        },
        theme::{light, palette, styles::Depth},
    },
};

/// The window of a hall: so few cells that people at the back can read them.
const HALL: (u16, u16) = (90, 30);

/// When the sample is said: at 9:41 of some day.
const AT: i64 = 1_764_582_060_000;

/// The sizes a pack is looked at in.
pub const SIZES: [(u16, u16); 3] = [(60, 16), (80, 24), (100, 42)];

/// What there is to say of a pack, a line each.
pub fn remarks(pack: &BrandPack, depth: Depth) -> Vec<String> {
    let stage = dressed(pack, pack.look, StageFrame::Phone, depth);
    let hex = |[r, g, b]: light::Rgb| format!("#{r:02x}{g:02x}{b:02x}");
    let mended = stage.dress.mended.iter().map(|mended| {
        format!(
            "{} {} on {} has a contrast of {:.1}:1, below 4.5:1; it is drawn as {}",
            mended.words,
            hex(mended.from),
            mended.ground,
            mended.contrast,
            hex(mended.to),
        )
    });
    let pictures = std::iter::once(("logo", &pack.logo));
    let avatars = pack
        .agents
        .iter()
        .map(|(name, agent)| (name.as_str(), &agent.avatar));
    let pictures = pictures.chain(avatars).filter_map(|(whose, picture)| {
        let fault = Faces::fault(picture.as_ref()?)?;
        Some(format!(
            "the picture of {whose} cannot be drawn: {fault}; its first letter stands there"
        ))
    });
    mended.chain(pictures).collect()
}

/// How large the text will be in a window of so many cells, with a ruler to hold a hand against.
pub fn size_words(columns: u16, rows: u16) -> String {
    let (wide, high) = HALL;
    let said = format!("your window has {columns}×{rows} cells");
    let advice = if columns > wide + 10 || rows > high + 6 {
        format!("; for a hall zoom until it has about {wide}×{high}")
    } else {
        "; that is large enough for a hall".to_owned()
    };
    let ruler = "▏····╵····▏····╵····▏····╵····▏····╵····▏····";
    format!("{said}{advice}\nthe phone is this wide: {ruler}")
}

fn dressed(pack: &BrandPack, look: BrandLook, frame: StageFrame, depth: Depth) -> Stage {
    let theme = palette::embedded().swap_remove(0);
    let mut stage = Stage::new(pack.clone(), Some(look), frame);
    stage.dress_for(&theme.palette, depth, None);
    stage
}

/// The phone in a pack on a screen of so many cells, as text with colours.
pub fn picture(
    pack: &BrandPack,
    look: BrandLook,
    frame: StageFrame,
    depth: Depth,
    (columns, rows): (u16, u16),
) -> String {
    let mut stage = dressed(pack, look, frame, depth);
    let mut phone = sample(pack);
    let area = Rect::new(0, 0, columns, rows);
    let parts = StageParts::of(area, frame, look, |_| 1);
    stage.shown.follow(&phone, pack, &Mask::default(), |_| {});
    let measure = Measure {
        lines: &stage.shown.lines,
        zone: &TimeZone::UTC,
        manner: Manner {
            compact: parts.is_compact,
            filled: stage.dress.styles.bubbles.is_some(),
            look: Some(look),
        },
        outlines: &[],
        aside: &|_| Aside::default(),
        staged: Some(StageWords {
            words: &pack.words,
            now: Timestamp(AT),
        }),
    };
    phone
        .chat
        .transcript
        .prepare(parts.chat.transcript, &measure);
    let view = StageView {
        stage: &stage,
        parts: &parts,
        transcript: &phone.chat.transcript,
        composer: &phone.chat.composer,
        has_keys: false,
        look: &|_| Look::default(),
        zone: &TimeZone::UTC,
        dot: None,
    };
    let drawn = Terminal::new(TestBackend::new(columns, rows)).and_then(|mut terminal| {
        terminal.draw(|frame| draw::draw(&view, frame))?;
        Ok(in_colours(terminal.backend().buffer(), depth))
    });
    drawn.unwrap_or_default()
}

/// A phone with a short conversation on it.
fn sample(pack: &BrandPack) -> Phone {
    let agent = pack.agents.keys().next().map_or("Riley", String::as_str);
    let mut phone = Phone::default();
    let sequence = |number: u32| (0, u64::from(number));
    let id = |number: u32| ItemId {
        phone: Some(PhoneId::default()),
        number,
    };
    let at = |number: u32| Timestamp(AT + 20_000 * i64::from(number));
    let theirs = |number: u32, text: &str, replies: &[&str]| {
        let replies = replies
            .iter()
            .map(|title| QuickReply::publishing(title, &[title], None));
        let body = LineBody::Theirs {
            author: Author {
                id: "agent".into(),
                role: Role::AssignedAgent,
            },
            name: agent.into(),
            content: Content::Text {
                text: text.into(),
                replies: replies.collect(),
            },
            dialog: "".into(),
            sequence: u64::from(number),
            answerable: !text.is_empty(),
        };
        Line::new(id(number), at(number), sequence(number), body)
    };
    let mine = |number: u32, text: &str| {
        let body = LineBody::Mine {
            content: Content::text(text.into()),
            delivery: Delivery::Read {
                sequence: u64::from(number),
            },
            hops: Hops::default(),
        };
        Line::new(id(number), at(number), sequence(number), body)
    };
    let name = pack.agent_name(agent);
    for line in [
        theirs(1, &format!("Hi, this is {name}. How can I help?"), &[]),
        mine(2, "Is the blue one in stock?"),
        theirs(3, "Yes, two left. 🎉", &[]),
        mine(4, "Great, please reserve one"),
        theirs(5, "With pleasure.", &["Reserve one", "Show me others"]),
    ] {
        phone.chat.put(&line);
    }
    phone.head = Some(Head {
        consumer: "".into(),
        brand: "".into(),
        sandbox: true,
        production: false,
        agent: Some(agent.into()),
        conversation: None,
        phase: Phase::Open,
    });
    phone
}

/// The cells of a buffer as rows of text, with their colours where there are any.
fn in_colours(buffer: &Buffer, depth: Depth) -> String {
    let mut text = String::new();
    for row in buffer.content.chunks(usize::from(buffer.area.width).max(1)) {
        let mut before = String::new();
        let mut hidden = 0;
        for cell in row {
            if hidden > 0 {
                hidden -= 1;
                continue;
            }
            hidden = crate::tui::text::width::width(cell.symbol()).saturating_sub(1);
            let colours = if depth == Depth::None {
                String::new()
            } else {
                codes(cell)
            };
            if colours != before {
                text.push_str(&colours);
                before = colours;
            }
            text.push_str(cell.symbol());
        }
        text.push_str(if before.is_empty() {
            "\n"
        } else {
            "\u{1b}[0m\n"
        });
    }
    text
}

/// The escape sequence of a cell's colours.
fn codes(cell: &Cell) -> String {
    let mut codes = "\u{1b}[0".to_owned();
    for (modifier, code) in [(Modifier::BOLD, ";1"), (Modifier::REVERSED, ";7")] {
        if cell.modifier.contains(modifier) {
            codes.push_str(code);
        }
    }
    for (colour, number) in [(cell.fg, 38), (cell.bg, 48)] {
        // Writing to a string cannot fail.
        let _ = match colour {
            Color::Rgb(r, g, b) => write!(codes, ";{number};2;{r};{g};{b}"),
            Color::Indexed(index) => write!(codes, ";{number};5;{index}"),
            Color::Black => write!(codes, ";{number};5;0"),
            _ => Ok(()),
        };
    }
    codes.push('m');
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::brand;

    #[test]
    fn every_pack_can_be_read_and_looked_at_in_every_look_and_size() {
        for pack in brand::embedded() {
            assert_eq!(
                remarks(&pack, Depth::True),
                Vec::<String>::new(),
                "{}",
                pack.key
            );
            for (_, look) in BrandLook::ALL {
                for size in SIZES {
                    for depth in [Depth::True, Depth::Indexed, Depth::Sixteen, Depth::None] {
                        let text = picture(&pack, look, StageFrame::Phone, depth, size);
                        assert_eq!(text.lines().count(), usize::from(size.1));
                        assert!(text.contains(&pack.name), "{} {look:?} {size:?}", pack.key);
                        assert!(
                            text.contains("Reserve one"),
                            "{} {look:?} {size:?}",
                            pack.key
                        );
                        assert_eq!(depth == Depth::None, !text.contains('\u{1b}'));
                    }
                }
            }
        }
    }

    #[test]
    fn words_that_cannot_be_read_are_told_and_mended() {
        let mut pack = brand::embedded().remove(1);
        pack.colours.mine_text = Some(brand::BrandColour([0xd0, 0xf0, 0xc0]));
        let remarks = remarks(&pack, Depth::True);
        assert_eq!(remarks.len(), 1, "{remarks:?}");
        assert!(
            remarks[0].starts_with("mine_text #d0f0c0 on mine has a contrast of 1."),
            "{remarks:?}"
        );
        assert!(
            remarks[0].contains("below 4.5:1; it is drawn as #"),
            "{remarks:?}"
        );
    }

    #[test]
    fn the_window_is_told_to_be_zoomed_until_a_hall_can_read_it() {
        assert!(
            size_words(180, 48).starts_with(
                "your window has 180×48 cells; for a hall zoom until it has about 90×30"
            )
        );
        assert!(size_words(80, 24).contains("large enough"));
    }
}
