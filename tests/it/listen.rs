//! `handset listen` as a process, fed over raw sockets.

mod words;

use std::{collections::BTreeSet, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::future::join_all;
use handset::{
    domain::{exchange::EntryKind, inbound::Verdict},
    store::{Journal, Start},
};
use serde_json::{Value, json};

use crate::support::{
    hooks::{ACCOUNT, CLIENT, message, post, signed},
    http::{Peer, once},
    process::{Listening, rest_of_stderr},
    soon,
};

const EMPTY: &str =
    r#"{"kind":"notification","body":{"changes":[]},"type":"ms.MessagingEventNotification"}"#;
const WORDS: &str = r#"{"kind":"notification","body":{"changes":[{"event":{"type":"ContentEvent","message":"Grüße ✓","contentType":"text/plain"}}]},"type":"ms.MessagingEventNotification"}"#;

#[tokio::test]
async fn the_published_signatures_are_accepted_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let mut handset = Listening::start(folder.path()).await;
    for (body, signature) in [
        (EMPTY, "sha1=wwH/68fBYQQlJGbbqtatUSnxUmE="),
        (EMPTY, "sha256=TOGmaOVFdsQTA3Z3MwV0j768bAmNjVG6HYDipeknlP0="),
        (WORDS, "sha1=uFtxcvwJAUTacO09RhV8705wRJg="),
        (WORDS, "sha256=Pbqbp2II4Gxl1M2YicUVER+WmP3k5y90qlwxh5+OsDg="),
    ] {
        let request = post(&handset.path, signature, body.as_bytes());
        let answer = once(handset.address, &request).await.unwrap();
        assert_eq!(answer.status, 200);
        let line = handset.line().await;
        assert_eq!(line["verdict"], "valid");
        assert_eq!(line["type"], "ms.MessagingEventNotification");
        assert_eq!(line["conversationId"], Value::Null);
        assert_eq!(line["sequence"], Value::Null);
        assert_eq!(line["body"], serde_json::from_str::<Value>(body).unwrap());
        let time = line["time"].as_str().unwrap();
        assert_eq!(time.len(), "2026-11-20T12:03:07.114Z".len());
        assert!(time.parse::<jiff::Timestamp>().is_ok());
    }
    assert_eq!(handset.end("TERM").await, Some(0));
}

#[tokio::test]
async fn what_is_not_the_clouds_is_refused_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let mut handset = Listening::start(folder.path()).await;
    let good = String::from_utf8(signed(&handset.path, EMPTY.as_bytes())).unwrap();
    let unsigned = good
        .lines()
        .filter(|line| !line.starts_with("x-liveperson-signature"))
        .collect::<Vec<_>>()
        .join("\r\n");
    for (request, verdict) in [
        (
            good.replace(r#""changes":[]"#, r#""changes":{}"#),
            "invalid",
        ),
        (
            good.replace(CLIENT, &CLIENT.replace("7c1b", "7c1c")),
            "invalid",
        ),
        (good.replace(ACCOUNT, "55512301"), "invalid"),
        (good.replace("sha1=", "md5="), "invalid"),
        (good.replace("sha1=", "sha1=A"), "invalid"),
        (
            good.replace("x-liveperson-account-id", "x-account"),
            "invalid",
        ),
        (unsigned, "unsigned"),
    ] {
        let answer = once(handset.address, request.as_bytes()).await.unwrap();
        assert_eq!(answer.status, 401, "{request}");
        assert_eq!(handset.line().await["verdict"], verdict, "{request}");
    }
    assert_eq!(handset.end("INT").await, Some(0));
}

