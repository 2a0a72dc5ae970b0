//! `handset app`, as somebody at a terminal uses it.

use std::os::unix::fs::PermissionsExt as _;

use handset::domain::app_install::all_at;
use serde_json::{Value, json};

use crate::borrow::{
    cloud::{Cloud, ELSEWHERE, HEADER_SECRET, ORIGINAL, URL},
    killed::{PASSWORD, app, done, failed},
};

#[tokio::test]
async fn a_list_tells_where_everything_goes() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let list = done(app(&cloud, folder.path(), "list", &[])).await;
    assert_eq!(list.lines().count(), 1, "{list}");
    for part in [
        cloud.client().as_str(),
        "handset sandbox",
        "enabled",
        "msg.consumer",
        "https://bridge.shop.test/in (4 of 5)",
        "nowhere (1 of 5)",
    ] {
        assert!(list.contains(part), "{part} in {list}");
    }
    let client = cloud.client();
    done(app(
        &cloud,
        folder.path(),
        "point",
        &[client.as_str(), "--to", URL],
    ))
    .await;
    let list = done(app(&cloud, folder.path(), "list", &[])).await;
    assert!(
        list.contains("https://tunnel.example/…, borrowed by ada@"),
        "{list}"
    );
    let list = done(app(&cloud, folder.path(), "list", &["--json"])).await;
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list[0]["client_id"], client.as_str());
    assert!(
        list[0]["lease"]["name"]
            .as_str()
            .unwrap()
            .starts_with("ada@")
    );
    assert!(
        !list
            .to_string()
            .contains(cloud.ready.client_secret.reveal())
    );
}

#[tokio::test]
async fn one_is_shown_with_its_secrets_only_when_asked_for() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (client, secret) = (cloud.client(), cloud.ready.client_secret.clone());
    let shown = done(app(&cloud, folder.path(), "show", &[client.as_str()])).await;
    assert!(shown.contains(ORIGINAL), "{shown}");
    for hidden in [secret.reveal(), HEADER_SECRET] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    // The app install is the flag's where the line names none.
    let more = ["--client-id", client.as_str(), "--reveal-secret", "--json"];
    let shown = done(app(&cloud, folder.path(), "show", &more)).await;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["client_secret"], secret.reveal());
    assert_eq!(shown, cloud.record().await);
}

#[tokio::test]
async fn one_is_made_switched_and_deleted() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let file_name = file.to_str().unwrap();
    let more = [
        "--name",
        "Ada's bridge",
        "--retention",
        "60",
        "--endpoint",
        URL,
    ];
    let more = [more.as_slice(), &["--secret-out", file_name]].concat();
    let id = done(app(&cloud, folder.path(), "create", &more)).await;
    let id = id.trim();
    let record = cloud.colleague().install(&id.into()).await.unwrap().record;
    assert_eq!(record["client_name"], "Ada's bridge");
    assert_eq!(record["scope"], "msg.consumer");
    let retry = &record["capabilities"]["webhooks"]["retry"];
    assert_eq!(*retry, json!({ "retention_time": 60 }));
    assert!(all_at(&record, URL));
    let secret = std::fs::read_to_string(&file).unwrap();
    assert_eq!(secret.trim_end(), record["client_secret"]);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);

    let again = failed(app(&cloud, folder.path(), "create", &more)).await;
    assert!(again.contains("--secret-out"), "{again}");
    let other = folder.path().join("other");
    let taken = [
        "--name",
        "Ada's bridge",
        "--secret-out",
        other.to_str().unwrap(),
    ];
    let taken = failed(app(&cloud, folder.path(), "create", &taken)).await;
    assert!(taken.contains("cannot make the app install"), "{taken}");
    assert!(!other.exists(), "a secret that never came leaves no file");

    for (command, word, on) in [
        ("disable", "is disabled", false),
        ("disable", "is disabled already", false),
        ("enable", "is enabled", true),
    ] {
        let said = done(app(&cloud, folder.path(), command, &[id])).await;
        assert_eq!(said.trim_end(), format!("{id} {word}"));
        let record = cloud.colleague().install(&id.into()).await.unwrap().record;
        assert_eq!(record["enabled"], on);
    }

    let asked = failed(app(&cloud, folder.path(), "delete", &[id])).await;
    assert!(asked.contains("--yes"), "{asked}");
    let said = done(app(
        &cloud,
        folder.path(),
        "delete",
        &[id, "--yes", "--json"],
    ))
    .await;
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said, json!({ "client_id": id, "deleted": true }));
    let gone = failed(app(&cloud, folder.path(), "show", &[id])).await;
    assert!(gone.contains("there is no app install"), "{gone}");
}

