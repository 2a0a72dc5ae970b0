//! The table of fields: where each stands in the persona, what it takes, what
//! to say about it. Their names are those of `send-api` 2 and 5.

use crate::tui::popups::form::Kind;

/// One field.
#[derive(Debug)]
pub(crate) struct Field {
    /// The heading it stands under.
    pub(crate) section: &'static str,
    pub(crate) label: &'static str,
    /// Where it stands in the persona's own JSON.
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    /// What to say about it while the keyboard is there.
    pub(crate) hint: &'static str,
}

/// The campaign's place.
pub(crate) const CAMPAIGN: &str = "opening/campaign/campaign";
/// The engagement's place.
pub(crate) const ENGAGEMENT: &str = "opening/campaign/engagement";

const PHONES: &[&str] = &[
    "HOME", "MOBILE", "WORK", "FAX", "MAIN", "HOME_FAX", "WORK_FAX", "PAGER", "OTHER",
];

const fn field(
    section: &'static str,
    label: &'static str,
    path: &'static str,
    kind: Kind,
    hint: &'static str,
) -> Field {
    Field {
        section,
        label,
        path,
        kind,
        hint,
    }
}

/// Every field, in the order the form shows them.
#[rustfmt::skip]
pub(crate) const TABLE: &[Field] = &[
    field("Consumer", "name", "name", Kind::Name, "what the consumer is called on the screen"),
    field("Consumer", "avatar", "avatar", Kind::Text(8), "a glyph or two beside the name"),
    field("Consumer", "about", "about", Kind::Text(256), "one line about the consumer, for the list"),
    field("Customer (SDE ctmrinfo)", "customerId", "opening/profile/ctmrinfo/customerId", Kind::Text(256), "the brand's own number of the customer"),
    field("Customer (SDE ctmrinfo)", "ctype", "opening/profile/ctmrinfo/ctype", Kind::Text(256), "kind of customer, as gold"),
    field("Customer (SDE ctmrinfo)", "cstatus", "opening/profile/ctmrinfo/cstatus", Kind::Text(256), "status, as active"),
    field("Customer (SDE ctmrinfo)", "balance", "opening/profile/ctmrinfo/balance", Kind::Number, "a number, as 18450.75"),
    field("Customer (SDE ctmrinfo)", "currency", "opening/profile/ctmrinfo/currency", Kind::Text(256), "as EUR"),
    field("Customer (SDE ctmrinfo)", "socialId", "opening/profile/ctmrinfo/socialId", Kind::Text(256), "name in a social network"),
    field("Customer (SDE ctmrinfo)", "imei", "opening/profile/ctmrinfo/imei", Kind::Text(256), "number of the device"),
    field("Customer (SDE ctmrinfo)", "userName", "opening/profile/ctmrinfo/userName", Kind::Text(256), "name to log in by"),
    field("Customer (SDE ctmrinfo)", "accountName", "opening/profile/ctmrinfo/accountName", Kind::Text(256), "name of the account"),
    field("Customer (SDE ctmrinfo)", "role", "opening/profile/ctmrinfo/role", Kind::Text(256), "role in the company"),
    field("Customer (SDE ctmrinfo)", "companyBranch", "opening/profile/ctmrinfo/companyBranch", Kind::Text(256), "branch of the company"),
    field("Customer (SDE ctmrinfo)", "companySize", "opening/profile/ctmrinfo/companySize", Kind::Number, "a number of people"),
    field("Customer (SDE ctmrinfo)", "lastPaymentDate", "opening/profile/ctmrinfo/lastPaymentDate", Kind::Date, "YYYY-MM-DD"),
    field("Customer (SDE ctmrinfo)", "registrationDate", "opening/profile/ctmrinfo/registrationDate", Kind::Date, "YYYY-MM-DD"),
    field("Customer (SDE ctmrinfo)", "loginStatus", "opening/profile/ctmrinfo/loginStatus", Kind::Text(256), "as true"),
    field("Customer (SDE ctmrinfo)", "storeZipCode", "opening/profile/ctmrinfo/storeZipCode", Kind::Text(256), "of the store"),
    field("Customer (SDE ctmrinfo)", "storeNumber", "opening/profile/ctmrinfo/storeNumber", Kind::Text(256), "of the store"),
    field("Person (SDE personal)", "firstname", "opening/profile/personal/firstname", Kind::Text(256), "first name, as agents see it"),
    field("Person (SDE personal)", "lastname", "opening/profile/personal/lastname", Kind::Text(256), "last name, as agents see it"),
    field("Person (SDE personal)", "language", "opening/profile/personal/language", Kind::Language, "as en-GB"),
    field("Person (SDE personal)", "company", "opening/profile/personal/company", Kind::Text(256), "where they work"),
    field("Person (SDE personal)", "gender", "opening/profile/personal/gender", Kind::OneOf(&["MALE", "FEMALE", "OTHER"]), "← → choose"),
    field("Person (SDE personal)", "age", "opening/profile/personal/age/age", Kind::Number, "in years"),
    field("Person (SDE personal)", "born", "opening/profile/personal/age", Kind::Date, "YYYY-MM-DD"),
    field("Contact", "email", "opening/profile/personal/contacts/0/email", Kind::Text(256), "an address"),
    field("Contact", "phone", "opening/profile/personal/contacts/0/phone", Kind::Text(256), "a number"),
    field("Contact", "phoneType", "opening/profile/personal/contacts/0/phoneType", Kind::OneOf(PHONES), "← → choose"),
    field("Contact", "country", "opening/profile/personal/contacts/0/address/country", Kind::Text(256), "of the address"),
    field("Contact", "region", "opening/profile/personal/contacts/0/address/region", Kind::Text(256), "of the address"),
    field("Second contact", "email", "opening/profile/personal/contacts/1/email", Kind::Text(256), "an address"),
    field("Second contact", "phone", "opening/profile/personal/contacts/1/phone", Kind::Text(256), "a number"),
    field("Second contact", "phoneType", "opening/profile/personal/contacts/1/phoneType", Kind::OneOf(PHONES), "← → choose"),
    field("Second contact", "country", "opening/profile/personal/contacts/1/address/country", Kind::Text(256), "of the address"),
    field("Second contact", "region", "opening/profile/personal/contacts/1/address/region", Kind::Text(256), "of the address"),
    field("Beside the SDEs (SetUserProfile)", "firstName", "opening/profile/members/firstName", Kind::Text(256), "of the profile itself"),
    field("Beside the SDEs (SetUserProfile)", "lastName", "opening/profile/members/lastName", Kind::Text(256), "of the profile itself"),
    field("Beside the SDEs (SetUserProfile)", "userId", "opening/profile/members/userId", Kind::Text(256), "of the profile itself"),
    field("Beside the SDEs (SetUserProfile)", "avatarUrl", "opening/profile/members/avatarUrl", Kind::Text(256), "the address of a picture"),
    field("Beside the SDEs (SetUserProfile)", "role", "opening/profile/members/role", Kind::Text(256), "as consumer"),
    field("Beside the SDEs (SetUserProfile)", "backgndImgUri", "opening/profile/members/backgndImgUri", Kind::Text(256), "the address of a picture"),
    field("Beside the SDEs (SetUserProfile)", "description", "opening/profile/members/description", Kind::Text(256), "any text"),
    field("Beside the SDEs (SetUserProfile)", "mobileNum", "opening/profile/members/privateData/mobileNum", Kind::Text(256), "in privateData"),
    field("Beside the SDEs (SetUserProfile)", "mail", "opening/profile/members/privateData/mail", Kind::Text(256), "in privateData"),
    field("Beside the SDEs (SetUserProfile)", "serviceName", "opening/profile/members/privateData/pushNotificationData/serviceName", Kind::Text(256), "in pushNotificationData"),
    field("Beside the SDEs (SetUserProfile)", "certName", "opening/profile/members/privateData/pushNotificationData/certName", Kind::Text(256), "in pushNotificationData"),
    field("Beside the SDEs (SetUserProfile)", "token", "opening/profile/members/privateData/pushNotificationData/token", Kind::Text(256), "in pushNotificationData"),
    field("Routing", "skillId", "opening/skill", Kind::Skill, "the queue; -1 for all, nothing leaves it to the account"),
    field("Routing", "campaignId", CAMPAIGN, Kind::Text(256), "with an engagementId"),
    field("Routing", "engagementId", ENGAGEMENT, Kind::Text(256), "with a campaignId"),
    field("Routing", "ttrDefName", "opening/ttr", Kind::OneOf(&["URGENT", "PRIORITIZED", "NORMAL"]), "how soon an answer is owed; ← → choose"),
    field("Where they come from (conversationContext)", "lang", "opening/context/lang", Kind::Language, "as en-GB"),
    field("Where they come from (conversationContext)", "visitorId", "opening/context/visitor", Kind::Text(256), "from the Engagement call"),
    field("Where they come from (conversationContext)", "sessionId", "opening/context/session", Kind::Text(256), "from the Engagement call"),
    field("Where they come from (conversationContext)", "interactionContextId", "opening/context/interaction", Kind::Text(256), "contextId of the Engagement call"),
    field("Device (Client-Properties)", "appId", "properties/app_id", Kind::Text(64), "up to 64 characters"),
    field("Device (Client-Properties)", "appVersion", "properties/app_version", Kind::Text(32), "up to 32 characters"),
    field("Device (Client-Properties)", "deviceFamily", "properties/device_family", Kind::OneOf(&["DESKTOP", "TABLET", "MOBILE", "OTHER"]), "← → choose"),
    field("Device (Client-Properties)", "os", "properties/os", Kind::OneOf(&["WINDOWS", "LINUX", "OSX", "ANDROID", "IOS", "OTHER"]), "← → choose"),
    field("Device (Client-Properties)", "timeZone", "properties/time_zone", Kind::Text(64), "as Europe/London"),
    field("Device (Client-Properties)", "ipAddress", "properties/ip_address", Kind::Text(64), "as 192.0.2.7"),
    field("Device (Client-Properties)", "osName", "properties/os_name", Kind::Text(64), "as Android"),
    field("Device (Client-Properties)", "osVersion", "properties/os_version", Kind::Text(64), "as 16"),
    field("Device (Client-Properties)", "integration", "properties/integration", Kind::OneOf(&["WEB_SDK", "MOBILE_SDK", "BRAND_SDK"]), "← → choose"),
    field("Device (Client-Properties)", "integrationVersion", "properties/integration_version", Kind::Text(64), "of the integration"),
    field("Device (Client-Properties)", "browser", "properties/browser", Kind::Text(64), "as Firefox"),
    field("Device (Client-Properties)", "browserVersion", "properties/browser_version", Kind::Text(64), "as 140"),
    field("Device (Client-Properties)", "deviceManufacture", "properties/device_manufacture", Kind::Text(64), "who made it"),
    field("Device (Client-Properties)", "deviceModel", "properties/device_model", Kind::Text(64), "what it is called"),
    field("Device (Client-Properties)", "AUTO_MESSAGES", "properties/features", Kind::Member("AUTO_MESSAGES"), "wants automatic messages"),
    field("Device (Client-Properties)", "RICH_CONTENT", "properties/features", Kind::Member("RICH_CONTENT"), "shows structured content"),
    field("Device (Client-Properties)", "QUICK_REPLIES", "properties/features", Kind::Member("QUICK_REPLIES"), "shows quick replies"),
    field("Device (Client-Properties)", "MULTI_DIALOG", "properties/features", Kind::Member("MULTI_DIALOG"), "handles several dialogs; without it no survey comes"),
    field("Device (Client-Properties)", "PHOTO_SHARING", "properties/features", Kind::Member("PHOTO_SHARING"), "handles pictures"),
    field("Device (Client-Properties)", "FILE_SHARING", "properties/features", Kind::Member("FILE_SHARING"), "handles files"),
    field("Device (Client-Properties)", "CO_BROWSE", "properties/features", Kind::Member("CO_BROWSE"), "takes part in co-browsing"),
    field("Device (Client-Properties)", "CO_APP", "properties/features", Kind::Member("CO_APP"), "takes part in co-app"),
    field("Device (Client-Properties)", "SECURE_FORMS", "properties/features", Kind::Member("SECURE_FORMS"), "handles secure forms"),
    field("Device (Client-Properties)", "MARKDOWN_HYPERLINKS", "properties/features", Kind::Member("MARKDOWN_HYPERLINKS"), "shows links written in Markdown"),
    field("Habits", "tells typing", "habits/tells_typing", Kind::Flag, "COMPOSING and PAUSE are told"),
    field("Habits", "pause after", "habits/pause_ms", Kind::Millis, "milliseconds of silence that count as PAUSE"),
    field("Habits", "reads", "habits/reads", Kind::Flag, "what is on screen is told as READ"),
];
