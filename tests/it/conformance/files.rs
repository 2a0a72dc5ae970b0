//! Files: temporary addresses, upload, publication, download.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use crate::conformance::{
    scene::Scene,
    table::{
        Basis::{Client, Documented, Guess},
        Effect::Speaks,
        Table, Trouble, broke,
    },
    wire::{Answer, Ask, text},
};

/// A picture of one dot.
const PICTURE: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

pub(crate) fn rows(table: &mut Table) {
    asking(table);
    carrying(table);
}

fn asking(table: &mut Table) {
    for (name, basis, size, kind, expected) in [
        (
            "a size in digits",
            Documented,
            json!("48213"),
            "PNG",
            "200 as documented",
        ),
        (
            "a size as a number",
            Documented,
            json!(48213),
            "JPEG",
            "200 as documented",
        ),
        ("a GIF", Documented, json!(1), "GIF", "200 as documented"),
        (
            "three megabytes",
            Documented,
            json!(3_145_728),
            "JPG",
            "200 as documented",
        ),
        ("one byte more", Guess, json!(3_145_729), "JPG", "400 40002"),
        ("a size of zero", Guess, json!(0), "PNG", "400 40002"),
        ("a size below zero", Guess, json!(-1), "PNG", "400 40002"),
        ("a text", Guess, json!(1), "TXT", "400 40002"),
    ] {
        let mut group = table.of("send-api 4", basis, Speaks);
        group.row(
            format!("an upload address for {name}"),
            expected,
            move |scene| async move {
                let answer = ask(
                    &scene,
                    "ms.GenerateURLForUploadFile",
                    json!({ "fileSize": size, "fileType": kind }),
                )
                .await?;
                Ok(shape(&answer, kind))
            },
        );
    }
    let mut group = table.of("edge-cases 7", Guess, Speaks);
    for (name, path) in [
        ("of another account", "/v1/AUTH_async-images/99999999/x.PNG"),
        ("nobody has", "/v1/AUTH_async-images/{a}/x.PNG"),
    ] {
        group.row(
            format!("a download address of a path {name}"),
            "400 40002",
            move |scene| async move {
                let path = path.replace("{a}", &scene.base.account);
                let answer = ask(
                    &scene,
                    "ms.GenerateURLForDownloadFile",
                    json!({ "relativePath": path }),
                )
                .await?;
                Ok(answer.code())
            },
        );
    }
}

fn carrying(table: &mut Table) {
    table
        .of("send-api 4", Documented, Speaks)
        .row("an upload", "201", |scene| async move {
            let place = place(&scene).await?;
            Ok(put(&scene, &place.url(), PICTURE).await?.status())
        })
        .row(
            "up, published, told and down again",
            "the same bytes",
            |scene| async move { there_and_back(&scene).await },
        )
        .row(
            "an upload with a wrong signature",
            "401",
            |scene| async move {
                let mut place = place(&scene).await?;
                place.signature = "0".repeat(40);
                Ok(put(&scene, &place.url(), PICTURE).await?.status())
            },
        );
    table.of("send-api 4", Client, Speaks).row(
        "an upload with a doubled slash",
        "201",
        |scene| async move {
            let mut place = place(&scene).await?;
            place.path = format!("/{}", place.path);
            Ok(put(&scene, &place.url(), PICTURE).await?.status())
        },
    );
    table.of("send-api 4", Guess, Speaks).row(
        "an upload of more than three megabytes",
        "413",
        |scene| async move {
            let place = place(&scene).await?;
            Ok(put(&scene, &place.url(), &vec![0; 3_145_729])
                .await?
                .status())
        },
    );
    table.of("send-api 4", Client, Speaks).row(
        "a browser may upload from anywhere",
        "success, *",
        |scene| async move {
            let place = place(&scene).await?;
            let ask = Ask::new(Method::OPTIONS, place.url())
                .header("origin", "https://shop.test")
                .header("access-control-request-method", "PUT");
            let answer = ask.send(&scene.http).await?;
            let success = if answer.status < 300 {
                "success"
            } else {
                "refused"
            };
            Ok(format!(
                "{success}, {}",
                answer.header("access-control-allow-origin")
            ))
        },
    );
    let mut large = table.of("edge-cases 7", Guess, Speaks);
    large.row("a preview above 30 KB", "400 40002", |scene| async move {
        let place = place(&scene).await?;
        put(&scene, &place.url(), PICTURE).await?.expect(201)?;
        let preview = format!("data:image/png;base64,{}", "A".repeat(31 * 1024));
        let event = json!({ "type": "ContentEvent", "contentType": "hosted/file",
            "message": { "relativePath": place.path, "fileType": "PNG", "preview": preview } });
        Ok(scene.publish(event).await?.code())
    });
}

