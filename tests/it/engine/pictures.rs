//! What the user decided on the hosts of pictures is kept.

use std::{collections::BTreeMap, path::Path};

use handset::{
    client::{PictureFetcher, PictureSettings},
    domain::picture::PictureRefusal,
    engine::{command::Command, update::Update},
    sandbox::{Sandbox, settings::Agent},
};
use tempfile::tempdir;

use super::rig::{Phone, cloud};
use crate::support::soon;

/// What fetches after a word only, as in live mode.
fn asking() -> PictureFetcher {
    let settings = PictureSettings {
        asks: true,
        ..PictureSettings::default()
    };
    PictureFetcher::new(settings).unwrap()
}

async fn start(cloud: &Sandbox, folder: &Path) -> Phone {
    let started = Phone::start_fetching(cloud, folder, asking()).await;
    started.unwrap()
}

async fn hosts(phone: &mut Phone) -> BTreeMap<String, bool> {
    loop {
        let update = soon("the hosts", phone.next()).await.unwrap();
        if let Update::PictureHosts(hosts) = update {
            return hosts;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_on_a_host_is_kept_over_restarts() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::None).await);
    let mut phone = start(&cloud, folder.path()).await;
    phone
        .tell(Command::DecideHost {
            host: "pictures.invalid".to_owned(),
            is_wanted: false,
        })
        .await;
    assert!(!hosts(&mut phone).await["pictures.invalid"]);
    phone.quit().await;
    let mut phone = start(&cloud, folder.path()).await;
    assert!(!hosts(&mut phone).await["pictures.invalid"]);
    for (host, refusal) in [
        (
            "pictures.invalid",
            PictureRefusal::Unwanted("pictures.invalid".to_owned()),
        ),
        (
            "other.invalid",
            PictureRefusal::Undecided("other.invalid".to_owned()),
        ),
    ] {
        let asked = format!("https://{host}/a.png");
        phone.tell(Command::Picture(asked.clone())).await;
        loop {
            let update = soon("an outcome", phone.next()).await.unwrap();
            if let Update::Picture { address, picture } = update {
                assert_eq!((address, picture), (asked, Err(refusal)));
                break;
            }
        }
    }
    phone.quit().await;
}
