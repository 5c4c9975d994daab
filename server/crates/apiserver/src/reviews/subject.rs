//! authentication.k8s.io: who somebody is.

use k8s_openapi::api::authentication::v1::{
    SelfSubjectReview, SelfSubjectReviewStatus, TokenReview, TokenReviewStatus, UserInfo,
};

use crate::auth::Identity;
use crate::core::Core;
use crate::problem::{Outcome, Problem};
use crate::tokens::{self, ISSUER};

/// `kubectl auth whoami`.
pub fn own(identity: &Identity, mut review: SelfSubjectReview) -> SelfSubjectReview {
    review.status = Some(SelfSubjectReviewStatus {
        user_info: Some(user_info(identity)),
    });
    review
}

/// Whose token it is.
pub fn token(core: &Core, mut review: TokenReview) -> Outcome<TokenReview> {
    let token = review.spec.token.as_str();
    if token.is_empty() {
        return Err(Problem::bad_request(
            "token is required for TokenReview in authentication",
        ));
    }
    let audiences = match &review.spec.audiences {
        Some(audiences) if !audiences.is_empty() => audiences.clone(),
        _ => vec![ISSUER.to_owned()],
    };
    let known = match core.authenticator.bearer(token) {
        // they are for this server, whatever else it is called
        Some(identity) => Some((identity.clone(), Vec::new())),
        None => tokens::identify(core, token, &audiences),
    };
    let error = known.is_none().then(|| "invalid bearer token".to_owned());
    let (user, audiences) = known.unzip();
    review.status = Some(TokenReviewStatus {
        authenticated: user.as_ref().map(|_| true),
        error,
        // of nobody, too, as Go has no absence of it
        user: Some(user.as_ref().map(user_info).unwrap_or_default()),
        audiences: audiences.filter(|audiences| !audiences.is_empty()),
    });
    Ok(review)
}

fn user_info(identity: &Identity) -> UserInfo {
    UserInfo {
        username: Some(identity.user.clone()),
        groups: Some(identity.groups.clone()),
        uid: Some(identity.uid.clone()).filter(|uid| !uid.is_empty()),
        extra: Some(identity.extra.clone()).filter(|extra| !extra.is_empty()),
    }
}
