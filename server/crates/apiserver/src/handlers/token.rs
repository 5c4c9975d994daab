//! POST of a TokenRequest to a service account: `kubectl create token` (K-35).

use bytes::Bytes;
use http::StatusCode;
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::{
    BoundObjectReference, TokenRequest, TokenRequestStatus,
};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use orrery_apis::service_account::TOKEN_SECS;
use orrery_apis::{FieldError, FieldErrors};
use orrery_store::Entry;

use crate::call::{Answer, Call};
use crate::core::Core;
use crate::go_json;
use crate::go_types;
use crate::incoming;
use crate::meta;
use crate::params::{CREATE, WriteParams};
use crate::problem::{Outcome, Problem};
use crate::registry::Name;
use crate::tokens::{Account, Bound, Claims, ISSUER};

/// Upstream's default.
const LASTING_SECS: i64 = 3_600;
/// Upstream's bounds.
const SHORTEST_SECS: i64 = 600;
const LONGEST_SECS: i64 = 1 << 32;

/// How long one of a pod is good for, if that asks for as long as its admission does.
const EXTENDED_SECS: i64 = 365 * 24 * 3_600;

/// Makes a token of the account, and keeps no note of it.
pub async fn token(call: &Call, body: Bytes) -> Outcome<Answer> {
    let write = WriteParams::read(&call.params, CREATE)?;
    let json = incoming::json_as(
        &call.headers,
        "authentication.k8s.io/v1",
        "TokenRequest",
        body,
    )?;
    let (mut request, warnings): (TokenRequest, _) =
        incoming::request(&call.core, &json, write.field_validation)?;
    // unlike an object, a request need not say whose it is
    let named = request.metadata.name.replace(call.name.clone());
    meta::place(call, &mut request.metadata)?;
    check_name(call, named.filter(|name| !name.is_empty()))?;
    let namespace = call.namespace.as_deref();
    let account = call.core.entry(&call.resource, namespace, &call.name)?;
    check_uid(call, request.metadata.uid.as_deref(), &account)?;
    let spec = request.spec.get_or_insert_default();
    let audiences = spec.audiences.get_or_insert_default();
    if audiences.is_empty() {
        audiences.push(ISSUER.to_owned());
    }
    let lasting = *spec.expiration_seconds.get_or_insert(LASTING_SECS);
    check(lasting)?;
    let now = call.core.clock.now().as_second();
    let mut bound = bind(call, &account, spec.bound_object_ref.as_ref())?;
    let extends = lasting == TOKEN_SECS
        && bound.pod.is_some()
        && audiences.iter().all(|audience| audience == ISSUER);
    bound.warnafter = extends.then_some(now + lasting);
    let claims = Claims {
        aud: audiences.clone(),
        exp: now + if extends { EXTENDED_SECS } else { lasting },
        iat: now,
        iss: ISSUER.to_owned(),
        jti: call.core.clock.uid(),
        account: bound,
        nbf: now,
        sub: format!(
            "system:serviceaccount:{}:{}",
            account.key.namespace, call.name
        ),
    };
    let expires = Timestamp::from_second(now + lasting);
    let expires = expires.expect("a century lies within a timestamp");
    request.metadata.creation_timestamp = Some(meta::seconds(call.core.clock.now()));
    request.status = Some(TokenRequestStatus {
        token: Some(call.core.tokens.sign(&claims)),
        expiration_timestamp: Some(Time(expires)),
    });
    let value = go_types::ordered(&go_json::to_vec(&request));
    let answer = Answer::object(value.into()).code(StatusCode::CREATED);
    Ok(answer.warn(warnings))
}

/// Nor may it say that it is another's.
fn check_name(call: &Call, named: Option<String>) -> Outcome<()> {
    let Some(other) = named.filter(|name| *name != call.name) else {
        return Ok(());
    };
    let detail = "must match the service account name if specified";
    Err(Problem::Invalid {
        group: "authentication.k8s.io",
        kind: "TokenRequest",
        name: call.name.clone(),
        errors: vec![FieldError::invalid("metadata.name", other, detail)],
    })
}

/// A request may say which of the accounts that had the name it means.
fn check_uid(call: &Call, meant: Option<&str>, account: &Entry) -> Outcome<()> {
    let uid = &*account.columns.uid;
    let Some(meant) = meant.filter(|meant| !meant.is_empty() && *meant != uid) else {
        return Ok(());
    };
    Err(Problem::Conflict {
        resource: Name {
            group: "authentication.k8s.io",
            plural: "TokenRequest",
        },
        name: call.name.clone(),
        detail: format!(
            "the UID in the token request ({meant}) does not match the UID of the service account ({uid})"
        ),
    })
}

