//! Bodies that came compressed, within bounds.

use flate2::{Decompress, FlushDecompress, Status};

/// Most that comes out of a body: as much as comes in uncompressed.
const LARGEST: usize = 1024 * 1024;
/// Bytes by which what comes out grows.
const STEP: usize = 64 * 1024;
/// The largest window there is.
const WINDOW_BITS: u8 = 15;

/// What comes out of a body with this `Content-Encoding`, as far as it can be had; `None` when that
/// is nothing, or for an encoding that is not known.
pub(super) fn decoded(encoding: &str, body: &[u8]) -> Option<Vec<u8>> {
    let encoding = encoding.trim().to_ascii_lowercase();
    match encoding.as_str() {
        "gzip" | "x-gzip" => inflated(Decompress::new_gzip(WINDOW_BITS), body),
        // Some peers leave the zlib header out.
        "deflate" => {
            inflated(Decompress::new(true), body).or_else(|| inflated(Decompress::new(false), body))
        }
        _ => None,
    }
}

fn inflated(mut stream: Decompress, body: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut taken = 0;
    while out.len() < LARGEST {
        out.reserve(STEP);
        let (rest, before) = (body.get(taken..)?, out.len());
        let status = stream.decompress_vec(rest, &mut out, FlushDecompress::None);
        let total = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
        let goes_on = matches!(status, Ok(Status::Ok)) && (total > taken || out.len() > before);
        if !goes_on {
            break;
        }
        taken = total;
    }
    out.truncate(LARGEST);
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use flate2::{Compress, Compression, FlushCompress};

    use super::*;

    fn compressed(mut stream: Compress, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.len() + 1024);
        stream
            .compress_vec(body, &mut out, FlushCompress::Finish)
            .unwrap();
        out
    }

    #[test]
    fn what_was_compressed_comes_out_as_far_as_it_can_be_had_and_no_further_than_the_bound() {
        let body = b"{\"kind\":\"notification\"}".repeat(100);
        let best = Compression::best();
        let gzip = compressed(Compress::new_gzip(best, WINDOW_BITS), &body);
        for (encoding, packed) in [
            ("gzip", gzip.clone()),
            (" X-GZIP", gzip.clone()),
            ("deflate", compressed(Compress::new(best, true), &body)),
            ("deflate", compressed(Compress::new(best, false), &body)),
        ] {
            assert_eq!(
                decoded(encoding, &packed).as_ref(),
                Some(&body),
                "{encoding}"
            );
        }
        let cut = decoded("gzip", gzip.get(..gzip.len() / 2).unwrap()).unwrap_or_default();
        assert!(body.starts_with(&cut));
        assert_eq!(decoded("gzip", b"plain"), None);
        assert_eq!(decoded("br", &gzip), None);
        let bomb = compressed(
            Compress::new_gzip(best, WINDOW_BITS),
            &vec![b' '; 50 * LARGEST],
        );
        assert_eq!(decoded("gzip", &bomb).map(|out| out.len()), Some(LARGEST));
    }
}
