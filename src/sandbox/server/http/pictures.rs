//! The pictures of Riley's cards. The real cloud serves none: there they lie at the brand's.

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use crate::sandbox::{agents::served::served, server::http::account::AccountDenial};

pub(crate) async fn picture(Path(file): Path<String>) -> Response {
    let Some(bytes) = served(&file) else {
        let why = "there is no picture of this name";
        return AccountDenial::new(StatusCode::NOT_FOUND, why).into_response();
    };
    let media = HeaderValue::from_static("image/png");
    ([(header::CONTENT_TYPE, media)], bytes).into_response()
}
