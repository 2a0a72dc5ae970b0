//! Pictures from Riley, and what Riley says to the consumer's.

use reqwest::Method;
use serde_json::json;

use crate::sandbox::{
    files::{DOWNLOAD, on, uploaded},
    riley::talk::Talk,
};

#[tokio::test]
async fn a_picture_of_each_type_comes_and_can_be_fetched() {
    let talk = Talk::start().await;
    for (words, kind, file) in [
        ("Send me a picture", "PNG", "mug.png"),
        ("Send me a photo", "JPEG", "mug.jpg"),
        ("Send me a GIF", "GIF", "mug.gif"),
        ("A broken picture, please", "PNG", "broken.png"),
    ] {
        let asked = talk.ada.say(&talk.id, words).await;
        let came = talk
            .hook
            .change(words, |change| {
                change["event"]["contentType"] == "hosted/file"
                    && change["sequence"].as_u64() > Some(asked)
            })
            .await;
        let message = &came["event"]["message"];
        assert_eq!(message["fileType"], kind);
        let preview = message["preview"].as_str().unwrap();
        assert!(preview.starts_with("data:image/") && preview.len() < 30 * 1024);
        let path = json!({ "relativePath": message["relativePath"] });
        let (status, url) = talk.ada.ask(DOWNLOAD, path).await;
        assert_eq!(status, 200, "{url}");
        let got = on(&talk.ada.connector, Method::GET, &url["body"], b"").await;
        assert_eq!(got.status(), 200);
        let path = format!("{}/assets/pictures/{file}", env!("CARGO_MANIFEST_DIR"));
        assert_eq!(got.bytes().await.unwrap(), std::fs::read(path).unwrap());
    }
}

#[tokio::test]
async fn a_picture_of_the_consumers_is_named_with_its_size() {
    let talk = Talk::start().await;
    let path = uploaded(&talk.ada, &vec![7; 48_200]).await;
    let file = json!({ "type": "ContentEvent", "contentType": "hosted/file", "message": {
        "caption": "my mug", "relativePath": path, "fileType": "PNG",
        "preview": "data:image/png;base64,iVBORw0KGgo=" } });
    let sequence = talk.ada.publish(&talk.id, file).await;
    talk.says("Got your picture: PNG, 48 kB.").await;
    talk.hook
        .change("the receipt", |change| {
            change["event"]["status"] == "READ"
                && change["event"]["sequenceList"] == json!([sequence])
        })
        .await;
}
