//! What upstream warns of in a certificate with its key: that there is none where it should be. Whether the key
//! fits, which upstream tries, is not looked at.

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;

const CERTIFICATE: &str = "CERTIFICATE";

pub(super) fn warnings(secret: &Secret) -> Vec<String> {
    if secret.type_.as_deref() != Some("kubernetes.io/tls") {
        return Vec::new();
    }
    let part = |key: &str| {
        let text = secret.data.as_ref().and_then(|data| data.get(key));
        blocks(text.map_or(&[][..], |ByteString(text)| text.as_slice()))
    };
    let wrong = without_certificate(&part("tls.crt")).or_else(|| without_key(&part("tls.key")));
    wrong.into_iter().collect()
}

/// Go's `tls.X509KeyPair` of the first part.
fn without_certificate(blocks: &[String]) -> Option<String> {
    match blocks {
        blocks if blocks.iter().any(|block| block == CERTIFICATE) => None,
        [] => Some("tls: failed to find any PEM data in certificate input".to_owned()),
        [key] if key.ends_with("PRIVATE KEY") => Some(
            "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may \
             have been switched"
                .to_owned(),
        ),
        others => Some(format!(
            "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the \
             following types: [{}]",
            others.join(" ")
        )),
    }
}

/// The same of the second.
fn without_key(blocks: &[String]) -> Option<String> {
    let is_key = |block: &String| block == "PRIVATE KEY" || block.ends_with(" PRIVATE KEY");
    match blocks {
        blocks if blocks.iter().any(is_key) => None,
        [] => Some("tls: failed to find any PEM data in key input".to_owned()),
        [block] if block == CERTIFICATE => Some(
            "tls: found a certificate rather than a key in the PEM for the private key".to_owned(),
        ),
        others => Some(format!(
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks \
             of the following types: [{}]",
            others.join(" ")
        )),
    }
}

/// The types of the PEM blocks in a text, in their order.
fn blocks(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let mut found = Vec::new();
    let mut open = None;
    for line in text.lines().map(str::trim_end) {
        if let Some(block) = marked(line, "-----BEGIN ") {
            open = Some(block);
        } else if let Some(block) = marked(line, "-----END ")
            && open.take() == Some(block)
        {
            found.push(block.to_owned());
        }
    }
    found
}

fn marked<'a>(line: &'a str, how: &str) -> Option<&'a str> {
    line.strip_prefix(how)?.strip_suffix("-----")
}
