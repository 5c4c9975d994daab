//! authorization.k8s.io: what an identity may do.

use k8s_openapi::api::authorization::v1::{
    LocalSubjectAccessReview, NonResourceAttributes, NonResourceRule, ResourceAttributes,
    ResourceRule, SelfSubjectAccessReview, SelfSubjectRulesReview, SubjectAccessReview,
    SubjectAccessReviewStatus, SubjectRulesReviewStatus,
};
use orrery_apis::{FieldError, FieldErrors};
use serde::Serialize;

use crate::auth::Identity;
use crate::authorize::{self, Act};
use crate::problem::{Outcome, Problem};

/// `kubectl auth can-i`.
pub fn own(
    identity: &Identity,
    mut review: SelfSubjectAccessReview,
) -> Outcome<SelfSubjectAccessReview> {
    let spec = &review.spec;
    let (of_resource, of_path) = (&spec.resource_attributes, &spec.non_resource_attributes);
    let errors = one_of(of_resource.as_ref(), of_path.as_ref());
    refuse("SelfSubjectAccessReview", errors)?;
    review.status = Some(verdict(identity, of_resource.as_ref(), of_path.as_ref()));
    Ok(review)
}

/// The same about somebody else.
pub fn of_subject(mut review: SubjectAccessReview) -> Outcome<SubjectAccessReview> {
    let spec = &review.spec;
    let (of_resource, of_path) = (&spec.resource_attributes, &spec.non_resource_attributes);
    let mut errors = one_of(of_resource.as_ref(), of_path.as_ref());
    let (user, groups) = (
        spec.user.clone().unwrap_or_default(),
        spec.groups.clone().unwrap_or_default(),
    );
    if user.is_empty() && groups.is_empty() {
        let detail = "at least one of user or group must be specified";
        errors.push(FieldError::invalid("spec.user", "", detail));
    }
    refuse("SubjectAccessReview", errors)?;
    let subject = Identity {
        user,
        groups,
        ..Identity::default()
    };
    review.status = Some(verdict(&subject, of_resource.as_ref(), of_path.as_ref()));
    Ok(review)
}

/// The same in one namespace.
pub fn of_subject_in(
    namespace: &str,
    mut review: LocalSubjectAccessReview,
) -> Outcome<LocalSubjectAccessReview> {
    let given = review.metadata.namespace.get_or_insert_default();
    if !given.is_empty() && given != namespace {
        return Err(Problem::BadRequest(format!(
            "namespace on request ({namespace}) must match metadata.namespace ({given})"
        )));
    }
    namespace.clone_into(given);
    let asked = review.spec.resource_attributes.as_ref();
    let elsewhere = asked.and_then(|asked| asked.namespace.clone());
    if let Some(elsewhere) = elsewhere.filter(|elsewhere| elsewhere != namespace) {
        let (field, detail) = (
            "spec.resourceAttributes.namespace",
            "must match metadata.namespace",
        );
        let errors = vec![FieldError::invalid(field, elsewhere, detail)];
        refuse("LocalSubjectAccessReview", errors)?;
    }
    if let Some(path) = &review.spec.non_resource_attributes {
        let (field, detail) = (
            "spec.nonResourceAttributes",
            "disallowed on this kind of request",
        );
        let errors = vec![FieldError::invalid(field, InternalPath::of(path), detail)];
        refuse("LocalSubjectAccessReview", errors)?;
    }
    let whole = SubjectAccessReview {
        spec: review.spec.clone(),
        ..SubjectAccessReview::default()
    };
    review.status = of_subject(whole)?.status;
    Ok(review)
}

/// `kubectl auth can-i --list`.
pub fn own_rules(
    identity: &Identity,
    mut review: SelfSubjectRulesReview,
) -> Outcome<SelfSubjectRulesReview> {
    if review.spec.namespace.as_deref().is_none_or(str::is_empty) {
        return Err(Problem::bad_request("no namespace on request"));
    }
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let resource_rules = authorize::rules(identity).map(|rule| ResourceRule {
        verbs: owned(rule.verbs),
        api_groups: Some(owned(rule.groups)),
        resources: Some(owned(rule.resources)),
        resource_names: None,
    });
    let everything = identity.is_administrator().then(|| NonResourceRule {
        verbs: owned(&["*"]),
        non_resource_urls: Some(owned(&["*"])),
    });
    let open = NonResourceRule {
        verbs: owned(&["get"]),
        non_resource_urls: Some(authorize::paths(identity).map(str::to_owned).collect()),
    };
    review.status = Some(SubjectRulesReviewStatus {
        resource_rules: resource_rules.collect(),
        non_resource_rules: everything.into_iter().chain([open]).collect(),
        ..SubjectRulesReviewStatus::default()
    });
    Ok(review)
}

fn verdict(
    identity: &Identity,
    of_resource: Option<&ResourceAttributes>,
    of_path: Option<&NonResourceAttributes>,
) -> SubjectAccessReviewStatus {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let allowed = match (of_resource, of_path) {
        (Some(asked), _) => authorize::may(
            identity,
            &Act {
                verb: &text(&asked.verb),
                group: &text(&asked.group),
                resource: &text(&asked.resource),
                subresource: &text(&asked.subresource),
                namespace: asked.namespace.as_deref(),
                name: &text(&asked.name),
            },
        ),
        (None, Some(asked)) => {
            authorize::may_path(identity, &text(&asked.verb), &text(&asked.path))
        }
        (None, None) => false,
    };
    SubjectAccessReviewStatus {
        allowed,
        ..SubjectAccessReviewStatus::default()
    }
}

fn one_of(
    of_resource: Option<&ResourceAttributes>,
    of_path: Option<&NonResourceAttributes>,
) -> FieldErrors {
    match (of_resource, of_path) {
        (Some(_), Some(path)) => vec![FieldError::invalid(
            "spec.nonResourceAttributes",
            InternalPath::of(path),
            "cannot be specified in combination with resourceAttributes",
        )],
        (None, None) => vec![FieldError::invalid(
            "spec.resourceAttributes",
            // a pointer to nothing
            "null",
            "exactly one of nonResourceAttributes or resourceAttributes must be specified",
        )],
        _ => FieldErrors::new(),
    }
}

/// A path as Go writes the type that it has inside.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InternalPath<'a> {
    path: &'a str,
    verb: &'a str,
}

impl<'a> InternalPath<'a> {
    fn of(asked: &'a NonResourceAttributes) -> Self {
        Self {
            path: asked.path.as_deref().unwrap_or_default(),
            verb: asked.verb.as_deref().unwrap_or_default(),
        }
    }
}

fn refuse(kind: &'static str, errors: FieldErrors) -> Outcome<()> {
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Problem::Invalid {
            group: "authorization.k8s.io",
            kind,
            name: String::new(),
            errors,
        }),
    }
}
