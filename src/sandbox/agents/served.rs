//! The pictures of the cards that handset has, which the sandbox serves itself: a card shows them
//! without any network.

use serde_json::Value;

/// Under which path they are, without an account or a token: a picture's address stands in a card.
pub(crate) const ROOT: &str = "/pictures";

macro_rules! pictures {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../assets/pictures/", $name, ".png")))),*]
    };
}

const SERVED: &[(&str, &[u8])] = pictures![
    "mug-blue",
    "mug-green",
    "mug-red",
    "mug-yellow",
    "mug-black",
    "camden",
    "kettle-blue",
];

/// The PNG of a name, as it stands in an address.
pub(crate) fn served(file: &str) -> Option<&'static [u8]> {
    let name = file.strip_suffix(".png")?;
    let found = SERVED.iter().find(|(known, _)| *known == name);
    found.map(|(_, bytes)| *bytes)
}

/// Has the images of a card lie at `base`, as far as this sandbox serves them. They are known by
/// the last word of their addresses.
pub(crate) fn point_images(content: &mut Value, base: &str) {
    match content {
        Value::Object(members) => {
            let is_image = members.get("type").and_then(Value::as_str) == Some("image");
            if is_image && let Some(Value::String(url)) = members.get_mut("url") {
                let file = url.rsplit('/').next().unwrap_or_default();
                let name = file.split('.').next().unwrap_or_default();
                if let Some((name, _)) = SERVED.iter().find(|(known, _)| *known == name) {
                    *url = format!("{base}{ROOT}/{name}.png");
                }
            }
            for member in members.values_mut() {
                point_images(member, base);
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                point_images(entry, base);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn images_that_are_served_lie_here_and_nothing_else_is_moved() {
        let mut content = json!({"type": "vertical", "elements": [
            {"type": "image", "url": "https://cdn.shop.test/mug-blue.jpg"},
            {"type": "image", "url": "https://cdn.shop.test/other.jpg"},
            {"type": "linkPreview", "url": "https://cdn.shop.test/mug-blue.jpg"}]});
        point_images(&mut content, "http://127.0.0.1:7");
        assert_eq!(
            content["elements"],
            json!([
                {"type": "image", "url": "http://127.0.0.1:7/pictures/mug-blue.png"},
                {"type": "image", "url": "https://cdn.shop.test/other.jpg"},
                {"type": "linkPreview", "url": "https://cdn.shop.test/mug-blue.jpg"}])
        );
        assert!(served("mug-blue.png").is_some_and(|bytes| bytes.starts_with(b"\x89PNG")));
        assert!(served("mug-blue.jpg").is_none() && served("../riley.png").is_none());
    }
}