#[tokio::test]
async fn pointing_is_refused_and_forced_in_words() {
    let cloud = Cloud::start().await;
    let (ada, bo) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let client = cloud.client();
    let to = [client.as_str(), "--to", URL];
    let said = done(app(&cloud, ada.path(), "point", &to)).await;
    assert!(
        said.contains("https://tunnel.example/…") && !said.contains("hook-"),
        "{said}"
    );
    let to = [client.as_str(), "--to", ELSEWHERE];
    let refused = failed(app(&cloud, bo.path(), "point", &to)).await;
    assert!(
        refused.contains("ada@") && refused.contains("--take-over"),
        "{refused}"
    );
    let force = [to.as_slice(), &["--take-over"]].concat();
    done(app(&cloud, bo.path(), "point", &force)).await;
    assert!(all_at(&cloud.record().await, ELSEWHERE));
    // Ada's end does not touch what is Bo's now.
    let said = done(app(&cloud, ada.path(), "restore", &[client.as_str()])).await;
    assert!(said.contains("left alone"), "{said}");
    assert!(all_at(&cloud.record().await, ELSEWHERE));
    let said = done(app(&cloud, bo.path(), "restore", &[client.as_str()])).await;
    assert!(said.contains("as they were before"), "{said}");
    let said = done(app(&cloud, bo.path(), "restore", &[client.as_str()])).await;
    assert!(said.contains("nothing was borrowed"), "{said}");
}

#[tokio::test]
async fn what_is_missing_is_said() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = app(&cloud, folder.path(), "list", &[]);
    wrong.env(PASSWORD, "not-the-password");
    let words = failed(wrong).await;
    assert!(
        words.contains("morgan") && words.contains("check username and password"),
        "{words}"
    );
    assert!(!words.contains("not-the-password"), "{words}");
    let words = failed(app(&cloud, folder.path(), "show", &[])).await;
    assert!(words.contains("which app install?"), "{words}");

    let mut nobody = tokio::process::Command::from(crate::support::program());
    nobody
        .args(["app", "list", "--account", "55512300"])
        .env("HANDSET_CONFIG_DIR", folder.path())
        .env_remove("HANDSET_LOGIN_USERNAME");
    let words = failed(nobody).await;
    assert!(
        words.contains("--password-env") && words.contains("[login]"),
        "{words}"
    );
}

#[tokio::test]
async fn a_profile_says_who_asks_and_whose_it_is() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let (config, login) = (folder.path().join("config"), cloud.login());
    std::fs::create_dir(&config).unwrap();
    let profile = format!(
        "[profiles.acme]\naccount = \"{}\"\ncsds = \"http://{}\"\nclient_id = \"{}\"\n\
         secret = {{ env = \"NOT_NEEDED\" }}\n\n[profiles.acme.login]\nusername = \"{}\"\n\
         password = {{ env = \"{PASSWORD}\" }}\n",
        cloud.account(),
        cloud.address,
        cloud.client(),
        login.username,
    );
    std::fs::write(config.join("config.toml"), profile).unwrap();
    let mut show = tokio::process::Command::from(crate::support::program());
    show.args(["app", "show", "--profile", "acme", "--json"])
        .env(PASSWORD, login.password.reveal())
        .env("HANDSET_CONFIG_DIR", &config)
        .env("HANDSET_DATA_DIR", folder.path());
    let shown: Value = serde_json::from_str(&done(show).await).unwrap();
    assert_eq!(shown["client_id"], cloud.client().as_str());
}
