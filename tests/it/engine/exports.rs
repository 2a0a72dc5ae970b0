//! A real conversation written out in every format while the phone runs: from
//! the screen by a question to the engine, and beside it by `handset export`.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    process::{Command as Process, Output},
};

use handset::{
    domain::{
        content::Content,
        ids::PhoneId,
        line::{Line, LineBody},
    },
    engine::{
        command::{Command, Format, Question},
        update::{Answer, FoundIn, Past, Update},
    },
    sandbox::{Sandbox, settings::Agent},
};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use super::{GREETING, accepted};
use crate::{
    engine::rig::{PATH, Phone, cloud, text},
    needs::{needs, programs},
    support::hooks::SECRET,
};

/// What a hostile consumer writes.
const HOSTILE: &str =
    "<script>document.title='owned'</script><img src=x onerror=alert(1)> **b** ]]> \"' &amp;";
/// A token somebody pastes into the chat.
const PASTED: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLXNpZw";
/// What Riley says to words that mean nothing.
const LOST: &str = "Sorry";
const ALL: [(Format, &str); 6] = [
    (Format::Markdown, "md"),
    (Format::Json, "json"),
    (Format::Html, "html"),
    (Format::Har, "har"),
    (Format::Jsonl, "jsonl"),
    (Format::Bundle, "bundle"),
];

/// A phone in the middle of a conversation, with all that the cloud knows of secrets.
struct Talking {
    folder: TempDir,
    _cloud: Sandbox,
    phone: Phone,
    past: Past,
    asked: u64,
}

/// Talks about a card, and says what a page must survive.
async fn talk() -> Talking {
    let folder = tempdir().unwrap();
    let cloud = cloud(Agent::Riley).await;
    let mut phone = Phone::start(&cloud, &folder.path().join("sandbox")).await;
    phone
        .wait("the greeting", |phone| phone.theirs(GREETING).is_some())
        .await;
    // As the program does for its own listener.
    phone.journal.put("listener.path", PATH).await.unwrap();
    let pasted = format!("my token is {PASTED}");
    for words in ["Show me a carousel", HOSTILE, &pasted] {
        phone.say(words).await;
        phone.wait(words, |phone| phone.is(words, accepted)).await;
    }
    phone
        .wait("a card and two answers", |phone| {
            let theirs = |item: &&Line| matches!(item.body, LineBody::Theirs { .. });
            let others = phone.items.iter().filter(theirs);
            let is_card = |item: &Line| {
                matches!(
                    &item.body,
                    LineBody::Theirs {
                        content: Content::Rich { .. },
                        ..
                    }
                )
            };
            others.clone().any(is_card)
                && others.filter(|item| text(item).starts_with(LOST)).count() == 2
        })
        .await;
    let mut talking = Talking {
        folder,
        _cloud: cloud,
        phone,
        asked: 0,
        past: Past {
            phone: PhoneId(0),
            consumer: "".into(),
            conversation: "".into(),
            began: handset::domain::time::Timestamp(0),
            lines: 0,
            is_open: false,
            agent: "".into(),
            rating: None,
            found_in: FoundIn::Nothing,
            opening: "".into(),
        },
    };
    let found = talking.ask(conversations("CAROUSEL")).await;
    let Answer::Conversations(found) = found else {
        panic!("{found:?}");
    };
    talking.past = found.conversations.into_iter().next().unwrap();
    talking
}

fn conversations(words: &str) -> Question {
    Question::Conversations {
        words: words.to_owned(),
        limit: 10,
    }
}

impl Talking {
    async fn ask(&mut self, question: Question) -> Answer {
        self.asked += 1;
        let ask = self.asked;
        self.phone.tell(Command::Ask { ask, question }).await;
        let mut answered = None;
        while answered.is_none() {
            let update = crate::support::soon("an answer", self.phone.next()).await;
            if let Some(Update::Answer { ask: of, answer }) = update
                && of == ask
            {
                answered = Some(answer);
            }
        }
        answered.unwrap()
    }

