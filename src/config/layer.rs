//! Settings as one layer gives them, each with its origin: the defaults, a profile of the file, the
//! environment, or flags. A layer is laid over another.

use std::collections::BTreeMap;

use toml::Table;

use crate::config::{
    origin::{Origin, Said, Wrong},
    setting::{SECTIONS, Setting},
    source::Source,
    tunnel_kind::TunnelKind,
    words::{self, SettingValue, TunnelWord, ValueKind},
};

pub(crate) const PROFILE_VARIABLE: &str = "HANDSET_PROFILE";

/// What one layer gives; nothing where it is silent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Layer(BTreeMap<Setting, Said<SettingValue>>);

impl Layer {
    /// What holds when nobody gives anything.
    pub(crate) fn defaults() -> Self {
        let mut layer = Self::default();
        for setting in Setting::ALL {
            if let Some(text) = setting.row().default {
                layer
                    .read(*setting, setting.row().kind, text, Origin::Default)
                    .expect("the table's defaults are values of their kinds");
            }
        }
        layer
    }

    /// What the environment gives; `variable` looks one up, and an empty one gives nothing.
    pub(crate) fn environment(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Wrong> {
        let mut layer = Self::default();
        for setting in Setting::ALL {
            let Some(name) = setting.row().variable else {
                continue;
            };
            let Some(text) = variable(name).filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            let origin = Origin::Env(name);
            match setting.row().kind {
                // The variable holds the secret itself, which nobody looks at here.
                ValueKind::Secret => {
                    let source = Source::Env(name.to_owned());
                    layer.put(*setting, SettingValue::Secret(source), origin);
                }
                kind => layer.read(*setting, kind, &text, origin)?,
            }
        }
        Ok(layer)
    }

    /// Reads a setting from a text. A tunnel may be the address or the link of one.
    pub(crate) fn read(
        &mut self,
        setting: Setting,
        kind: ValueKind,
        text: &str,
        origin: Origin,
    ) -> Result<(), Wrong> {
        let wrong = |reason| Wrong {
            origin: origin.clone(),
            reason,
        };
        if kind != ValueKind::Tunnel {
            let value = kind.read(text, None).map_err(wrong)?;
            self.put(setting, value, origin);
            return Ok(());
        }
        let (kind, option) = match words::tunnel(text).map_err(wrong)? {
            TunnelWord::Kind(kind) => (kind, None),
            TunnelWord::Url(url) => (TunnelKind::Url, Some((Setting::TunnelUrl, url))),
            TunnelWord::Link(link) => (TunnelKind::Relay, Some((Setting::TunnelLink, link))),
        };
        let name = SettingValue::Text(kind.name().to_owned());
        self.put(setting, name, origin.clone());
        if let Some((setting, url)) = option {
            self.put(setting, SettingValue::Text(url.into()), origin);
        }
        Ok(())
    }

    /// Gives a setting. The link of a relay alone means a relay.
    pub(crate) fn put(&mut self, setting: Setting, value: SettingValue, origin: Origin) {
        if setting == Setting::TunnelLink {
            let relay = SettingValue::Text(TunnelKind::Relay.name().to_owned());
            let relay = Said::new(relay, origin.clone());
            self.0.entry(Setting::TunnelKind).or_insert(relay);
        }
        self.0.insert(setting, Said::new(value, origin));
    }

    /// Gives a setting by a flag of a command's own, if the flag is there.
    pub(crate) fn put_flag(
        &mut self,
        setting: Setting,
        text: Option<impl ToString>,
        flag: &'static str,
    ) {
        if let Some(text) = text {
            let text = text.to_string();
            let value = match setting.row().kind {
                ValueKind::Secret => SettingValue::Secret(Source::Env(text)),
                _ => SettingValue::Text(text),
            };
            self.put(setting, value, Origin::Flag(flag));
        }
    }

    /// This layer over a lower one: what is given here holds.
    ///
    /// Another kind of tunnel leaves nothing of the lower one's options.
    pub(crate) fn over(mut self, lower: Self) -> Self {
        let kinds = (
            self.text(Setting::TunnelKind),
            lower.text(Setting::TunnelKind),
        );
        let is_another = matches!(kinds, (Some(upper), Some(lower)) if upper != lower);
        for (setting, said) in lower.0 {
            if !(is_another && setting.is_tunnel_option()) {
                self.0.entry(setting).or_insert(said);
            }
        }
        self
    }

    /// The settings that mean something without an account, in the sandbox.
    pub(crate) fn for_sandbox(mut self) -> Self {
        self.0.retain(|setting, _| setting.is_for_sandbox());
        self
    }

    /// The settings of a profile that hold in the sandbox too: brand, personas, theme, pictures.
    pub(crate) fn for_show(mut self) -> Self {
        self.0.retain(|setting, _| setting.is_for_show());
        self
    }

    /// What somebody gave that does not count in the sandbox.
    pub(crate) fn not_for_sandbox(&self) -> Vec<(Setting, Origin)> {
        let given = self.0.iter();
        let given = given
            .filter(|(setting, said)| !setting.is_for_sandbox() && said.origin != Origin::Default);
        given
            .map(|(setting, said)| (*setting, said.origin.clone()))
            .collect()
    }

    /// Whether another layer gives the same, wherever it is given.
    pub(crate) fn says_as(&self, other: &Self) -> bool {
        let plain = |layer: &Self| -> Vec<_> {
            let all = layer.0.iter();
            all.map(|(setting, said)| (*setting, said.value.clone()))
                .collect()
        };
        plain(self) == plain(other)
    }

    /// Whether a cloud is named here, be it in part.
    pub(crate) fn names_a_cloud(&self) -> bool {
        [Setting::Account, Setting::ClientId, Setting::Csds]
            .into_iter()
            .any(|setting| self.0.contains_key(&setting))
    }

    pub(crate) fn get(&self, setting: Setting) -> Option<&Said<SettingValue>> {
        self.0.get(&setting)
    }

    /// Puts a switch that a flag turns on.
    pub(crate) fn put_switch(&mut self, setting: Setting, is_on: bool, flag: &'static str) {
        if is_on {
            self.put(setting, SettingValue::Switch(true), Origin::Flag(flag));
        }
    }

    /// Whether a switch is on.
    pub(crate) fn switch(&self, setting: Setting) -> bool {
        let said = self.get(setting).map(|said| &said.value);
        matches!(said, Some(SettingValue::Switch(true)))
    }

    /// The text of a setting that is one.
    pub(crate) fn text(&self, setting: Setting) -> Option<&str> {
        match &self.get(setting)?.value {
            SettingValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Where the secret of a setting is.
    pub(crate) fn secret(&self, setting: Setting) -> Option<&Source> {
        match &self.get(setting)?.value {
            SettingValue::Secret(source) => Some(source),
            _ => None,
        }
    }

    /// The kind of tunnel; none when it is not given.
    pub(crate) fn tunnel_kind(&self) -> TunnelKind {
        let name = self.text(Setting::TunnelKind);
        name.and_then(TunnelKind::named).unwrap_or(TunnelKind::None)
    }

    /// All settings that count, in the order of the file; of the tunnel's only those of its kind.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Setting, Option<&Said<SettingValue>>)> {
        let kind = self.tunnel_kind();
        let count = Setting::ALL.iter().filter(move |one| one.is_for(kind));
        count.map(|setting| (*setting, self.get(*setting)))
    }

    /// What counts as the table of a profile in the file.
    pub(super) fn table(&self) -> Result<Table, toml::ser::Error> {
        let mut table = Table::new();
        let mut sections = SECTIONS.map(|name| (name, Table::new()));
        for (setting, said) in self.entries() {
            let Some(said) = said else { continue };
            let value = toml::Value::try_from(&said.value)?;
            let section = sections
                .iter_mut()
                .find(|(name, _)| *name == setting.section());
            let into = section.map_or(&mut table, |(_, section)| section);
            into.insert(setting.name().to_owned(), value);
        }
        for (name, section) in sections.into_iter().filter(|(_, one)| !one.is_empty()) {
            table.insert(name.to_owned(), section.into());
        }
        Ok(table)
    }
}
