//! Transcripts in Markdown, shown by a renderer as npm has it: the second one beside that of the
//! unit tests, for every renderer reads Markdown in its own way.

use std::{io, io::Write, process::Stdio};

use handset::{
    domain::{
        content::Content,
        ids::{ItemId, PhoneId},
        line::{Delivery, Hops, Line, LineBody},
        role::{Author, Role},
        text::SafeText,
        time::Timestamp,
    },
    export::{Redactor, SANDBOX, Talk, markdown},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde::Deserialize;

use crate::{needs::needs, sdk::install};

#[path = "../../../src/export/markdown/tests/said.rs"]
mod said;

/// Texts of the generator; the same in every run.
const GENERATED: usize = 400;
/// Places of a transcript where a link in its text is one: the heading, the conversation's id, the
/// quiet line, and three times who said what.
const PLACES: usize = 6;

/// A transcript with this text wherever a foreign text can stand.
fn transcript(text: &SafeText) -> String {
    let talk = Talk {
        consumer: text.clone(),
        brand: "Acme".into(),
        account: SANDBOX.into(),
        conversation: text.as_str().into(),
        began: Timestamp(1_795_176_000_000),
        exported: Timestamp(1_795_176_060_000),
        zone: jiff::tz::TimeZone::UTC,
        redactor: Redactor::default(),
    };
    let bodies = [
        LineBody::Quiet { text: text.clone() },
        LineBody::Mine {
            content: Content::text("said".into()),
            delivery: Delivery::Queued,
            hops: Hops::default(),
        },
        LineBody::Theirs {
            author: Author {
                id: "riley".into(),
                role: Role::AssignedAgent,
            },
            name: text.clone(),
            content: Content::text(text.clone()),
            dialog: "main".into(),
            sequence: 1,
            answerable: false,
        },
    ];
    let lines = (0..).zip(bodies).map(|(number, body)| {
        let id = ItemId {
            phone: Some(PhoneId(0)),
            number,
        };
        Ok::<_, io::Error>(Line::new(id, Timestamp(1_795_176_000_000), (0, 0), body))
    });
    let mut written = Vec::new();
    markdown::write(&mut written, &talk, lines).unwrap();
    String::from_utf8(written).unwrap()
}

/// What the renderer makes of a document.
#[derive(Debug, Deserialize)]
struct Rendered {
    blocks: Vec<String>,
    texts: Vec<String>,
    links: Vec<String>,
}

/// Renders documents in one process.
fn render(documents: &[String]) -> Vec<Rendered> {
    let mut node = std::process::Command::new("node")
        .arg(install::bots().join("markdown.js"))
        .env("NODE_PATH", install::modules())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let documents = serde_json::to_vec(documents).unwrap();
    // It reads all of it before it writes anything; behind this its stdin is closed.
    node.stdin.take().unwrap().write_all(&documents).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_second_renderer_shows_what_was_said() {
    const WORD: &str = "placeholder";
    needs!("node", "npm");
    let (marks, addresses) = (said::MARKS.iter(), said::ADDRESSES.iter());
    let marks = marks.map(|said| ((*said).to_owned(), Some(None)));
    let addresses = addresses.map(|(said, address)| ((*said).to_owned(), Some(Some(*address))));
    let mut runner = TestRunner::deterministic();
    let generated = std::iter::repeat_with(|| {
        let text = said::said().new_tree(&mut runner).unwrap().current();
        (text, None)
    });
    let plain = said::PLAIN.iter().map(|said| ((*said).to_owned(), None));
    let texts: Vec<_> = std::iter::once((WORD.to_owned(), Some(None)))
        .chain(plain)
        .chain(marks)
        .chain(addresses)
        .chain(generated.take(GENERATED))
        .map(|(said, links)| (SafeText::clean(&said), links))
        .filter(|(said, _)| !said.is_empty())
        .collect();
    let documents: Vec<String> = texts.iter().map(|(said, _)| transcript(said)).collect();
    let rendered = render(&documents);
    assert_eq!(rendered.len(), texts.len());
    let pattern = &rendered[0];
    let places = pattern.texts.iter().filter(|text| text.contains(WORD));
    assert_eq!(places.count(), PLACES, "{pattern:?}");
    for (((said, links), document), shown) in texts.iter().zip(&documents).zip(&rendered) {
        assert_eq!(shown.blocks, pattern.blocks, "{said:?} in\n{document}");
        let texts = pattern.texts.iter();
        let texts: Vec<String> = texts
            .map(|text| text.replace(WORD, said.as_str()))
            .collect();
        assert_eq!(shown.texts, texts, "{said:?} in\n{document}");
        if let Some(address) = links {
            let led: Vec<&str> = address.iter().copied().cycle().take(PLACES).collect();
            assert_eq!(shown.links, led, "{said:?} in\n{document}");
        }
    }
}