fn check(lasting: i64) -> Outcome<()> {
    let detail = match lasting {
        ..SHORTEST_SECS => "may not specify a duration less than 10 minutes",
        SHORTEST_SECS..=LONGEST_SECS => return Ok(()),
        _ => "may not specify a duration larger than 2^32 seconds",
    };
    let errors: FieldErrors = vec![FieldError::invalid(
        "spec.expirationSeconds",
        lasting,
        detail,
    )];
    Err(Problem::Invalid {
        group: "authentication.k8s.io",
        kind: "TokenRequest",
        name: String::new(),
        errors,
    })
}

fn bind(
    call: &Call,
    account: &Entry,
    reference: Option<&BoundObjectReference>,
) -> Outcome<Account> {
    let mut bound = Account {
        namespace: account.key.namespace.to_string(),
        serviceaccount: Bound {
            name: call.name.clone(),
            uid: account.columns.uid.to_string(),
        },
        node: None,
        pod: None,
        secret: None,
        warnafter: None,
    };
    let Some(reference) = reference else {
        return Ok(bound);
    };
    let kind = reference.kind.as_deref().unwrap_or_default();
    let version = said_version(reference);
    let group = version.split_once('/').map(|(group, _)| group);
    let of_core = group.unwrap_or_default().is_empty();
    let within = call.namespace.as_deref();
    let (plural, known, place, namespace) = match kind {
        "Pod" if of_core => ("pods", "Pod", &mut bound.pod, within),
        "Secret" if of_core => ("secrets", "Secret", &mut bound.secret, within),
        "Node" if of_core => ("nodes", "Node", &mut bound.node, None),
        _ => {
            let core = if version.contains('/') { "" } else { "/" };
            return Err(Problem::BadRequest(format!(
                "cannot bind token to object of type {core}{version}, Kind={kind}"
            )));
        }
    };
    let resource = call.core.resource("", plural);
    let name = reference.name.clone().unwrap_or_default();
    let entry = call.core.entry(resource, namespace, &name)?;
    let uid = entry.columns.uid.to_string();
    let wanted = reference.uid.as_deref().filter(|uid| !uid.is_empty());
    if let Some(wanted) = wanted.filter(|wanted| *wanted != uid) {
        return Err(Problem::Conflict {
            // upstream names the kind here, where all other conflicts name the resource
            resource: Name {
                group: "",
                plural: known,
            },
            name,
            detail: format!(
                "the UID in the bound object reference ({wanted}) does not match the UID in record. The object might have been deleted and then recreated"
            ),
        });
    }
    let of_pod = match kind {
        "Pod" => runs_as(call, &entry)?,
        _ => None,
    };
    *place = Some(Bound { name, uid });
    bound.node = bound.node.or(of_pod);
    Ok(bound)
}

/// What is no version at all is to upstream as if nothing had been said.
fn said_version(reference: &BoundObjectReference) -> &str {
    let said = reference.api_version.as_deref().unwrap_or_default();
    match said.matches('/').count() {
        0 | 1 if said != "/" => said,
        _ => "",
    }
}

/// A token is only bound to a pod of its account. Answers where that pod is bound to, which such a token tells, too.
fn runs_as(call: &Call, entry: &Entry) -> Outcome<Option<Bound>> {
    let object = Core::decode(call.core.resource("", "pods"), entry)?;
    let pod: &Pod = object.as_any().downcast_ref().expect("pods hold pods");
    let spec = pod.spec.as_ref();
    let account = spec.and_then(|spec| spec.service_account_name.as_deref());
    // a mirror has none
    if account.unwrap_or_default() != call.name {
        return Err(Problem::BadRequest(format!(
            "cannot bind token for serviceaccount {:?} to pod running with different serviceaccount name.",
            call.name
        )));
    }
    let node = spec.and_then(|spec| spec.node_name.clone());
    let node = node.filter(|name| !name.is_empty());
    Ok(node.map(|name| node_named(&call.core, name)))
}

fn node_named(core: &Core, name: String) -> Bound {
    let key = Core::key(core.resource("", "nodes"), None, &name);
    let entry = core.store.get(&key);
    let uid = entry.map(|entry| entry.columns.uid.to_string());
    Bound {
        name,
        uid: uid.unwrap_or_default(),
    }
}
