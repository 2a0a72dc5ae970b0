//! The table of fields: where each stands in the persona, what it takes, what
//! to say about it. Their names are those of `send-api` 2 and 5.

use crate::tui::popups::form::FieldKind;

#[derive(Debug)]
pub(crate) struct Field {
    /// The heading it stands under.
    pub(crate) section: &'static str,
    pub(crate) label: &'static str,
    /// Where it stands in the persona's own JSON.
    pub(crate) path: &'static str,
    pub(crate) kind: FieldKind,
    /// What to say about it while the keyboard is there.
    pub(crate) hint: &'static str,
}

pub(crate) const CAMPAIGN: &str = "opening/campaign/campaign";
pub(crate) const ENGAGEMENT: &str = "opening/campaign/engagement";

const PHONES: &[&str] = &[
    "HOME", "MOBILE", "WORK", "FAX", "MAIN", "HOME_FAX", "WORK_FAX", "PAGER", "OTHER",
];

/// Makes the table of its sections: where in the persona a section begins, and each of its fields
/// with its place from there on, what it takes, and its hint.
macro_rules! fields {
    ($($section:literal in $begin:literal {
        $($label:literal = $path:literal $kind:ident $(($holds:expr))? $hint:literal;)+
    })+) => {
        /// Every field, in the order the form shows them.
        pub(crate) const TABLE: &[Field] = &[$($(Field {
            section: $section,
            label: $label,
            path: concat!($begin, $path),
            kind: FieldKind::$kind $(($holds))?,
            hint: $hint,
        },)+)+];
    };
}

