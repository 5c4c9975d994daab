//! The key that tokens are signed with: ES256 (ECDSA over P-256), which upstream takes beside RS256. TLS has
//! brought its arithmetic along; to make RSA keys would take a library that nothing else here needs.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Claims;

pub const ALGORITHM: &str = "ES256";

/// What a public key of P-256 begins with as DER (RFC 5480); its point follows.
const PUBLIC_KEY_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// An uncompressed point: this byte, then two coordinates.
const COORDINATE_BYTES: usize = 32;

/// A private key of P-256.
pub struct TokenKey {
    pair: EcdsaKeyPair,
    id: String,
    /// Makes each signature differ. The system's and not the clock's, for no token is part of a history that
    /// is replayed, and whoever can guess it has the key.
    random: SystemRandom,
}

impl TokenKey {
    /// The key of a PKCS #8 document.
    ///
    /// # Errors
    /// When it holds no key of P-256.
    pub fn from_pkcs8(document: &[u8]) -> Result<Self, String> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document, &random)
            .map_err(|error| format!("it is no key of P-256: {error}"))?;
        Ok(Self {
            id: id_of(pair.public_key().as_ref()),
            pair,
            random,
        })
    }

    /// A new one.
    fn generate() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            .expect("the system has randomness");
        Self::from_pkcs8(document.as_ref()).expect("it was just made")
    }

    fn point(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// The public half, for others to check tokens with.
    pub fn public(&self) -> PublicKey<'_> {
        let (x, y) = self.point()[1..].split_at(COORDINATE_BYTES);
        PublicKey {
            purpose: "sig",
            kty: "EC",
            kid: &self.id,
            crv: "P-256",
            alg: ALGORITHM,
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        }
    }

    fn sign(&self, said: &str) -> String {
        let signature = self.pair.sign(&self.random, said.as_bytes());
        let signature = signature.expect("the system has randomness");
        URL_SAFE_NO_PAD.encode(signature)
    }

    fn has_signed(&self, said: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.point())
            .verify(said.as_bytes(), signature)
            .is_ok()
    }
}

/// The name of a key, as upstream derives it: the digest of its public half.
fn id_of(point: &[u8]) -> String {
    let digest = Sha256::new()
        .chain_update(PUBLIC_KEY_HEAD)
        .chain_update(point);
    URL_SAFE_NO_PAD.encode(digest.finalize())
}

/// A key as JSON (RFC 7517), in upstream's order.
#[derive(Serialize)]
pub struct PublicKey<'a> {
    #[serde(rename = "use")]
    purpose: &'static str,
    kty: &'static str,
    kid: &'a str,
    crv: &'static str,
    alg: &'static str,
    x: String,
    y: String,
}

/// Signs and checks; the key is of this server, or of its life where it was given none.
#[derive(Default)]
pub struct Signer(OnceLock<TokenKey>);

#[derive(Serialize, Deserialize)]
struct Head<'a> {
    alg: &'a str,
    kid: &'a str,
}

impl Signer {
    /// Signs with that key.
    pub fn with_key(key: Option<TokenKey>) -> Self {
        Self(key.map_or_else(OnceLock::new, OnceLock::from))
    }

    pub fn key(&self) -> &TokenKey {
        self.0.get_or_init(TokenKey::generate)
    }

    /// The token that says so.
    pub fn sign(&self, claims: &Claims) -> String {
        let key = self.key();
        let head = encode(&Head {
            alg: ALGORITHM,
            kid: &key.id,
        });
        let said = format!("{head}.{}", encode(claims));
        let signature = key.sign(&said);
        format!("{said}.{signature}")
    }

    /// What a token says, if this server signed it.
    pub fn read(&self, token: &str) -> Option<Claims> {
        let (said, signature) = token.rsplit_once('.')?;
        let (head, claims) = said.split_once('.')?;
        let head = URL_SAFE_NO_PAD.decode(head).ok()?;
        let head: Head<'_> = serde_json::from_slice(&head).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = self.key();
        // the algorithm is ours to choose, not the token's
        let is_ours = head.alg == ALGORITHM && head.kid == key.id;
        (is_ours && key.has_signed(said, &signature)).then_some(())?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }
}

fn encode(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("claims are plain data"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        let said = serde_json::json!({
            "aud": ["here"], "exp": 2, "iat": 1, "iss": "us", "jti": "id", "nbf": 1, "sub": "who",
            "kubernetes.io": {"namespace": "n", "serviceaccount": {"name": "s", "uid": "u"}},
        });
        serde_json::from_value(said).expect("claims")
    }

    #[test]
    fn k_35_only_what_the_key_has_signed_is_believed() {
        let signer = Signer::default();
        let token = signer.sign(&claims());
        assert_eq!(signer.read(&token), Some(claims()));
        assert_eq!(Signer::default().read(&token), None, "another's");
        let parts: Vec<&str> = token.split('.').collect();
        let [head, said, signature] = parts[..] else {
            panic!("{token}");
        };
        let mut other = claims();
        other.sub = "somebody else".to_owned();
        let unsigned = encode(&Head {
            alg: "none",
            kid: &signer.key().id,
        });
        for forged in [
            format!("{head}.{}.{signature}", encode(&other)),
            format!("{unsigned}.{said}."),
            format!("{head}.{said}."),
            format!("{head}.{said}"),
            String::new(),
        ] {
            assert_eq!(signer.read(&forged), None, "{forged}");
        }
    }

    #[test]
    fn k_35_a_public_key_is_the_point_of_the_signatures() {
        let signer = Signer::default();
        let token = signer.sign(&claims());
        let key = serde_json::to_value(signer.key().public()).expect("a key");
        let bytes = |field: &str| {
            let text = key[field].as_str().expect("a text");
            URL_SAFE_NO_PAD.decode(text).expect("base64")
        };
        let point = [&[4_u8][..], &bytes("x"), &bytes("y")].concat();
        let (said, signature) = token.rsplit_once('.').expect("a token");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64");
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point)
            .verify(said.as_bytes(), &signature)
            .expect("whoever has the public key can check it");
        let head = URL_SAFE_NO_PAD.decode(said.split('.').next().expect("a head"));
        let head: serde_json::Value =
            serde_json::from_slice(&head.expect("base64")).expect("a head");
        assert_eq!(head, serde_json::json!({"alg": "ES256", "kid": key["kid"]}));
    }
}
