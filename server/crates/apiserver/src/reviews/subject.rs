//! authentication.k8s.io: who somebody is.

use k8s_openapi::api::authentication::v1::{
    SelfSubjectReview, SelfSubjectReviewStatus, TokenReview, TokenReviewStatus, UserInfo,
};

use crate::auth::Identity;
use crate::core::Core;
use crate::problem::{Outcome, Problem};

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
    let known = core.authenticator.bearer(token);
    review.status = Some(TokenReviewStatus {
        authenticated: known.map(|_| true),
        error: known.is_none().then(|| "invalid bearer token".to_owned()),
        user: known.map(user_info),
        ..TokenReviewStatus::default()
    });
    Ok(review)
}

fn user_info(identity: &Identity) -> UserInfo {
    UserInfo {
        username: Some(identity.user.clone()),
        groups: Some(identity.groups.clone()),
        ..UserInfo::default()
    }
}