    async fn exported(&mut self, format: Format, file: Option<PathBuf>) -> Answer {
        let conversation = self.past.conversation.clone();
        let question = Question::Export {
            conversation,
            format,
            file,
            since: None,
        };
        self.ask(question).await
    }

    /// Every export by its format, bundles taken apart, and the log with them.
    fn all(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        fs::write(
            self.folder.path().join("sandbox/handset.log"),
            format!("INFO serving at http://127.0.0.1:1{PATH}\nDEBUG bearer {PASTED}\n"),
        )
        .unwrap();
        for (_, name) in ALL {
            let file = self.folder.path().join(format!("out.{name}"));
            let out = handset(
                self.folder.path(),
                &[
                    "--conversation",
                    "last",
                    "--format",
                    name,
                    "--out",
                    file.to_str().unwrap(),
                ],
            );
            assert!(out.status.success(), "{name}: {out:?}");
            assert!(out.stdout.is_empty() && out.stderr.is_empty(), "{out:?}");
            if name == "bundle" {
                for (part, text) in unzipped(&file) {
                    all.insert(format!("bundle/{part}"), text);
                }
            } else {
                all.insert(name.to_owned(), fs::read_to_string(&file).unwrap());
            }
        }
        all
    }
}

fn handset(data: &Path, arguments: &[&str]) -> Output {
    crate::support::program()
        .arg("export")
        .args(arguments)
        .env("HANDSET_DATA_DIR", data)
        .env("TZ", "UTC")
        .output()
        .unwrap()
}

