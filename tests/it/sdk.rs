//! Bots on the published agent SDK, as npm has it, against the real sandbox over TLS, with the
//! real phone as the consumer they serve. The bots are in `tests/sdk`.

mod bot;
mod install;
mod markdown;
mod mcp;

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{
    needs::needs,
    sdk::bot::Bot,
    support::{house::House, pty::Terminal},
};

const CTRL_Q: &str = "\u{11}";
const ALT_1: &str = "\u{1b}1";
const ALT_3: &str = "\u{1b}3";

/// What the webhooks in a phone's journal told, in their order; all of them were signed.
fn told(house: &House) -> Vec<Value> {
    let journal = journal_in(&house.data()).expect("the phone has a journal");
    let db = Connection::open(journal).unwrap();
    let mut query = db
        .prepare("SELECT body, verdict FROM hook ORDER BY id")
        .unwrap();
    let rows = query.query_map((), |row| {
        Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?))
    });
    let mut changes = Vec::new();
    for (body, verdict) in rows.unwrap().map(Result::unwrap) {
        assert_eq!(verdict, "valid");
        let mut body: Value = serde_json::from_slice(&body).unwrap();
        if let Value::Array(told) = body["body"]["changes"].take() {
            changes.extend(told);
        }
    }
    changes
}

fn journal_in(folder: &Path) -> Option<std::path::PathBuf> {
    let entries = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut found = entries.filter_map(|path| {
        if path.is_dir() {
            journal_in(&path)
        } else {
            path.ends_with("journal.db").then_some(path)
        }
    });
    found.next()
}

/// The texts somebody in this role said, by the webhooks.
fn words<'a>(told: &'a [Value], role: &str) -> Vec<&'a str> {
    let said = told
        .iter()
        .filter(|change| change["originatorMetadata"]["role"] == role);
    said.filter_map(|change| change["event"]["message"].as_str())
        .collect()
}

/// Ends the phone in order.
fn hang_up(mut phone: Terminal) {
    phone.press(CTRL_Q);
    assert!(phone.ended().success());
}

fn write(phone: &mut Terminal, text: &str) {
    phone.press(text);
    phone.press("\r");
}

#[test]
fn a_greeting_bot_joins_as_manager_and_greets() {
    needs!("node", "npm");
    let house = House::build(&["--agent", "none"], true, "");
    let mut bot = Bot::start("greeting", &house, "kim", &[]);
    let connected = bot.wait("connected");
    bot.has_said("its state", |line| {
        line["answer"] == "Agent state updated successfully"
    });
    let clock = bot.has_said("the time", |line| line["happened"] == "clock");
    assert!(
        clock["time"].as_u64().unwrap() > 1_700_000_000_000,
        "{clock}"
    );
    bot.has_said("its subscription", |line| line["subscription"] == "string");
    let phone = house.phone();
    phone.wait_text("Good day from the greeting bot");
    let joined = bot.has_said("its joining", |line| line["happened"] == "joined");
    assert_eq!(joined["answer"], "OK Agent added successfully");
    let manager = bot.has_said("what it is now", |line| line["happened"] == "manager");
    assert_eq!(manager["role"], "MANAGER");
    let greeted = bot.has_said("its greeting", |line| line["happened"] == "greeted");
    bot.end();
    hang_up(phone);
    let told = told(&house);
    assert_eq!(words(&told, "MANAGER"), ["Good day from the greeting bot"]);
    let is_greeting = |change: &&Value| change["sequence"] == greeted["sequence"];
    let mut messages = told
        .iter()
        .filter(|change| change["event"]["type"] == "ContentEvent");
    let greeting = messages.find(is_greeting).unwrap();
    assert_eq!(greeting["originatorMetadata"]["id"], connected["agentId"]);
}

#[test]
fn an_echo_agent_takes_the_ring_and_says_everything_back() {
    needs!("node", "npm");
    // With Riley on duty, who leaves the conversation to whoever sits at a desk.
    let house = House::build(&[], true, "");
    let mut bot = Bot::start("echo", &house, "kim", &[]);
    bot.has_said("that it is there", |line| line["now"] == "ONLINE");
    bot.has_said("its rings", |line| line["to"] == "rings");
    let mut phone = house.phone();
    let ring = bot.wait("ring");
    assert_eq!(ring["ringState"], "WAITING");
    assert_eq!(
        bot.wait("accepted")["answer"],
        "Ring state updated successfully"
    );
    let mine = bot.has_said("its conversation", |line| line["happened"] == "mine");
    assert_eq!(mine["role"], "ASSIGNED_AGENT");
    assert_eq!(mine["conversation"], ring["conversation"]);
    bot.has_said("the end of the ring", |line| {
        line["ringState"] == "ACCEPTED"
    });
    let profile = bot.has_said("who it is", |line| line["happened"] == "profile");
    assert!(profile.to_string().contains("Ada"), "{profile}");
    phone.press("Is the blue one in stock?");
    let typing = bot.wait_for("typing", |line| line["state"] == "COMPOSING");
    assert_eq!(typing["sequence"], Value::Null);
    phone.press("\r");
    assert_eq!(bot.wait("heard")["message"], "Is the blue one in stock?");
    phone.wait_text("Echo: Is the blue one in stock?");
    phone.wait_text("Read");
    for status in ["ACCEPT", "READ"] {
        bot.has_said(status, |line| {
            line["happened"] == "receipt" && line["status"] == status
        });
    }
    write(&mut phone, "Grüße, 🎉 \\o/");
    phone.wait_text("Echo: Grüße, 🎉 \\o/");
    write(&mut phone, "#close");
    let closed = bot.wait("closed conversation");
    assert_eq!(closed["answer"], "OK Conversation resolved successfully");
    bot.has_said("its end", |line| line["happened"] == "gone");
    let screen = phone.wait_text("The agent closed the conversation");
    assert!(!screen.contains("Riley"), "{screen}");
    let said = bot.end();
    let heard = said
        .iter()
        .filter(|line| line["happened"] == "heard")
        .count();
    assert_eq!(heard, 3, "each message once: {said:#?}");
    hang_up(phone);
    let told = told(&house);
    assert_eq!(
        words(&told, "ASSIGNED_AGENT"),
        ["Echo: Is the blue one in stock?", "Echo: Grüße, 🎉 \\o/"]
    );
    let last = told
        .iter()
        .rfind(|change| change["result"].is_object())
        .unwrap();
    let details = &last["result"]["conversationDetails"];
    assert_eq!(details["closeReason"], "AGENT");
    assert_eq!(details["stage"], "CLOSE");
}