#[tokio::test]
async fn odd_but_signed_bodies_are_accepted_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut handset = Listening::start(folder.path()).await;
    let path = handset.path.clone();
    let two = r#"{"kind":"notification","body":{"changes":[{"sequence":0,"conversationId":"a"},{"sequence":8,"conversationId":"b"}]},"type":"ms.MessagingEventNotification"}"#;
    let unknown = r#"{"kind":"gossip","type":"x.Unheard","body":{"changes":[{"event":{"type":"NewEvent"},"metadata":null,"more":[1]}]}}"#;
    for (body, listed) in [
        (
            two.as_bytes(),
            json!(["ms.MessagingEventNotification", "a", 0]),
        ),
        (unknown.as_bytes(), json!(["x.Unheard", null, null])),
        (b"".as_slice(), json!([null, null, null])),
        (b"not json", json!([null, null, null])),
        (b"\xff\x00\x1b[2J", json!([null, null, null])),
        (
            "{\"type\" : \"x\",\n\"a\":1.50,\"a\":\"\\u00e9\u{9b}\"}".as_bytes(),
            json!(["x", null, null]),
        ),
    ] {
        let answer = once(handset.address, &signed(&path, body)).await.unwrap();
        assert_eq!(answer.status, 200);
        let line = handset.line().await;
        assert_eq!(
            json!([line["type"], line["conversationId"], line["sequence"]]),
            listed
        );
        let text = std::str::from_utf8(body).ok();
        let expected: Value = serde_json::from_slice(body).unwrap_or_else(|_| json!(text));
        assert_eq!(line["body"], expected);
        // No byte of it is lost.
        let exact = match (&line["bodyBase64"], &line["bodyText"], text) {
            (Value::String(base64), _, None) => STANDARD.decode(base64).unwrap(),
            (_, Value::String(text), Some(_)) => text.clone().into_bytes(),
            (_, _, Some(text)) => text.as_bytes().to_vec(),
            none => panic!("{none:?}"),
        };
        assert_eq!(exact, body);
        let is_odd = text.is_some_and(|text| text.contains('\n'));
        assert_eq!(line["bodyText"].is_string(), is_odd);
    }
}

#[tokio::test]
async fn large_bodies_are_refused_without_being_held() {
    let folder = tempfile::tempdir().unwrap();
    let mut handset = Listening::start(folder.path()).await;
    let before = peak_memory(handset.child.id().unwrap());
    let large = vec![b' '; 2 * 1024 * 1024];
    let whole = signed(&handset.path, &large);
    let chunked = {
        let mut request = format!(
            "POST {} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
            handset.path
        )
        .into_bytes();
        for piece in large.chunks(0x10000) {
            request.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
            request.extend_from_slice(piece);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
        request
    };
    let answers = (0..40).map(|n| {
        let request = if n % 2 == 0 { &whole } else { &chunked };
        once(handset.address, request)
    });
    for answer in join_all(answers).await {
        assert_eq!(answer.unwrap().status, 413);
    }
    if let (Some(before), Some(after)) = (before, peak_memory(handset.child.id().unwrap())) {
        // 80 MiB were sent.
        assert!(after - before < 40 * 1024, "{before} to {after} KiB");
    }
    let answer = once(handset.address, &signed(&handset.path, EMPTY.as_bytes())).await;
    assert_eq!(answer.unwrap().status, 200);
    assert_eq!(handset.line().await["verdict"], "valid");
    assert_eq!(handset.end("TERM").await, Some(0));
    let stderr = rest_of_stderr(&mut handset.child).await;
    assert!(
        stderr.contains("413") && stderr.contains("(40 so far)"),
        "{stderr}"
    );
}

/// The largest resident memory of a process so far, in KiB, where the system tells.
fn peak_memory(pid: u32) -> Option<usize> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix(" kB")?.parse().ok()
}

#[tokio::test]
async fn of_a_thousand_at_once_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut handset = Listening::start(folder.path()).await;
    let (address, path) = (handset.address, handset.path.clone());
    let posts = tokio::spawn(join_all((0..1_000).map(move |n| {
        let request = signed(&path, message(n).as_bytes());
        // As the cloud does, who posts again what a busy machine did not take in time.
        async move {
            let mut again = 0_usize;
            loop {
                match once(address, &request).await.map(|answer| answer.status) {
                    Some(200) => return again,
                    None | Some(503) => again += 1,
                    Some(status) => panic!("answered {status}"),
                }
            }
        }
    })));
    let mut listed = BTreeSet::new();
    while listed.len() < 1_000 {
        let line = handset.line().await;
        assert_eq!(line["verdict"], "valid");
        listed.insert(line["sequence"].as_u64().unwrap());
    }
    assert_eq!(listed, (0..1_000).collect());
    let again: usize = soon("answers", posts).await.unwrap().into_iter().sum();
    assert_eq!(handset.end("TERM").await, Some(0));
    let mut more = 0;
    while handset.lines.next_line().await.unwrap().is_some() {
        more += 1;
    }
    assert!(more <= again, "{more} more lines of {again} more posts");
}

