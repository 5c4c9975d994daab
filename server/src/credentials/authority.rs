//! Signing certificates.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, Error, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use serde::{Deserialize, Serialize};

/// A certificate with its key, both as PEM.
#[derive(Clone, Serialize, Deserialize)]
pub struct Signed {
    pub certificate: String,
    pub key: String,
    pub expires: Timestamp,
}

/// A new authority, signed by itself.
pub fn found(now: Timestamp, lasting: SignedDuration) -> Result<Signed, Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, "orrery-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![
        KeyUsagePurpose::KeyCertSign,
        KeyUsagePurpose::CrlSign,
        KeyUsagePurpose::DigitalSignature,
    ];
    let expires = valid(&mut params, now, lasting);
    let certificate = params.self_signed(&key)?;
    Ok(Signed {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
        expires,
    })
}

/// A new private key, as PEM.
pub fn fresh_key() -> Result<String, Error> {
    Ok(KeyPair::generate()?.serialize_pem())
}

/// The PKCS #8 document of a private key that is given as PEM.
pub fn pkcs8(pem: &str) -> Result<Vec<u8>, Error> {
    Ok(KeyPair::from_pem(pem)?.serialize_der())
}

impl Signed {
    /// A server's certificate for those DNS names and addresses.
    pub fn sign_server(
        &self,
        names: &BTreeSet<String>,
        now: Timestamp,
        lasting: SignedDuration,
    ) -> Result<Self, Error> {
        let mut params = CertificateParams::new(names.iter().cloned().collect::<Vec<_>>())?;
        params.distinguished_name.push(DnType::CommonName, "orrery");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params, now, lasting)
    }

    /// A client's certificate: the user is its common name, the group its organization.
    pub fn sign_client(
        &self,
        user: &str,
        group: &str,
        now: Timestamp,
        lasting: SignedDuration,
    ) -> Result<Self, Error> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::OrganizationName, group);
        params.distinguished_name.push(DnType::CommonName, user);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.sign(params, now, lasting)
    }

    fn sign(
        &self,
        mut params: CertificateParams,
        now: Timestamp,
        lasting: SignedDuration,
    ) -> Result<Self, Error> {
        let issuer = Issuer::from_ca_cert_pem(&self.certificate, KeyPair::from_pem(&self.key)?)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let expires = valid(&mut params, now, lasting);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &issuer)?;
        Ok(Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            expires,
        })
    }
}

/// Valid from the day before, for clocks that differ a little; days are fine enough.
fn valid(params: &mut CertificateParams, now: Timestamp, lasting: SignedDuration) -> Timestamp {
    let day = SignedDuration::from_hours(24);
    let date = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let rcgen_time = |date: jiff::civil::Date| {
        date_time_ymd(date.year().into(), date.month() as u8, date.day() as u8)
    };
    params.not_before = rcgen_time(date(now - day));
    let last = date(now + lasting);
    params.not_after = rcgen_time(last);
    last.to_zoned(TimeZone::UTC)
        .map_or(now + lasting, |midnight| midnight.timestamp())
}