#[test]
fn a_closing_bot_closes_what_others_have() {
    needs!("node", "npm");
    let house = House::build(&[], true, "");
    let phone = house.phone();
    phone.wait_text("this is Riley");
    let mut bot = Bot::start("close", &house, "sam", &[]);
    let closed = bot.wait("closed conversation");
    assert_eq!(closed["answer"], "OK Conversation resolved successfully");
    let gone = bot.has_said("its end", |line| line["happened"] == "gone");
    assert_eq!(gone["state"], "CLOSE");
    phone.wait_text("The agent closed the conversation");
    bot.end();
    hang_up(phone);
}

#[test]
fn every_card_fits_the_schemas_of_the_published_renderer() {
    needs!("node", "npm");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["assets/rich", "assets/cards"].map(|folder| root.join(folder).read_dir().unwrap());
    let files = files.into_iter().flatten().map(|file| file.unwrap().path());
    let output = std::process::Command::new("node")
        .arg(install::bots().join("cards.js"))
        .args(files)
        .env("NODE_PATH", install::modules())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told = String::from_utf8(output.stdout).unwrap();
    let told: Vec<Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(told.len() > 30, "{} cards", told.len());
    // These two are there to break the rules: unknown elements, and addresses that are none.
    let broken = ["hostile.json", "unknown.json"].map(Value::from);
    for card in told {
        let fits = card["wrong"] == json!([]);
        assert_eq!(fits, !broken.contains(&card["file"]), "{card}");
    }
}

#[test]
fn a_survey_bot_asks_with_quick_replies_until_it_has_its_answers() {
    needs!("node", "npm");
    let house = House::build(
        &["--survey", "external", "--default-skill", "service"],
        true,
        "",
    );
    let app = house.word("survey_app").to_owned();
    let mut bot = Bot::start("survey", &house, "sam", &[("LP_SURVEY_APP", &app)]);
    bot.wait("subscribed");
    let mut phone = house.phone();
    phone.wait_text("this is Riley");
    write(&mut phone, "/close");
    let survey = bot.wait("survey");
    bot.has_said("its joining", |line| {
        line["answer"] == "OK Agent added successfully"
    });
    bot.has_said("that it is marked", |line| line["happened"] == "annotated");
    phone.wait_text("A word about our talk");
    phone.wait_text("How content are you");
    // What is typed is no answer to a choice, even if it reads like one.
    write(&mut phone, "Rather well");
    assert_eq!(bot.wait("no answer")["message"], "Rather well");
    bot.wait("enriched");
    bot.wait("asked");
    phone.wait("the question again", |screen| {
        let again = screen.split_once("Please click on one");
        again.is_some_and(|(_, below)| below.contains("How content are you"))
    });
    phone.press(ALT_3);
    assert_eq!(bot.wait("clicked")["answer"], "a-satisfied-5");
    let answered = bot.wait("answered");
    assert_eq!(answered["message"], "Very");
    phone.wait_text("Is your matter settled");
    phone.press(ALT_1);
    assert_eq!(bot.wait("answered")["answer"], "a-settled-yes");
    phone.wait_text("Many thanks, and goodbye");
    phone.wait_text("The survey is over");
    let over = bot.wait("over");
    assert_eq!(over["cause"], "Completed");
    bot.end();
    hang_up(phone);
    let told = told(&house);
    assert_eq!(words(&told, "AGENT").len(), 6);
    let last = told
        .iter()
        .rfind(|change| change["result"].is_object())
        .unwrap();
    let details = &last["result"]["conversationDetails"];
    assert_eq!(details["stage"], "CLOSE");
    let dialogs = details["dialogs"].as_array().unwrap();
    let closed = dialogs
        .iter()
        .find(|one| one["dialogId"] == survey["dialog"])
        .unwrap();
    assert_eq!(closed["closedBy"], "AGENT");
    assert_eq!(closed["closedCause"], "Completed");
    assert_eq!(closed["metaData"]["appInstallId"], app);
}

#[test]
fn a_wrong_password_opens_nothing() {
    needs!("node", "npm");
    let house = House::build(&[], true, "");
    let mut bot = Bot::start_with("echo", &house, ("kim", "wrong"), &[]);
    bot.wait("error");
}