fn unzipped(file: &Path) -> BTreeMap<String, String> {
    let mut zip = zip::ZipArchive::new(File::open(file).unwrap()).unwrap();
    let mut parts = BTreeMap::new();
    for index in 0..zip.len() {
        let mut part = zip.by_index(index).unwrap();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        parts.insert(part.name().unwrap().into_owned(), text);
    }
    parts
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_answered_from_the_journal() {
    let mut talking = talk().await;
    let past = talking.past.clone();
    assert_eq!(
        (past.phone, past.consumer.as_str()),
        (PhoneId(0), "Ada Quill")
    );
    assert!(
        past.lines >= 5 && past.opening.as_str() == "Show me a carousel",
        "{past:?}"
    );
    let none = talking.ask(conversations("no such words anywhere")).await;
    let Answer::Conversations(none) = none else {
        panic!("{none:?}");
    };
    assert_eq!((none.conversations, none.back_to), (Vec::new(), None));

    let lines = talking
        .ask(Question::Conversation(past.conversation.clone()))
        .await;
    let Answer::Lines(lines) = lines else {
        panic!("{lines:?}");
    };
    assert_eq!(lines.len() as u64, past.lines);
    assert!(lines.is_sorted_by_key(|item| item.place));
    let newest = Question::Lines {
        phone: PhoneId(0),
        before: None,
        limit: 2,
    };
    let mut last_two = lines[lines.len() - 2..].to_vec();
    last_two.reverse();
    assert_eq!(talking.ask(newest).await, Answer::Lines(last_two));

    let entries = talking
        .ask(Question::Entries {
            before: None,
            conversation: Some(past.conversation.clone()),
            limit: 4,
        })
        .await;
    let Answer::Entries(entries) = entries else {
        panic!("{entries:?}");
    };
    assert_eq!(entries.len(), 4);
    assert!(entries.is_sorted_by(|a, b| a.id > b.id));
    assert!(entries.iter().all(|entry| entry.phone == Some(PhoneId(0))));

    // Once into the folder, under a name of its own each time, and never over another file.
    let mut names = Vec::new();
    for _ in 0..2 {
        let Answer::Exported(file) = talking.exported(Format::Html, None).await else {
            panic!("not exported");
        };
        assert!(fs::read_to_string(&file).unwrap().contains("Ada Quill"));
        names.push(file);
    }
    assert_ne!(names[0], names[1]);
    assert_eq!(
        names[0].parent().unwrap(),
        talking.folder.path().join("sandbox/exports")
    );
    let refused = talking.exported(Format::Json, Some(names[0].clone())).await;
    let Answer::Failed(why) = refused else {
        panic!("{refused:?}");
    };
    assert!(why.contains("is there already"), "{why}");
    let folder = fs::read_dir(talking.folder.path().join("sandbox/exports")).unwrap();
    assert_eq!(folder.count(), 2, "nothing half-written is left");
    talking.phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_export_holds_a_secret() {
    let talking = talk().await;
    let all = talking.all();
    let names: Vec<&str> = all.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "bundle/about.txt",
            "bundle/handset.log",
            "bundle/persona.json",
            "bundle/transcript.html",
            "bundle/transcript.json",
            "bundle/transcript.md",
            "bundle/wire.har",
            "bundle/wire.jsonl",
            "har",
            "html",
            "json",
            "jsonl",
            "md",
        ]
    );
    for (name, text) in &all {
        for secret in [SECRET, PATH, "eyJ", PASTED] {
            assert!(!text.contains(secret), "{secret} is in {name}");
        }
        if name != "bundle/handset.log" {
            assert!(
                text.contains(talking.past.conversation.as_str()) || name.contains("persona"),
                "{name}"
            );
        }
    }
    assert!(all["bundle/about.txt"].contains(env!("CARGO_PKG_VERSION")));
    assert!(all["bundle/handset.log"].contains("serving at http://127.0.0.1:1…"));
    assert!(all["bundle/persona.json"].contains("handset-ada"));
    // A signature proves nothing to who has not the secret, and is what a tester looks for.
    assert!(all["har"].contains("x-liveperson-signature"));
    talking.phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wire_is_har_and_json_lines() {
    let talking = talk().await;
    let all = talking.all();
    let har: Value = serde_json::from_str(&all["har"]).unwrap();
    let log = &har["log"];
    assert_eq!(log["version"], "1.2");
    assert_eq!(log["creator"]["name"], "handset");
    assert!(log.get("pages").is_none(), "no page was loaded");
    let entries = log["entries"].as_array().unwrap();
    let lines: Vec<Value> = all["jsonl"]
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(entries.len(), lines.len());
    let mut last = 0;
    let mut comments = Vec::new();
    for (entry, line) in entries.iter().zip(&lines) {
        holds_what_har_wants(entry);
        let number = entry["_entry"].as_u64().unwrap();
        assert!(number > last);
        last = number;
        comments.push(entry["comment"].as_str().unwrap());
        assert_eq!(entry["startedDateTime"], line["time"]);
        if entry["_direction"] == "in" {
            assert_eq!(entry["_verdict"], "valid");
            assert_eq!(entry["response"]["status"], 200);
            // As `handset listen --json` has it, member by member, and the account.
            let names: Vec<&String> = line.as_object().unwrap().keys().collect();
            let wanted = [
                "time",
                "type",
                "verdict",
                "conversationId",
                "sequence",
                "body",
                "account",
            ];
            assert_eq!(names, wanted);
            let posted = entry["request"]["postData"]["text"].as_str().unwrap();
            assert_eq!(serde_json::from_str::<Value>(posted).unwrap(), line["body"]);
        } else {
            assert_eq!(entry["response"]["status"], line["status"]);
            assert_eq!(entry["request"]["url"], line["url"]);
            assert_eq!(entry["comment"], line["purpose"]);
        }
    }
    // From the very first call on: what opened it belongs to it, though it names no conversation.
    for wanted in ["domains", "AppJWT", "ConsumerJWS", "CONVERSATION"] {
        assert!(
            comments.iter().any(|found| found.contains(wanted)),
            "{wanted}: {comments:?}"
        );
    }
    assert!(
        comments
            .iter()
            .any(|found| found.contains("ms.PublishEvent"))
    );
    talking.phone.quit().await;
}

/// Every member that HAR 1.2 wants of an entry, in its type.
fn holds_what_har_wants(entry: &Value) {
    let (request, response) = (&entry["request"], &entry["response"]);
    for text in [
        &entry["startedDateTime"],
        &request["method"],
        &request["url"],
        &request["httpVersion"],
        &response["statusText"],
        &response["httpVersion"],
        &response["redirectURL"],
        &response["content"]["mimeType"],
    ] {
        assert!(text.is_string(), "{entry:#}");
    }
    for number in [
        &entry["time"],
        &request["headersSize"],
        &request["bodySize"],
        &response["status"],
        &response["headersSize"],
        &response["bodySize"],
        &response["content"]["size"],
        &entry["timings"]["send"],
        &entry["timings"]["wait"],
        &entry["timings"]["receive"],
    ] {
        assert!(number.is_number(), "{entry:#}");
    }
    for list in [
        &request["cookies"],
        &request["headers"],
        &request["queryString"],
        &response["cookies"],
        &response["headers"],
    ] {
        for pair in list.as_array().unwrap() {
            assert!(
                pair["name"].is_string() && pair["value"].is_string(),
                "{pair}"
            );
        }
    }
    assert!(entry["cache"].is_object());
    url::Url::parse(request["url"].as_str().unwrap()).unwrap();
    if let Some(posted) = request.get("postData") {
        assert!(posted["mimeType"].is_string() && posted["text"].is_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn transcripts_say_what_was_said() {
    let talking = talk().await;
    let all = talking.all();
    let json: Value = serde_json::from_str(&all["json"]).unwrap();
    assert_eq!(json["conversationId"], talking.past.conversation.as_str());
    assert_eq!(json["consumer"], "Ada Quill");
    let lines = json["lines"].as_array().unwrap();
    let said: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["body"]["content"]["text"].as_str())
        .collect();
    assert!(
        said.contains(&HOSTILE) && said.contains(&"my token is …"),
        "{said:?}"
    );
    assert!(
        all["md"].starts_with("# Ada Quill ▸ Acme\n"),
        "{}",
        all["md"]
    );
    assert!(
        all["md"].contains("> Show me a carousel\n"),
        "{}",
        all["md"]
    );
    assert!(
        all["md"].contains("> \\<script>document.title='owned'"),
        "{}",
        all["md"]
    );
    assert!(all["html"].contains("&lt;script&gt;document.title=&#39;owned&#39;"));
    assert!(!all["html"].contains("<script"));
    // Nothing but the file is there when all is done.
    let out = fs::read_dir(talking.folder.path()).unwrap();
    let parts = out.filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with(".part")
    });
    assert_eq!(parts.count(), 0);
    talking.phone.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_opens_in_a_browser_and_asks_nobody_for_anything() {
    needs!("chromium");
    let mut talking = talk().await;
    // Whoever asked it for a picture or a script would be seen.
    let bait = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = bait.local_addr().unwrap();
    let words = format!(
        "<img src=http://{address}/a><script src=http://{address}/b></script>\
         <link rel=stylesheet href=http://{address}/c>"
    );
    talking.phone.say(&words).await;
    talking
        .phone
        .wait("the bait", |phone| phone.is(&words, accepted))
        .await;
    let file = talking.folder.path().join("page.html");
    let exported = talking.exported(Format::Html, Some(file.clone())).await;
    assert_eq!(exported, Answer::Exported(file.clone()));
    let profile = talking.folder.path().join("profile");
    let output = Process::new(programs::path("chromium").unwrap())
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args(["--disable-dev-shm-usage", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", file.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    assert!(dom.contains("<title>Ada Quill ▸ Acme</title>"), "{dom}");
    for shown in [
        "this is Riley",
        "Show me a carousel",
        "class=\"mine\"",
        "class=\"theirs\"",
        "class=\"cards\"",
        "✓✓",
        "&lt;script&gt;document.title='owned'",
    ] {
        assert!(dom.contains(shown), "{shown} is not in {dom}");
    }
    for absent in ["<script", "<img", "<link", "<iframe", "onerror=alert(1)>\""] {
        assert!(!dom.contains(absent), "{absent} is in {dom}");
    }
    // Its own policy lets its own style in, and there is nothing else to refuse.
    assert!(!log.contains("Content Security Policy"), "{log}");
    bait.set_nonblocking(true).unwrap();
    assert!(bait.accept().is_err(), "the page asked for something");
    talking.phone.quit().await;
}
