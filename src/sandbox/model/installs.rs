//! The app installs of the account: what connectors are, and where they are told; `webhooks` 8.

use serde_json::{Map, Value, json};

use crate::{
    domain::{ids::ClientId, secret::Secret, time::Timestamp},
    sandbox::model::{
        App, Cloud,
        changes::Changes,
        manifest::Manifest,
        webhooks::{DeliverySetup, Webhooks},
    },
};

/// App installs of an account at most.
const MOST: usize = 100;
/// Letters and digits of a secret made here.
const SECRET: usize = 24;

#[derive(Debug, Clone)]
pub(crate) struct Install {
    /// What its connector knows about itself.
    pub app: App,
    pub manifest: Manifest,
    /// When it was made, in seconds since 1970.
    pub issued: i64,
    /// `ac-revision`; one more with every change.
    pub revision: u64,
    pub number: u64,
    /// Whether it is gone; only the account's first is remembered then.
    pub deleted: bool,
}

/// Why an app install is not made or changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InstallError {
    /// There is none with this id.
    #[error("there is no such app install")]
    Unknown,
    /// It has changed since the asker looked at it.
    #[error("the app install has another revision; read it again")]
    Stale,
    /// The record names another id than the path.
    #[error("the id in the record is another one's")]
    OtherId,
    #[error("client_name is taken by another app install")]
    Taken,
    #[error("the account has {MOST} app installs, which is all it can have")]
    Full,
}

impl Install {
    pub(crate) fn new(app: App, manifest: Manifest, now: Timestamp, number: u64) -> Self {
        Self {
            app,
            manifest,
            issued: now.0.div_euclid(1000),
            revision: 1,
            number,
            deleted: false,
        }
    }

    /// Whether its connector gets tokens and notifications.
    pub(crate) fn is_live(&self) -> bool {
        self.manifest.enabled && !self.deleted
    }

    /// Where its notifications go; nowhere while it is switched off.
    pub(crate) fn webhooks(&self) -> Webhooks {
        if self.is_live() {
            self.manifest.webhooks.clone()
        } else {
            Webhooks {
                retention: self.manifest.webhooks.retention,
                ..Webhooks::default()
            }
        }
    }

    /// How it is to be delivered to.
    pub(crate) fn setup(&self) -> DeliverySetup {
        if self.deleted {
            DeliverySetup::End(self.app.client.clone())
        } else {
            DeliverySetup::Deliver(self.app.clone(), self.webhooks())
        }
    }

    /// The whole record with its secret, as its owner gets it.
    pub(crate) fn record(&self) -> Value {
        let mut record = Map::new();
        let client = json!(self.app.client);
        record.insert("id".to_owned(), client.clone());
        record.insert("client_id".to_owned(), client);
        record.insert("client_secret".to_owned(), json!(self.app.secret.reveal()));
        record.insert("client_id_issued_at".to_owned(), json!(self.issued));
        record.insert("client_secret_expires_at".to_owned(), json!(0));
        record.extend(self.manifest.members.clone());
        // Always told, also where its owner left it out.
        record.insert("enabled".to_owned(), json!(self.manifest.enabled));
        record.insert("deleted".to_owned(), json!(self.deleted));
        Value::Object(record)
    }

    /// Points it elsewhere; says whether that is a change.
    pub(crate) fn point(&mut self, webhooks: Webhooks) -> bool {
        let before = self.manifest.clone();
        self.manifest.set_webhooks(webhooks);
        let changed = self.manifest != before;
        if changed {
            self.revision += 1;
        }
        changed
    }

    fn write(&mut self, manifest: Manifest) {
        self.app.scope.clone_from(&manifest.scope);
        self.manifest = manifest;
        self.revision += 1;
    }
}

impl Cloud {
    /// The app install the sandbox was begun with.
    pub(crate) fn app(&self) -> &App {
        &self.main().app
    }

    pub(crate) fn main(&self) -> &Install {
        self.installs
            .first()
            .expect("a cloud is made with an app install and never loses it")
    }

    pub(crate) fn main_mut(&mut self) -> &mut Install {
        self.installs
            .first_mut()
            .expect("a cloud is made with an app install and never loses it")
    }

    /// Puts back what an earlier run stored.
    pub(crate) fn restore_installs(&mut self, installs: Vec<Install>) {
        for mut install in installs {
            match self.installs.first_mut() {
                Some(main) if main.app.client == install.app.client => {
                    install.app.secret = main.app.secret.clone();
                    *main = install;
                }
                _ => self.installs.push(install),
            }
        }
    }