fields! {
    "Consumer" in "" {
        "name" = "name" Name "what the consumer is called on the screen";
        "avatar" = "avatar" Text(8) "a glyph or two beside the name";
        "about" = "about" Text(256) "one line about the consumer, for the list";
    }
    "Customer (SDE ctmrinfo)" in "opening/profile/ctmrinfo/" {
        "customerId" = "customerId" Text(256) "the brand's own number of the customer";
        "ctype" = "ctype" Text(256) "kind of customer, as gold";
        "cstatus" = "cstatus" Text(256) "status, as active";
        "balance" = "balance" Number "a number, as 18450.75";
        "currency" = "currency" Text(256) "as EUR";
        "socialId" = "socialId" Text(256) "name in a social network";
        "imei" = "imei" Text(256) "number of the device";
        "userName" = "userName" Text(256) "name to log in by";
        "accountName" = "accountName" Text(256) "name of the account";
        "role" = "role" Text(256) "role in the company";
        "companyBranch" = "companyBranch" Text(256) "branch of the company";
        "companySize" = "companySize" Number "a number of people";
        "lastPaymentDate" = "lastPaymentDate" Date "YYYY-MM-DD";
        "registrationDate" = "registrationDate" Date "YYYY-MM-DD";
        "loginStatus" = "loginStatus" Text(256) "as true";
        "storeZipCode" = "storeZipCode" Text(256) "of the store";
        "storeNumber" = "storeNumber" Text(256) "of the store";
    }
    "Person (SDE personal)" in "opening/profile/personal/" {
        "firstname" = "firstname" Text(256) "first name, as agents see it";
        "lastname" = "lastname" Text(256) "last name, as agents see it";
        "language" = "language" Language "as en-GB";
        "company" = "company" Text(256) "where they work";
        "gender" = "gender" OneOf(&["MALE", "FEMALE", "OTHER"]) "← → choose";
        "age" = "age/age" Number "in years";
        "born" = "age" Date "YYYY-MM-DD";
    }
    "Contact" in "opening/profile/personal/contacts/0/" {
        "email" = "email" Text(256) "an address";
        "phone" = "phone" Text(256) "a number";
        "phoneType" = "phoneType" OneOf(PHONES) "← → choose";
        "country" = "address/country" Text(256) "of the address";
        "region" = "address/region" Text(256) "of the address";
    }
    "Second contact" in "opening/profile/personal/contacts/1/" {
        "email" = "email" Text(256) "an address";
        "phone" = "phone" Text(256) "a number";
        "phoneType" = "phoneType" OneOf(PHONES) "← → choose";
        "country" = "address/country" Text(256) "of the address";
        "region" = "address/region" Text(256) "of the address";
    }
    "Beside the SDEs (SetUserProfile)" in "opening/profile/members/" {
        "firstName" = "firstName" Text(256) "of the profile itself";
        "lastName" = "lastName" Text(256) "of the profile itself";
        "userId" = "userId" Text(256) "of the profile itself";
        "avatarUrl" = "avatarUrl" Text(256) "the address of a picture";
        "role" = "role" Text(256) "as consumer";
        "backgndImgUri" = "backgndImgUri" Text(256) "the address of a picture";
        "description" = "description" Text(256) "any text";
        "mobileNum" = "privateData/mobileNum" Text(256) "in privateData";
        "mail" = "privateData/mail" Text(256) "in privateData";
        "serviceName" = "privateData/pushNotificationData/serviceName" Text(256) "in pushNotificationData";
        "certName" = "privateData/pushNotificationData/certName" Text(256) "in pushNotificationData";
        "token" = "privateData/pushNotificationData/token" Text(256) "in pushNotificationData";
    }
    "Routing" in "opening/" {
        "skillId" = "skill" Skill "the queue; -1 for all, nothing leaves it to the account";
        "campaignId" = "campaign/campaign" Text(256) "with an engagementId";
        "engagementId" = "campaign/engagement" Text(256) "with a campaignId";
        "ttrDefName" = "ttr" OneOf(&["URGENT", "PRIORITIZED", "NORMAL"]) "how soon an answer is owed; ← → choose";
    }
    "Where they come from (conversationContext)" in "opening/context/" {
        "lang" = "lang" Language "as en-GB";
        "visitorId" = "visitor" Text(256) "from the Engagement call";
        "sessionId" = "session" Text(256) "from the Engagement call";
        "interactionContextId" = "interaction" Text(256) "contextId of the Engagement call";
    }
    "Device (Client-Properties)" in "properties/" {
        "appId" = "app_id" Text(64) "up to 64 characters";
        "appVersion" = "app_version" Text(32) "up to 32 characters";
        "deviceFamily" = "device_family" OneOf(&["DESKTOP", "TABLET", "MOBILE", "OTHER"]) "← → choose";
        "os" = "os" OneOf(&["WINDOWS", "LINUX", "OSX", "ANDROID", "IOS", "OTHER"]) "← → choose";
        "timeZone" = "time_zone" Text(64) "as Europe/London";
        "ipAddress" = "ip_address" Text(64) "as 192.0.2.7";
        "osName" = "os_name" Text(64) "as Android";
        "osVersion" = "os_version" Text(64) "as 16";
        "integration" = "integration" OneOf(&["WEB_SDK", "MOBILE_SDK", "BRAND_SDK"]) "← → choose";
        "integrationVersion" = "integration_version" Text(64) "of the integration";
        "browser" = "browser" Text(64) "as Firefox";
        "browserVersion" = "browser_version" Text(64) "as 140";
        "deviceManufacture" = "device_manufacture" Text(64) "who made it";
        "deviceModel" = "device_model" Text(64) "what it is called";
        "AUTO_MESSAGES" = "features" Member("AUTO_MESSAGES") "wants automatic messages";
        "RICH_CONTENT" = "features" Member("RICH_CONTENT") "shows structured content";
        "QUICK_REPLIES" = "features" Member("QUICK_REPLIES") "shows quick replies";
        "MULTI_DIALOG" = "features" Member("MULTI_DIALOG") "handles several dialogs; without it no survey comes";
        "PHOTO_SHARING" = "features" Member("PHOTO_SHARING") "handles pictures";
        "FILE_SHARING" = "features" Member("FILE_SHARING") "handles files";
        "CO_BROWSE" = "features" Member("CO_BROWSE") "takes part in co-browsing";
        "CO_APP" = "features" Member("CO_APP") "takes part in co-app";
        "SECURE_FORMS" = "features" Member("SECURE_FORMS") "handles secure forms";
        "MARKDOWN_HYPERLINKS" = "features" Member("MARKDOWN_HYPERLINKS") "shows links written in Markdown";
    }
    "Habits" in "habits/" {
        "tells typing" = "tells_typing" Flag "COMPOSING and PAUSE are told";
        "pause after" = "pause_ms" Millis "milliseconds of silence that count as PAUSE";
        "reads" = "reads" Flag "what is on screen is told as READ";
    }
}
