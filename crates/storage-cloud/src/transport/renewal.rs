//! Credentials that were good when a mount took them, and that the service refuses by now.

use std::sync::atomic::{AtomicBool, Ordering};

use storage_types::Result;

/// Whether the service refused the credentials of a request.
#[derive(Debug, Default)]
pub struct Refusal(AtomicBool);

impl Refusal {
    /// Notes whether an answer was such a refusal.
    pub fn note(&self, refused: bool) {
        self.0.fetch_or(refused, Ordering::Relaxed);
    }
}

/// Makes a request by `send`, which notes in `refusal` whether its credentials were refused; then once more, when `renew` has got
/// others.
///
/// # Errors
///
/// Those of `send`.
pub async fn with_renewal<T, F, R>(
    refusal: &Refusal,
    send: impl Fn() -> F,
    renew: impl FnOnce() -> R,
) -> Result<T>
where
    F: Future<Output = Result<T>>,
    R: Future<Output = bool>,
{
    match send().await {
        Err(_) if refusal.0.load(Ordering::Relaxed) && renew().await => send().await,
        result => result,
    }
}
