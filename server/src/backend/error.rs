//! The cluster's errors as a person can act on them.

use orrery_app::backend::AppError;

/// By the API's own code, in the API's own words.
pub fn app_error(error: kube::Error) -> AppError {
    match error {
        kube::Error::Api(status) => {
            let message = status.message;
            match status.code {
                401 => AppError::SignIn,
                404 | 410 => AppError::Gone { message },
                400..=499 => AppError::Refused { message },
                _ => AppError::Away { message },
            }
        }
        error => AppError::Away {
            message: error.to_string(),
        },
    }
}
