//! Domain discovery.

use serde_json::Value;

use crate::conformance::{
    scene::Scene,
    table::{
        Basis::{Client, Documented, Guess},
        Effect::Reads,
        Table, Trouble, broke,
    },
    wire::{Answer, Ask, members, text},
};

/// What clients look up one by one.
const SERVICES: [&str; 10] = [
    "agentVep",
    "asyncMessagingEnt",
    "facadeMsg",
    "sentinel",
    "idp",
    "swift",
    "accountConfigReadWrite",
    "accountConfigReadOnly",
    "msgHist",
    "runtimeFormLogic",
];

pub(crate) fn rows(table: &mut Table) {
    let mut single = table.of("domains-and-auth 1.1", Documented, Reads);
    for service in SERVICES {
        single.row(
            format!("look-up of {service}"),
            "200 json account baseURI service, a host without scheme or path",
            move |scene| async move {
                let answer = scene.look_up(service).await?;
                let (status, kind) = (answer.status, answer.content_type());
                Ok(format!(
                    "{status} {kind} {}",
                    entry(&scene, service, &answer.json())?
                ))
            },
        );
    }
    single.row("another version", "400", |scene| async move {
        let url = format!("{}?version=9.9", scene.directory("idp"));
        Ok(Ask::get(url).send(&scene.http).await?.status())
    });
    let mut guessed = table.of("domains-and-auth 1.1", Guess, Reads);
    guessed
        .row(
            "a service nobody knows",
            "404 service not found",
            |scene| async move { Ok(unknown(&scene.look_up("noSuchService").await?)) },
        )
        .row(
            "a name in other letters",
            "404 service not found",
            |scene| async move { Ok(unknown(&scene.look_up("SENTINEL").await?)) },
        )
        .row(
            "an account nobody knows",
            "404 service not found",
            |scene| async move {
                let url = format!(
                    "{}/api/account/99999999/service/idp/baseURI.json?version=1.0",
                    scene.base.csds
                );
                Ok(unknown(&Ask::get(url).send(&scene.http).await?))
            },
        );
    table.of("domains-and-auth 1.1", Client, Reads).row(
        "plain http answers as https does",
        "the same host",
        |scene| async move {
            let url = format!("{}?version=1.0", scene.directory("asyncMessagingEnt"));
            let plain = url.replacen("https://", "http://", 1);
            let secure = Ask::get(url).send(&scene.http).await?.expect(200)?.json();
            let plain = Ask::get(plain).send(&scene.http).await?.expect(200)?.json();
            if plain["baseURI"] == secure["baseURI"] {
                return Ok("the same host".to_owned());
            }
            Ok(format!("{} and {}", plain["baseURI"], secure["baseURI"]))
        },
    );
    table.of("domains-and-auth 1.2", Documented, Reads).row(
        "all services at once",
        "200 json baseURIs",
        |scene| async move {
            let answer = collection(&scene).await?;
            let (status, kind) = (answer.status, answer.content_type());
            Ok(format!("{status} {kind} {}", members(&answer.json())))
        },
    );
    let mut listed = table.of("domains-and-auth 1.3", Client, Reads);
    for service in SERVICES {
        listed.row(
            format!("{service} is in the collection"),
            "account baseURI service, a host without scheme or path",
            move |scene| async move {
                let all = collection(&scene).await?.json();
                let all = all["baseURIs"].as_array().cloned().unwrap_or_default();
                let found = all.into_iter().find(|one| one["service"] == service);
                let found = found.ok_or_else(|| broke("it is not there"))?;
                entry(&scene, service, &found)
            },
        );
    }
}

async fn collection(scene: &Scene) -> Result<Answer, Trouble> {
    let base = &scene.base;
    let url = format!(
        "{}/api/account/{}/service/baseURI.json?version=1.0",
        base.csds, base.account
    );
    Ask::get(url).send(&scene.http).await
}

fn entry(scene: &Scene, service: &str, found: &Value) -> Result<String, Trouble> {
    let host = text(found, "/baseURI")?;
    for (name, expected) in [("service", service), ("account", &scene.base.account)] {
        if found[name] != *expected {
            return Ok(format!("{name} is {}", found[name]));
        }
    }
    let bare = !host.is_empty() && !host.contains('/');
    let shape = if bare {
        "a host without scheme or path"
    } else {
        &host
    };
    Ok(format!("{}, {shape}", members(found)))
}

fn unknown(answer: &Answer) -> String {
    let message = answer.json()["error"]["message"].clone();
    format!("{} {}", answer.status, message.as_str().unwrap_or("?"))
}
