//! The cluster's errors as a person can act on them.

use orrery_app::backend::AppError;

/// By the API's own code, in the API's own words.
pub fn app_error(error: kube::Error) -> AppError {
    match error {
        kube::Error::Api(status) => {
            let message = status.message;
            match status.code {
                // to sign in to this page would not help
                401 => AppError::Away {
                    message: format!(
                        "the cluster does not accept Orrery's credentials ({message}); renew them and start Orrery again"
                    ),
                },
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

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    #[test]
    fn credentials_that_the_cluster_refuses_are_not_the_persons() {
        let mut status = Status::failure("Unauthorized", "Unauthorized");
        status.code = 401;
        let AppError::Away { message } = app_error(kube::Error::Api(Box::new(status))) else {
            panic!("nobody is asked to sign in")
        };
        assert!(message.contains("credentials (Unauthorized)"), "{message}");
    }
}
