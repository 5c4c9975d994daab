use std::net::Ipv4Addr;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::*;
use crate::scratch::Scratch;

fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().expect("a literal time")
}

fn load(dir: &DataDir, days_later: i64) -> Credentials {
    let now = noon() + days_long(days_later);
    Credentials::load(dir, Ipv4Addr::LOCALHOST.into(), now).expect("a folder that can be written")
}

#[test]
fn they_are_made_once_and_renewed_in_time() {
    let scratch = Scratch::new();
    let first = load(&scratch.dir, 0);
    let rows = [
        (1, true, true, "the next day nothing changes"),
        (
            LEAF_DAYS - RENEW_DAYS - 2,
            true,
            true,
            "nor while a month is left",
        ),
        (
            LEAF_DAYS - RENEW_DAYS + 1,
            true,
            false,
            "then leaves are signed anew, by the same authority",
        ),
    ];
    for (day, same_authority, same_server, sentence) in rows {
        let later = load(&scratch.dir, day);
        assert_eq!(
            later.authority.certificate == first.authority.certificate,
            same_authority,
            "{sentence}"
        );
        assert_eq!(
            later.server.certificate == first.server.certificate,
            same_server,
            "{sentence}"
        );
        assert_eq!(later.token, first.token, "{sentence}");
    }
    let last = load(&scratch.dir, AUTHORITY_DAYS - LEAF_DAYS);
    assert_ne!(
        last.authority.certificate, first.authority.certificate,
        "no leaf may outlast its authority"
    );
}

#[test]
fn the_key_of_tokens_is_kept_and_made_where_there_was_none() {
    let scratch = Scratch::new();
    let first = load(&scratch.dir, 0);
    first.token_key().expect("a key that signs");
    let later = load(&scratch.dir, LEAF_DAYS - RENEW_DAYS + 1);
    assert_eq!(later.token_key, first.token_key, "it outlives certificates");
    let mut older = serde_json::to_value(&later).expect("plain data");
    older
        .as_object_mut()
        .expect("an object")
        .remove("token_key");
    let text = serde_json::to_vec(&older).expect("plain data");
    scratch.dir.write(FILE, &text).expect("written");
    let upgraded = load(&scratch.dir, LEAF_DAYS - RENEW_DAYS + 1);
    assert_eq!(upgraded.token, first.token);
    assert_ne!(upgraded.token_key, first.token_key);
    upgraded.token_key().expect("a key that signs");
}

#[test]
fn another_listen_address_is_another_name_on_the_certificate() {
    let scratch = Scratch::new();
    let first = load(&scratch.dir, 0);
    let other =
        Credentials::load(&scratch.dir, Ipv4Addr::new(192, 0, 2, 7).into(), noon()).expect("loads");
    assert_ne!(other.server.certificate, first.server.certificate);
    assert!(
        other.names.contains("192.0.2.7")
            && other.names.contains("localhost")
            && other.names.contains("::1")
    );
}

#[test]
fn the_admin_certificate_reads_as_the_administrator() {
    let scratch = Scratch::new();
    let admin = CertificateDer::from_pem_slice(load(&scratch.dir, 0).admin.certificate.as_bytes());
    let identity = identity_of(&admin.expect("our own PEM")).expect("it names a user");
    assert_eq!(identity.user, ADMIN_USER);
    assert!(identity.is_administrator());
}
