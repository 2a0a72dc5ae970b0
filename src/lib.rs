//! handset: a consumer's phone in a terminal for LivePerson's Connector API,
//! with the exact wire beside it and a sandbox cloud to talk to.
//!
//! This page is the map of the program for an engineer who changes it.
//!
//! # The way of a message
//!
//! A key becomes an action in [`tui`], the action a
//! [`Command`](engine::command::Command). The [`engine`] hands it to
//! [`domain::conversation`], a pure state machine, which answers with effects:
//! send this, wake me then, this bubble changed. The engine journals the new
//! state through [`store`] and only then performs the effects through [`client`].
//! The cloud answers, and posts what everybody did to the [listener](ingress::listener). Each
//! webhook request is judged on its raw bytes, journalled, answered, and then
//! handed on to the engine, which steps the conversation again and tells the
//! screen by an [`Update`](engine::update::Update).
//!
//! Without an account the cloud is the [`sandbox`], which handset reaches over
//! HTTP on loopback like any other client.
//!
//! # Where things are
//!
//! ```text
//!                main ── cli ───────────────────┬────────┐
//!                         │                     │        │
//!                    tui ── plain               │        │     front ends: send Command, receive Update
//!                         │                     │        │
//!                       engine                  │        │     owns state, performs effects
//!       ┌────────┬────────┼────────┐            │        │
//!     client  ingress   export   media       sandbox   relay   adapters
//!       │      store      │        │            │        │
//!       └────────┴────────┼────────┴────────────┴────────┘
//!                  rt     │    config                plumbing and settings
//!                      domain                        pure: no I/O, no clock, no randomness, no async
//! ```
//!
//! | to change | open |
//! |---|---|
//! | what a consumer's phone does | [`domain::conversation`], and a story under `tests/fixtures/conversations` |
//! | what a card is, and what a click on it sends | [`domain::rich`], and a story under `tests/fixtures/rich` |
//! | what an agent's workspace does | [`domain::workspace`], and `tests/it/workspace` |
//! | how an agent logs in, and the socket | [`client::ums`], [`domain::wire::ums`]; who uses them: [`engine::agent_session`] |
//! | who can be played, and how they open conversations | [`domain::persona`], [`config::personas`], `assets/personas`; their phones: `engine`'s phones |
//! | what is read from or written to the wire | [`domain::wire`], and a fixture under `tests/fixtures/wire` |
//! | how a request is made, tokens, time-outs | [`client`] |
//! | files and pictures | [`media`], `client`'s files and transfer, `engine`'s files, [`tui::terminal::images`] |
//! | pictures of cards: from which hosts, within which bounds, drawn where | `client`'s pictures, `engine`'s pictures, [`tui::terminal::images`], `tui::chat`'s card image; those the sandbox serves: `sandbox`'s agents served |
//! | how webhooks come in | [`ingress::listener`], [`ingress::intake`] |
//! | how they get to this machine, and how that is proved | [`ingress::tunnel`], [`domain::canary`], [`ingress::reporter`], [`ingress::status`]; wired by `cli::ingress` |
//! | who is asked before real people are called | `engine`'s gate |
//! | which account, whose secret, where it is said | `config::setting` (the table), `config::layer`, `config::file`, [`config::profile`], `cli::profile` |
//! | what a relay keeps and to whom it hands it | [`relay`], [`domain::relay`] |
//! | how what a relay keeps gets here, once | [`ingress::relay`], [`ingress::intake`], `store`'s relayed |
//! | what survives a crash | [`store`], [`domain::conversation::Saved`] |
//! | how a database is opened, migrated and written | [`rt::sqlite`] |
//! | what is changed in an app install, and how it is given back | [`domain::app_install`], [`engine::borrow`], `client`'s admin, [`cli`]'s `app` |
//! | what is written out for others | [`export`], [`engine::exporting`] |
//! | what is reported of a run, and for which reader | [`report`], `cli::reports`, `assets/schema/handset-run-1.schema.json`, `tests/it/reports` |
//! | what a conversation becomes as a scenario | [`export::talk`], [`scenario::print`] |
//! | how scenarios of other tools are carried over | [`scenario::import`], and the files in `tests/fixtures/import` |
//! | what the cloud does | [`sandbox`] |
//! | what can be asked of the sandbox while it runs: time, faults, snapshots, agents | `assets/sandbox-openapi.json`, [`sandbox::server::control`], [`sandbox::faults`], [`sandbox::clock`] |
//! | what Riley says and shows | `assets/riley.toml`, `assets/rich`, `assets/pictures` |
//! | what the agent workspace shows and does | [`tui::agent`]; its replies and cards: [`config::library`], `assets/replies.toml`, `assets/cards`; who can log in: `cli::agents` |
//! | how it looks | [`tui`], `themes/` |
//! | how the phone looks on the demo stage, and what may be shown there | [`config::brand`], `assets/brands`, [`tui::stage`], `tui::app`'s on_stage; told in `docs/stage.md` |
//! | what is masked on the screen and not copied | [`domain::mask`], `tui::app`'s private |
//! | what screen readers, braille and pipes get: words, numbered choices, what is held while one types | [`plain`], `tests/it/plain`, `docs/accessibility.md`; who switches it on: `cli::plain_mode` |
//! | keys | [`tui::commands::keys`]: the table, the presets, the user's `keys.toml`; listed by `cli::commands::keys`, told in `docs/keys.md` |
//! | being suspended, and the user's own editor | `tui::app`'s loan, [`tui::terminal::hold`] |
//! | what a line of a scenario may look like | [`scenario`]'s forms: a row of a table, and an arm where it is done; then `handset check --reference > docs/scenarios.md`, `--grammar > assets/talk.tmLanguage.json` |
//! | what is wrong in a scenario, how it is formatted, which text fits | [`scenario`]'s check, [`scenario::format`], [`scenario::matching`] |
//! | what is played on stage, how a person types, what the presenter's keys do | [`stage`]; on the screen `tui::app`'s theatre; begun by `cli::show`; the card that is there at once: [`tui::terminal::panic_switch`] |
//! | how a swarm comes and what one of its consumers does | [`swarm::workload`], [`swarm::run`], `swarm`'s consumer; begun by `cli::commands::swarm` |
//! | what a swarm measures, and how that is judged and reported | [`swarm::measure`], [`swarm::report`]; the dashboard: [`tui::swarm`] |
//! | flags and subcommands | [`cli`] |
//! | what shells complete, and the manual pages | `cli::completing`, `cli::commands::{completions, man}`, `tests/it/shells.rs` |
//! | what an editor knows of the files | `cli::schemas`, `config::schema`, `assets/schema`, `tests/it/schemas.rs` |
//! | what a coding agent can do | `cli::commands::mcp`, `SKILL.md`, `tests/sdk/mcp.js` |
//! | what is handed out: binary, packages, image | `packaging` |
//! | what other people's tests use | `examples/ci`, `docs/ci.md`, `tests/it/ci.rs` |
//! | what `handset doctor` looks at | `cli::commands::doctor` |
//!
//! # What always holds
//!
//! Each of these is kept by a type or a test; a change that needs another rule
//! changes the test first.
//!
//! - Imports point down and `domain` is pure (`tests/architecture`).
//! - Whatever happens in whatever order, the phone, the agent's side and the relay keep their
//!   promises: each is played against a model of its world (`tests/it/support/model.rs`).
//! - Nothing is sent before it is journalled, and nothing from the cloud is
//!   answered 200 before it is (`engine`, [`ingress::intake`]). Killed at any
//!   moment, the program loses nothing acknowledged and doubles nothing.
//! - An event of a relay is acknowledged after it is journalled, and the mark of how far its
//!   conversation has come moves in the same transaction: it is kept once ([`store::Arrived`]).
//! - A tunnel is *up* when a canary came in through it, and for no other reason
//!   ([`ingress::tunnel::TunnelState`]).
//! - What an app install was before is journalled before it is changed, and what somebody else
//!   has changed is never written over ([`engine::borrow`]).
//! - A relay answers 200 after an event is durable, knows no app install's secret, and gives an
//!   account's events to that account's tickets alone ([`relay`]).
//! - SEND knows no idempotency, so a text whose fate is unknown is never sent
//!   again by the program; its echo decides, or the user.
//! - A webhook takes one path however it came in: verify on the raw bytes,
//!   journal, answer, hand on. Whoever is slow behind that path slows nobody
//!   before it ([`store::Feed`]).
//! - Foreign text is [`SafeText`](domain::text::SafeText) before it is drawn.
//! - Secrets are [`Secret`](domain::secret::Secret)s; exchanges reach the
//!   engine with tokens and secrets already taken out.
//! - Every channel is bounded, and what happens when it is full is written
//!   beside it; every network wait has a time-out; every task has an owner.
//! - The screen is drawn when something changed, never more than once in 16 ms
//!   and never otherwise; a transcript of any length costs what its visible
//!   part costs ([`tui`]).
//! - Of a conversation of any length engine and screen hold a part. What is
//!   forgotten is journalled, and comes back before a step that is about it
//!   ([`domain::conversation::reload`]) and where somebody scrolls ([`tui`]).
//! - The sandbox shares no reading or writing of the wire with the client, so
//!   that a mistake in one does not hide in the other; both are held against
//!   fixtures written from the vendor's documents.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod cli;
pub mod client;
pub mod config;
pub mod domain;
pub mod engine;
pub mod export;
pub mod ingress;
pub mod media;
#[cfg(test)]
#[path = "../tests/it/needs/mod.rs"]
mod needs;
pub mod plain;
pub mod relay;
pub mod report;
pub mod rt;
pub mod runner;
pub mod sandbox;
pub mod scenario;
pub mod stage;
pub mod store;
pub mod swarm;
pub mod tui;
