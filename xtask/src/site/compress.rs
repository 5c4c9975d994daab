//! Compressed forms, made once here rather than for every visitor.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};

/// Below this a compressed answer saves no packet.
const WORTH_BYTES: usize = 1_000;

/// Formats that are compressed already.
const PACKED: [&str; 6] = ["png", "jpg", "webp", "woff2", "ico", "gz"];

/// The compressed forms worth keeping, by file ending.
pub fn forms(file: &Path, bytes: &[u8]) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let ending = file
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    if bytes.len() < WORTH_BYTES || PACKED.contains(&ending) {
        return Ok(Vec::new());
    }
    let forms = [("br", brotli(bytes)?), ("gz", gzip(bytes)?)];
    Ok(forms
        .into_iter()
        .filter(|(_, form)| form.len() < bytes.len())
        .collect())
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &params)?;
    Ok(packed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_gains_is_compressed() {
        let rows = [
            ("a.js", vec![b'a'; 5_000], 2, "text gains"),
            (
                "a.js",
                vec![b'a'; 500],
                0,
                "a small file fits a packet as it is",
            ),
            (
                "a.png",
                vec![b'a'; 5_000],
                0,
                "pictures are compressed already",
            ),
        ];
        for (name, bytes, forms_made, sentence) in rows {
            let made = forms(Path::new(name), &bytes).expect("compressing in memory");
            assert_eq!(made.len(), forms_made, "{name}: {sentence}");
        }
    }
}
