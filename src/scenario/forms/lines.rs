//! The lines of a file: its head, and its steps by their first word.

use std::time::Duration;

use crate::scenario::{
    forms::LineForm,
    script::{Payload, Template},
};

/// A line that begins with a word of the language, before it finds its place in the script.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum KeywordLine {
    Title(String),
    Tags(Vec<String>),
    Play {
        name: Template,
        role: Option<bool>,
        from: Option<Template>,
    },
    Within(Duration),
    Extras {
        fail: bool,
    },
    Needs(Vec<String>),
    Never {
        text: Payload,
        from: Option<Template>,
    },
    Let {
        name: String,
        value: Template,
    },
    Secret {
        name: String,
        variable: String,
    },
    RowsFrom {
        file: Template,
        key: Option<String>,
    },
    Rows {
        key: Option<String>,
    },
    Scene,
    Maybe,
    Expect,
    No,
    AnyOrder,
    If,
    Else,
    End,
    Use {
        file: Template,
        with: Vec<(String, Template)>,
    },
    Sandbox(Vec<Template>),
    Pause(Duration),
    Pass(Duration),
    Note(Template),
}

/// The lines of a head, in the order in which `fmt` writes them.
pub(crate) const HEAD: &[LineForm<KeywordLine>] = &[
    LineForm {
        usage: "title TEXT",
        about: "what the file is called in reports",
        example: "title Orders that are looked up",
        build: |slots| KeywordLine::Title(slots.literal(0)),
    },
    LineForm {
        usage: "tags WORD…",
        about: "words by which scenes are chosen",
        example: "tags smoke cards",
        build: |slots| KeywordLine::Tags(slots.words(0)),
    },
    LineForm {
        usage: "play NAME [as consumer|agent] [from FILE]",
        about: "handset plays this person; `me` is always played. An agent is an agent's login by its name; a persona may come from a file",
        example: "play kim as agent",
        build: |slots| KeywordLine::Play {
            name: slots.text(0),
            role: slots.has(1).then(|| slots.word(1) == "agent"),
            from: slots.some_text(2),
        },
    },
    LineForm {
        usage: "needs WORD…",
        about: "what there must be, by the words below; else the scenes are skipped, with the reason",
        example: "needs sandbox survey",
        build: |slots| KeywordLine::Needs(slots.words(0)),
    },
    LineForm {
        usage: "within SPAN",
        about: "the deadline of every wait that names none, and of every text that is said: by then the cloud has taken it; 10 s without this line, 60 s live",
        example: "within 8s",
        build: |slots| KeywordLine::Within(slots.span(0)),
    },
    LineForm {
        usage: "extras allow|fail",
        about: "messages that no line waits for, automatic ones aside: skipped (`allow`, without this line too), or a failure (`fail`)",
        example: "extras fail",
        build: |slots| KeywordLine::Extras {
            fail: slots.word(0) == "fail",
        },
    },
    LineForm {
        usage: "never MATCH [from WHO]",
        about: "a message with this text fails the scene whenever it comes, also one that the scenario has somebody say without `from`; private notes of played agents aside",
        example: "never /passw(or)?d/i from agent",
        build: |slots| KeywordLine::Never {
            text: slots.a_match(0),
            from: slots.some_text(1),
        },
    },
    LineForm {
        usage: "let NAME = TEXT",
        about: "gives a text a name: `{NAME}` puts it in",
        example: "let order = 40417",
        build: |slots| KeywordLine::Let {
            name: name(&slots.text(0)),
            value: slots.text(1),
        },
    },
    LineForm {
        usage: "secret NAME from env VAR",
        about: "gives the value of an environment variable a name; it is shown as `•••` everywhere",
        example: "secret pin from env CUSTOMER_PIN",
        build: |slots| KeywordLine::Secret {
            name: name(&slots.text(0)),
            variable: slots.word(1).to_owned(),
        },
    },
    LineForm {
        usage: "rows from FILE [key COLUMN]",
        about: "one case for each row of a CSV file, whose first line names the columns; the key names a case in reports",
        example: "rows from \"orders.csv\" key order",
        build: |slots| KeywordLine::RowsFrom {
            file: slots.text(0),
            key: slots.has(1).then(|| slots.word(1).to_owned()),
        },
    },
    LineForm {
        usage: "rows [key COLUMN]",
        about: "the same, with the rows in the lines below as `| a | b |`, to `end`",
        example: "rows key order",
        build: |slots| KeywordLine::Rows {
            key: slots.has(0).then(|| slots.word(0).to_owned()),
        },
    },
];

