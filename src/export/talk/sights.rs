//! Cards, files and quick replies: what the consumer saw and used of them, and what goes beside the
//! scenario.

use std::{path::Path, path::PathBuf, time::Duration};

use serde_json::{Value, json};

use crate::{
    domain::{
        content::{Content, Hosted},
        ids::ItemId,
        rich::{
            card::Card,
            element::{Element, Kind},
        },
    },
    export::talk::{
        Beside, TalkWriter,
        taps::template,
        usable::{Usable, usables},
        volatile::tokens,
    },
    scenario::script::{
        CardPart, CardPartKind, Deed, Payload, Sight, SourcePlace, StepKind, Template,
    },
};

impl TalkWriter<'_> {
    /// A message that is no text: a card, a file, a form.
    pub(super) fn sees(
        &mut self,
        id: ItemId,
        content: &Content,
        within: Option<Duration>,
        is_optional: bool,
    ) {
        let sight = match content {
            Content::Rich { content: card, .. } => {
                let parts = self.parts(id, content, card);
                let name = self.beside("card", "json", Beside::Card(self.publishable(content)));
                self.sheet.comment(&format!("{}/{name}", self.folder));
                Sight::Card(parts)
            }
            Content::File(file) if file.caption.is_empty() => Sight::File(None),
            Content::File(file) => {
                let caption = self.masked(file.caption.as_str());
                Sight::File(Some(self.quoted(&caption)))
            }
            Content::Form { .. } => {
                let told =
                    "Not in this scenario: a secure form came, which the phone cannot fill in.";
                return self.sheet.comment(told);
            }
            Content::Text { .. } => return,
        };
        let who = template("me");
        self.sheet
            .put(StepKind::Sees { who, sight, within }, is_optional);
    }

    /// The quick replies of a message, where their titles are the same in every run.
    pub(super) fn offers(&mut self, content: &Content, is_optional: bool) {
        let titles = content
            .replies()
            .iter()
            .map(|reply| reply.title().one_line());
        let titles = titles.filter(|title| !title.trim().is_empty() && tokens(title).is_empty());
        let titles: Vec<Template> = titles.map(|title| template(&title)).collect();
        if !titles.is_empty() {
            let who = template("me");
            let sight = Sight::Offer(titles);
            let within = None;
            self.sheet
                .put(StepKind::Sees { who, sight, within }, is_optional);
        }
    }

    /// What of a card is waited for: its first words, how many cards it has, and what was used.
    fn parts(&mut self, id: ItemId, content: &Content, card: &Value) -> Vec<CardPart> {
        let root = Card::read(card).root;
        let mut kinds = Vec::new();
        if let Some(cards) = cards(&root).filter(|cards| *cards > 1) {
            kinds.push((None, CardPartKind::Cards(cards)));
        }
        if let Some(words) = first_words(&root) {
            let words = self.masked(&words);
            kinds.push((None, CardPartKind::Title(self.quoted(&words))));
        }
        let used = self.used.get(&id).cloned().unwrap_or_default();
        let is_told = |used: &&Usable| used.is_button && tokens(&used.title).is_empty();
        let buttons = used.iter().filter(is_told);
        kinds.extend(buttons.map(|used| (used.card, button(used))));
        if kinds.is_empty() {
            // A card without a word: any button of it, else its picture.
            let mut all = usables(content).into_iter();
            let button_of_it = all.find(|it| it.is_button && !it.title.is_empty());
            let kind = button_of_it.as_ref().map_or(CardPartKind::Image, button);
            kinds.push((None, kind));
        }
        let mut parts: Vec<CardPart> = Vec::new();
        for (card, kind) in kinds {
            let part = CardPart {
                place: SourcePlace::default(),
                card,
                kind,
            };
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts
    }

    /// Words to look for, in quotes.
    fn quoted(&mut self, text: &str) -> Payload {
        super::contained(self.wording.heard(text, false))
    }

    /// A card as agents publish it.
    fn publishable(&self, content: &Content) -> Value {
        let Content::Rich { content, replies } = content else {
            return Value::Null;
        };
        let mut event = json!({ "type": "RichContentEvent", "content": content });
        if !replies.is_empty() {
            let replies: Vec<Value> = replies.iter().cloned().map(Value::from).collect();
            event["quickReplies"] =
                json!({ "type": "quickReplies", "itemsPerRow": 8, "replies": replies });
        }
        let mut card = json!({ "event": event });
        self.talk.redactor.value(&mut card);
        card
    }

    /// A file the consumer sent.
    pub(super) fn sends(&mut self, file: &Hosted) {
        let Some(local) = file.local.as_deref().map(PathBuf::from) else {
            let told = "Not in this scenario: a file that is not on this machine any more.";
            return self.sheet.comment(told);
        };
        let stem = local
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let extension = local
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let name = self.beside(&stem, &extension, Beside::Copy(local));
        let caption = self.masked(file.caption.as_str());
        let caption = (!caption.is_empty()).then(|| self.wording.said(&caption));
        let file = template(&format!("{}/{name}", self.folder));
        self.did(Deed::Sends { file, caption });
    }

    /// Puts something beside the scenario; gives the name it has there.
    fn beside(&mut self, stem: &str, extension: &str, what: Beside) -> String {
        if let Some((name, _)) = self.file.beside.iter().find(|(_, known)| *known == what) {
            return name.clone();
        }
        let number = self.file.beside.len() + 1;
        let name = format!("{number}-{}", plain_name(stem));
        let name = match plain_name(extension) {
            extension if extension.is_empty() => name,
            extension => Path::new(&name)
                .with_extension(extension)
                .display()
                .to_string(),
        };
        self.file.beside.push((name.clone(), what));
        name
    }
}

fn button(used: &Usable) -> CardPartKind {
    CardPartKind::Button {
        title: template(&used.title),
        id: used.id.as_deref().map(template),
    }
}

/// A name without anything that a shell or a scenario would read.
fn plain_name(name: &str) -> String {
    const LONGEST: usize = 40;
    let plain = name.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') => c,
        _ => '-',
    });
    plain
        .take(LONGEST)
        .collect::<String>()
        .trim_matches('-')
        .to_owned()
}

/// How many cards the first carousel in it has.
fn cards(element: &Element) -> Option<usize> {
    match &element.kind {
        Kind::Carousel(cards)
        | Kind::CarouselSelect {
            elements: cards, ..
        } => Some(cards.len()),
        _ => element.elements().iter().find_map(cards),
    }
}

fn first_words(element: &Element) -> Option<String> {
    let own = match &element.kind {
        Kind::Text(text) if !text.as_str().trim().is_empty() => Some(text.as_str().to_owned()),
        Kind::Template { title, .. } if !title.is_empty() => Some(title.as_str().to_owned()),
        _ => None,
    };
    own.or_else(|| element.elements().iter().find_map(first_words))
}