    /// Every app install there is, in the order they were made; one that is gone is not among them.
    pub(crate) fn installs(&self) -> impl Iterator<Item = &Install> {
        self.installs.iter().filter(|install| !install.deleted)
    }

    /// The app install with this id, unless it is gone.
    pub(crate) fn install(&self, id: &str) -> Option<&Install> {
        self.installs()
            .find(|install| install.app.client.as_str() == id)
    }

    /// The same, also if it is gone and is remembered.
    pub(crate) fn remembered_install(&self, id: &ClientId) -> Option<&Install> {
        self.installs
            .iter()
            .find(|install| install.app.client == *id)
    }

    /// How an app install is to be delivered to, also if it is gone.
    pub(crate) fn setup(&self, id: &ClientId) -> DeliverySetup {
        self.remembered_install(id)
            .map_or_else(|| DeliverySetup::End(id.clone()), Install::setup)
    }

    /// How all of them are, the first first.
    pub(crate) fn setups(&self) -> Vec<DeliverySetup> {
        self.installs.iter().map(Install::setup).collect()
    }

    /// Makes an app install, with an id and a secret of its own.
    pub(crate) fn create_install(
        &mut self,
        now: Timestamp,
        manifest: Manifest,
        changes: &mut Changes,
    ) -> Result<Install, InstallError> {
        self.name_is_free(&manifest.name, None)?;
        if self.installs.len() >= MOST {
            return Err(InstallError::Full);
        }
        let secret: String = (0..SECRET).map(|_| self.rng.alphanumeric()).collect();
        let app = App {
            client: ClientId::from(self.uuid()),
            secret: Secret::new(secret),
            scope: manifest.scope.clone(),
        };
        let numbers = self.installs.iter().map(|install| install.number);
        let number = numbers.max().map_or(0, |last| last + 1);
        let install = Install::new(app, manifest, now, number);
        changes.installs.insert(install.app.client.clone());
        self.installs.push(install.clone());
        Ok(install)
    }

    /// Writes the whole record of an app install, if it has not changed since this revision.
    pub(crate) fn write_install(
        &mut self,
        id: &str,
        revision: Option<u64>,
        named: Option<&str>,
        manifest: Manifest,
        changes: &mut Changes,
    ) -> Result<Install, InstallError> {
        self.check_revision(id, revision)?;
        if named.is_some_and(|named| named != id) {
            return Err(InstallError::OtherId);
        }
        self.name_is_free(&manifest.name, Some(id))?;
        let install = self.install_mut(id).ok_or(InstallError::Unknown)?;
        install.write(manifest);
        changes.installs.insert(install.app.client.clone());
        Ok(install.clone())
    }

    /// Takes an app install away, if it has not changed since this revision.
    pub(crate) fn delete_install(
        &mut self,
        id: &str,
        revision: Option<u64>,
        changes: &mut Changes,
    ) -> Result<(), InstallError> {
        self.check_revision(id, revision)?;
        let install = self.install_mut(id).ok_or(InstallError::Unknown)?;
        install.deleted = true;
        install.revision += 1;
        changes.installs.insert(install.app.client.clone());
        // The first is remembered: the account is known by it, and it must not come back by itself.
        let main = self.app().client.clone();
        self.installs
            .retain(|install| !install.deleted || install.app.client == main);
        Ok(())
    }

    fn install_mut(&mut self, id: &str) -> Option<&mut Install> {
        self.installs
            .iter_mut()
            .find(|install| !install.deleted && install.app.client.as_str() == id)
    }

    /// Whether an app install is there and has not changed since this revision.
    pub(crate) fn check_revision(
        &self,
        id: &str,
        revision: Option<u64>,
    ) -> Result<(), InstallError> {
        let install = self.install(id).ok_or(InstallError::Unknown)?;
        if revision == Some(install.revision) {
            Ok(())
        } else {
            Err(InstallError::Stale)
        }
    }

    fn name_is_free(&self, name: &str, but: Option<&str>) -> Result<(), InstallError> {
        let taken = self.installs().any(|install| {
            install.manifest.name == name && Some(install.app.client.as_str()) != but
        });
        if taken {
            Err(InstallError::Taken)
        } else {
            Ok(())
        }
    }
}
