//! Bytes within JSON: as text where they are that, for as numbers they would take four times the room.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize)]
enum Told<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

#[derive(Deserialize)]
enum Heard {
    Text(String),
    Bytes(Vec<u8>),
}

pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    let told = match std::str::from_utf8(bytes) {
        Ok(text) => Told::Text(text),
        Err(_) => Told::Bytes(bytes),
    };
    told.serialize(to)
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    Ok(match Heard::deserialize(from)? {
        Heard::Text(text) => text.into_bytes(),
        Heard::Bytes(bytes) => bytes,
    })
}

#[cfg(test)]
mod tests {
    use crate::pod_init::proto::{Content, encode, read};
    use crate::runtime::VolumeFile;

    #[test]
    fn what_files_hold_arrives_whatever_it_is() {
        for bytes in [&b"a token"[..], b"\0two\nlines", b"\xff\xfe no text", b""] {
            let file = VolumeFile {
                path: "token".to_owned(),
                content: bytes.to_vec(),
                mode: 0o600,
            };
            let content = Content {
                volume: "v".to_owned(),
                files: vec![file],
            };
            let sent = encode(&content);
            let heard: Option<Content> = read(&mut &sent[..]).expect("it is whole");
            assert_eq!(heard, Some(content));
        }
    }

    #[test]
    fn text_is_sent_as_text() {
        let content = "a".repeat(1_000).into_bytes();
        let file = VolumeFile {
            path: "token".to_owned(),
            content,
            mode: 0o600,
        };
        assert!(encode(&file).len() < 1_100);
    }
}