async fn there_and_back(scene: &Arc<Scene>) -> Result<String, Trouble> {
    let up = place(scene).await?;
    put(scene, &up.url(), PICTURE).await?.expect(201)?;
    // What the demo does: asks for a PNG, and publishes the real type.
    let event = json!({ "type": "ContentEvent", "contentType": "hosted/file",
        "message": { "caption": "receipt", "relativePath": up.path, "fileType": "JPEG" } });
    let number = scene.number(event).await?;
    if let Ok(hooks) = scene.hooks() {
        let note = hooks.event(&scene.conversation().await?, number).await?;
        let told = &note.change()["event"]["message"];
        if told["relativePath"] != *up.path || told["caption"] != "receipt" {
            return Err(broke(told.to_string()));
        }
    }
    let answer = ask(
        scene,
        "ms.GenerateURLForDownloadFile",
        json!({ "relativePath": up.path }),
    )
    .await?;
    let down = Place::read(scene, &answer.expect(200)?.json()).await?;
    let got = Ask::get(down.url()).send(&scene.http).await?.expect(200)?;
    let same = got.bytes == PICTURE;
    Ok(if same {
        "the same bytes"
    } else {
        "other bytes"
    }
    .to_owned())
}

/// A temporary address.
struct Place {
    host: String,
    path: String,
    signature: String,
    expires: String,
}

impl Place {
    async fn read(scene: &Scene, answer: &Value) -> Result<Self, Trouble> {
        Ok(Self {
            host: scene.host("swift").await?,
            path: text(answer, "/body/relativePath")?,
            signature: text(answer, "/body/queryParams/temp_url_sig")?,
            expires: text(answer, "/body/queryParams/temp_url_expires")?,
        })
    }

    fn url(&self) -> String {
        let Self {
            host,
            path,
            signature,
            expires,
        } = self;
        format!("{host}{path}?temp_url_sig={signature}&temp_url_expires={expires}")
    }
}

async fn place(scene: &Scene) -> Result<Place, Trouble> {
    let asked = json!({ "fileSize": PICTURE.len(), "fileType": "PNG" });
    let answer = ask(scene, "ms.GenerateURLForUploadFile", asked).await?;
    Place::read(scene, &answer.expect(200)?.json()).await
}

async fn put(scene: &Scene, url: &str, bytes: &[u8]) -> Result<Answer, Trouble> {
    let ask = Ask::new(Method::PUT, url).header("content-type", "image/png");
    ask.body(bytes).send(&scene.http).await
}

async fn ask(scene: &Scene, kind: &str, body: Value) -> Result<Answer, Trouble> {
    // Somebody's conversation is open: files belong into one.
    scene.conversation().await?;
    let request = json!({ "kind": "req", "id": "10", "type": kind, "body": body });
    scene.send(&request).await
}

/// Whether an answer has the documented shape: names, kinds, the pattern of the path.
fn shape(answer: &Answer, kind: &str) -> String {
    if answer.status != 200 {
        return answer.code();
    }
    let json = answer.json();
    let word = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or("");
    let path = word("/body/relativePath");
    let (signature, expires) = (
        word("/body/queryParams/temp_url_sig"),
        word("/body/queryParams/temp_url_expires"),
    );
    let hex = signature.len() == 40 && signature.bytes().all(|b| b.is_ascii_hexdigit());
    let seconds = expires.parse::<u64>().is_ok();
    let named = path.starts_with("/v1/AUTH_async-images/") && path.ends_with(&format!(".{kind}"));
    if hex && seconds && named && path.contains("_uuid_") {
        "200 as documented".to_owned()
    } else {
        format!("200 {json}")
    }
}
