//! Domain discovery.

use reqwest::Method;
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
    guessed.row("no version", "400", |scene| async move {
        let url = scene.directory("idp");
        Ok(Ask::get(url).send(&scene.http).await?.status())
    });
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
    pages(table);
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

/// What many clients leave out, and what pages of other origins need.
fn pages(table: &mut Table) {
    for (section, name, path) in [
        ("domains-and-auth 1.1", "one service", "service/idp/baseURI"),
        ("domains-and-auth 1.2", "all services", "service/baseURI"),
    ] {
        table.of(section, Client, Reads).row(
            format!("{name} without .json"),
            "200, the same answer",
            move |scene| async move {
                let base = &scene.base;
                let url = format!("{}/api/account/{}/{path}", base.csds, base.account);
                let ask = async |end: &str| {
                    let url = format!("{url}{end}?version=1.0");
                    Ask::get(url).send(&scene.http).await
                };
                let (short, usual) = (ask("").await?, ask(".json").await?);
                let same = short.json() == usual.json() && short.json().is_object();
                let same = if same { "the same" } else { "another" };
                Ok(format!("{}, {same} answer", short.status))
            },
        );
    }
    let mut open = table.of("domains-and-auth 1.2", Client, Reads);
    for (service, method, path) in [
        (
            "csds",
            Method::GET,
            "/api/account/{a}/service/baseURI?version=1.0",
        ),
        (
            "sentinel",
            Method::POST,
            "/sentinel/api/account/{a}/app/token",
        ),
        ("idp", Method::POST, "/api/account/{a}/consumer?v=1.0"),
        (
            "asyncMessagingEnt",
            Method::POST,
            "/api/account/{a}/messaging/consumer/conversation?v=3",
        ),
        (
            "asyncMessagingEnt",
            Method::POST,
            "/api/account/{a}/messaging/consumer/conversation/send?v=3",
        ),
    ] {
        open.row(
            format!("a page may ask {path}"),
            "allowed with its headers, and the answer may be read",
            move |scene| async move {
                let host = match service {
                    "csds" => scene.base.csds.clone(),
                    _ => scene.host(service).await?,
                };
                let url = host + &path.replace("{a}", &scene.base.account);
                let wanted = "authorization,client-properties,x-lp-on-behalf";
                let asked = Ask::new(Method::OPTIONS, url.as_str())
                    .header("origin", "https://shop.test")
                    .header("access-control-request-method", method.as_str())
                    .header("access-control-request-headers", wanted)
                    .send(&scene.http)
                    .await?;
                let answer = Ask::new(method.clone(), url).header("origin", "https://shop.test");
                let answer = answer.send(&scene.http).await?;
                let open = |answer: &Answer| {
                    let origin = answer.header("access-control-allow-origin");
                    ["*", "https://shop.test"].contains(&origin)
                };
                let lists = |name: &str, value: &str| {
                    let listed = asked.header(name).to_lowercase().replace(' ', "");
                    value
                        .split(',')
                        .all(|one| listed.split(',').any(|found| found == one))
                };
                let allowed = asked.status < 300
                    && open(&asked)
                    && lists(
                        "access-control-allow-methods",
                        &method.as_str().to_lowercase(),
                    )
                    && lists("access-control-allow-headers", wanted);
                let read = if open(&answer) { "may" } else { "may not" };
                let allowed = if allowed { "allowed" } else { "not allowed" };
                Ok(format!(
                    "{allowed} with its headers, and the answer {read} be read"
                ))
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
