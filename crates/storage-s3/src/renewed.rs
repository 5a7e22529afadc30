//! Keys that the service refuses while a program calls the SDK.

use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::retry::ErrorKind;

use crate::credentials::Source;
use crate::error::{Report, is_of_old_keys};

/// Has the SDK try again at once, as often as its attempts allow, with the keys that others have put in the place of those that
/// were refused. Keys are asked for at each try.
pub(crate) struct RenewKeys(pub(crate) Source);

impl fmt::Debug for RenewKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RenewKeys")
    }
}

impl ClassifyRetry for RenewKeys {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let refusal = context.response().filter(|answer| matches!(answer.status().as_u16(), 400 | 401 | 403));
        let told = refusal.and_then(|answer| answer.body().bytes()).map(|body| Report::read(body).code);
        if told.is_some_and(|code| is_of_old_keys(&code)) && self.0.refused() {
            return RetryAction::retryable_error_with_explicit_delay(
                ErrorKind::TransientError,
                Duration::ZERO,
            );
        }
        RetryAction::NoActionIndicated
    }

    fn name(&self) -> &'static str {
        "renewed keys"
    }
}