#[tokio::test]
async fn a_stuck_reader_delays_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let mut handset = Listening::start(folder.path()).await;
    let mut peer = Peer::connect(handset.address).await;
    // Nobody reads stdout: after 64 KiB the pipe is full, and half a MiB is to come.
    for n in 0..500 {
        peer.write(&signed(&handset.path, message(n).as_bytes()))
            .await;
        let answer = soon("an answer", peer.answer()).await;
        assert_eq!(answer.unwrap().status, 200);
    }
    // The reader wakes up, and everything is there, in order.
    for n in 0..500 {
        assert_eq!(handset.line().await["sequence"], n);
    }
    // Stuck again, it cannot hold up the end either.
    for n in 0..500 {
        peer.write(&signed(&handset.path, message(n).as_bytes()))
            .await;
        assert_eq!(peer.answer().await.unwrap().status, 200);
    }
    assert_eq!(handset.end("TERM").await, Some(0));
}

#[tokio::test]
async fn it_ends_when_nobody_reads_it_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let Listening {
        mut child,
        lines,
        address,
        path,
    } = Listening::start(folder.path()).await;
    drop(lines);
    let answer = once(address, &signed(&path, message(1).as_bytes())).await;
    assert_eq!(answer.unwrap().status, 200);
    let status = soon("the exit", child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(rest_of_stderr(&mut child).await, "");
}

#[tokio::test]
async fn killed_at_any_moment_it_has_kept_what_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut answered = BTreeSet::new();
    let mut paths = BTreeSet::new();
    let mut next = 0;
    for round in 0..6 {
        let handset = Listening::start(folder.path()).await;
        paths.insert(handset.path.clone());
        let (address, path) = (handset.address, handset.path.clone());
        let (sender, mut statuses) = tokio::sync::mpsc::channel(10_000);
        let senders: Vec<_> = (0..8)
            .map(|lane| {
                let (path, sender) = (path.clone(), sender.clone());
                tokio::spawn(async move {
                    let mut peer = Peer::connect(address).await;
                    for sequence in (next + lane..).step_by(8) {
                        let request = signed(&path, message(sequence).as_bytes());
                        if !peer.write(&request).await {
                            return;
                        }
                        match peer.answer().await {
                            Some(answer) => assert_eq!(answer.status, 200),
                            None => return,
                        }
                        sender.send(sequence).await.unwrap();
                    }
                })
            })
            .collect();
        drop(sender);
        // The moment differs from round to round: after so many answers, in mid-flight.
        let mut child = handset.child;
        for seen in 0.. {
            let Some(sequence) = soon("answers", statuses.recv()).await else {
                break;
            };
            answered.insert(sequence);
            // One more for each lane may be journalled though its answer was cut off.
            next = next.max(sequence + 9);
            if seen == 37 * round + 5 {
                child.start_kill().unwrap();
            }
        }
        child.wait().await.unwrap();
        for sender in senders {
            sender.await.unwrap();
        }
    }
    assert_eq!(paths.len(), 1, "the address changed: {paths:?}");
    let kept = kept_sequences(folder.path()).await;
    let lost: Vec<_> = answered.difference(&kept).collect();
    assert!(answered.len() > 500 && lost.is_empty(), "lost {lost:?}");
}

async fn kept_sequences(folder: &Path) -> BTreeSet<u64> {
    let file = folder.join(format!("listen-{ACCOUNT}.db"));
    let (journal, _feed) = Journal::open(&file, Start::Newest).await.unwrap();
    let (mut kept, mut before) = (BTreeSet::new(), None);
    loop {
        let page = journal.entries(before, 100).await.unwrap();
        let Some(last) = page.last() else {
            return kept;
        };
        before = Some(last.id);
        for entry in page {
            let EntryKind::Hook(hook) = entry.kind else {
                panic!("a call from nowhere");
            };
            assert_eq!(hook.verdict, Verdict::Valid);
            let sequence = hook.sequence.unwrap();
            assert_eq!(hook.request.body.as_ref(), message(sequence).as_bytes());
            assert!(kept.insert(sequence), "{sequence} is there twice");
        }
    }
}
