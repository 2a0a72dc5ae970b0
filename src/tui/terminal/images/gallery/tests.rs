//! Pictures are made once for each room, away from the task that asks.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    domain::content::Hosted,
    media::samples,
    tui::{
        terminal::images::{
            Art,
            gallery::{AT_ONCE, CardPicture, Gallery, ItemId, KEPT, ORDERS, PictureOwner, Studio},
        },
        testkit::id,
        theme::styles::Depth,
    },
};

fn file(bytes: &[u8]) -> Hosted {
    Hosted {
        preview: Some(format!("data:image/png;base64,{}", STANDARD.encode(bytes))),
        ..Hosted::default()
    }
}

fn gallery() -> Gallery {
    Gallery::new(Art::Blocks, Depth::True)
}

/// Makes all there is to make.
async fn make_all(gallery: &mut Gallery) -> Vec<ItemId> {
    let mut studio = Studio::default();
    let mut lines = Vec::new();
    loop {
        studio.begin(gallery);
        assert!(studio.under_way.len() <= AT_ONCE);
        match studio.made().await {
            Some(made) => lines.extend(gallery.made(made)),
            None => return lines,
        }
    }
}

#[tokio::test]
async fn a_picture_is_made_once_and_its_line_told() {
    let mut gallery = gallery();
    let file = file(&samples::png(100, 100));
    assert!(gallery.picture(id(3), &file, 20, 20).is_none());
    assert!(gallery.picture(id(3), &file, 20, 20).is_none());
    assert_eq!(make_all(&mut gallery).await, [id(3)]);
    let picture = gallery.picture(id(3), &file, 20, 20).unwrap();
    assert_eq!((picture.columns(), picture.rows()), (20, 10));
    // Another room is another picture.
    assert!(gallery.picture(id(3), &file, 8, 2).is_none());
    make_all(&mut gallery).await;
    let picture = gallery.picture(id(3), &file, 8, 2).unwrap();
    assert_eq!((picture.columns(), picture.rows()), (4, 2));
}

#[tokio::test]
async fn what_cannot_be_drawn_is_tried_once() {
    let mut gallery = gallery();
    let broken = file(b"words");
    assert!(gallery.picture(id(1), &broken, 20, 20).is_none());
    assert_eq!(make_all(&mut gallery).await, [id(1)]);
    assert!(gallery.picture(id(1), &broken, 20, 20).is_none());
    assert!(gallery.next_order().is_none());
}

#[tokio::test]
async fn the_file_itself_is_preferred_and_the_preview_is_the_way_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole.png");
    std::fs::write(&path, samples::png(16, 4)).unwrap();
    let mut gallery = gallery();
    let file = file(&samples::png(4, 4));
    let columns = async |gallery: &mut Gallery| {
        gallery.picture(id(1), &file, 20, 20);
        make_all(gallery).await;
        gallery.picture(id(1), &file, 20, 20).unwrap().columns()
    };
    assert_eq!(columns(&mut gallery).await, 4);
    gallery.fetched(id(1), path);
    assert_eq!(columns(&mut gallery).await, 16);
    gallery.fetched(id(1), folder.path().join("gone.png"));
    assert_eq!(columns(&mut gallery).await, 4);
}

#[test]
fn without_colours_or_switched_off_nothing_is_made() {
    let file = file(&samples::png(4, 4));
    for mut gallery in [
        Gallery::new(Art::Off, Depth::True),
        Gallery::new(Art::Blocks, Depth::None),
    ] {
        assert!(gallery.picture(id(1), &file, 20, 20).is_none());
        assert!(gallery.next_order().is_none());
    }
    let mut gallery = gallery();
    assert!(gallery.picture(id(1), &Hosted::default(), 9, 9).is_none());
    assert!(gallery.next_order().is_none());
}

#[test]
fn neither_orders_nor_pictures_pile_up() {
    let mut gallery = gallery();
    let file = file(&samples::png(4, 4));
    let many = u32::try_from(KEPT + ORDERS).unwrap();
    for number in 0..many {
        gallery.picture(id(number), &file, 20, 20);
    }
    let shelf = gallery.shelf.get_mut();
    assert_eq!(shelf.orders.len(), ORDERS);
    assert!(shelf.kept.len() <= KEPT);
    // The newest is made first.
    assert_eq!(
        gallery.next_order().unwrap().key.owner,
        PictureOwner::Line(id(many - 1))
    );
}

#[tokio::test]
async fn an_unsent_file_has_a_picture_or_is_told_to_be_broken() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, broken] = ["whole.png", "broken.png"].map(|name| folder.path().join(name));
    let bytes = samples::png(16, 8);
    std::fs::write(&whole, &bytes).unwrap();
    std::fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    let mut gallery = gallery();
    for path in [&whole, &broken] {
        let picture = gallery.unsent_picture(path, 9, 20, 20);
        assert!(matches!(picture, CardPicture::Coming), "{picture:?}");
    }
    assert_eq!(make_all(&mut gallery).await, []);
    let CardPicture::Drawn(picture) = gallery.unsent_picture(&whole, 9, 20, 20) else {
        panic!("a picture");
    };
    assert_eq!((picture.columns(), picture.rows()), (16, 4));
    let picture = gallery.unsent_picture(&broken, 9, 20, 20);
    assert!(matches!(picture, CardPicture::Failed(_)), "{picture:?}");
    // A file that was written anew is looked at anew.
    let picture = gallery.unsent_picture(&whole, 10, 20, 20);
    assert!(matches!(picture, CardPicture::Coming), "{picture:?}");
    let plain = Gallery::new(Art::Blocks, Depth::None);
    let picture = plain.unsent_picture(&whole, 9, 20, 20);
    assert!(matches!(picture, CardPicture::Absent), "{picture:?}");
}