/// The lines of a scene by their first word.
pub(crate) const STEPS: &[LineForm<KeywordLine>] = &[
    LineForm {
        usage: "scene TEXT",
        about: "begins a case, with tags as `@word` at its end; a file without one is one case. A head of the scene's own may follow: `play`, `within`, `extras`, `needs`, `never`, `let`",
        example: "scene Order {order} for {persona} @slow",
        build: |_| KeywordLine::Scene,
    },
    LineForm {
        usage: "maybe STEP",
        about: "may come, and need not",
        example: "maybe system: /transfer/i",
        build: |_| KeywordLine::Maybe,
    },
    LineForm {
        usage: "expect FACT",
        about: "waits until the fact holds",
        example: "expect last read within 15s",
        build: |_| KeywordLine::Expect,
    },
    LineForm {
        usage: "no EVENT",
        about: "the event must not come for so long, which stands at the end: `for 2s`",
        example: "no message from agent for 2s",
        build: |_| KeywordLine::No,
    },
    LineForm {
        usage: "any order",
        about: "the steps below, to `end`, come in any order",
        example: "any order",
        build: |_| KeywordLine::AnyOrder,
    },
    LineForm {
        usage: "if STEP",
        about: "waits for the step up to its `within`; the steps below are done when it came, those behind `else` when it did not, to `end`",
        example: "if agent within 3s: order number",
        build: |_| KeywordLine::If,
    },
    LineForm {
        usage: "else",
        about: "what is done when the step of the `if` did not come",
        example: "else",
        build: |_| KeywordLine::Else,
    },
    LineForm {
        usage: "end",
        about: "ends a block: `any order`, `if`, `sees` of a card, `rows`",
        example: "end",
        build: |_| KeywordLine::End,
    },
    LineForm {
        usage: "use FILE [with NAME=VALUE…]",
        about: "the steps of another file, which lies beside this one, with values for them",
        example: "use \"greeting.talk\" with order=40417 name=\"Ada L\"",
        build: |slots| KeywordLine::Use {
            file: slots.text(0),
            with: slots.pairs(1),
        },
    },
    LineForm {
        usage: "sandbox WORDS…",
        about: "tells the sandbox something, with the words of `handset sandbox ctl`",
        example: "sandbox fault add send --status 503 --count 1",
        build: |slots| KeywordLine::Sandbox(slots.texts(0)),
    },
    LineForm {
        usage: "pause SPAN",
        about: "nothing happens for so long; to wait for something is safer",
        example: "pause 500ms",
        build: |slots| KeywordLine::Pause(slots.span(0)),
    },
    LineForm {
        usage: "pass SPAN",
        about: "the sandbox's clock goes on by so much",
        example: "pass 61m",
        build: |slots| KeywordLine::Pass(slots.span(0)),
    },
    LineForm {
        usage: "note TEXT",
        about: "a heading in reports, a caption and a chapter on stage",
        example: "note The hand-over",
        build: |slots| KeywordLine::Note(slots.text(0)),
    },
];

/// The name that a template holds; empty where it is more than a word.
fn name(template: &Template) -> String {
    match template.0.as_slice() {
        [crate::scenario::script::TextPiece::Text(name)] => name.clone(),
        _ => String::new(),
    }
}

/// Words of the language that nobody can be called by.
pub(crate) fn is_keyword(word: &str) -> bool {
    let first = HEAD.iter().chain(STEPS).flat_map(LineForm::first_words);
    first
        .chain(["sees", "from", "for", "as"])
        .any(|keyword| keyword == word)
}
