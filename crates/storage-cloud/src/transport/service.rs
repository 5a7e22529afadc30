//! Calls of one service: sent, again where that helps, and their answers looked at.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::{HeaderMap, Uri};
use storage_types::{Error, Result};

use super::{Answer, Call, Failure, PAGE, Request, Transport};

/// What is a service's own about its calls: how they are addressed and signed, and what their answers mean.
pub trait Service: Sync {
    /// What it has to know of a call.
    type Own: Send + Sync;

    /// What sends.
    fn transport(&self) -> &Transport;

    /// Where a call goes.
    fn uri(&self, call: &Call<Self::Own>) -> impl Future<Output = Result<Uri>> + Send;

    /// Adds what says who asks, and when: anew for each try. Nothing is changed after it but the length of an empty body.
    fn sign(&self, call: &Call<Self::Own>, request: &mut Request) -> impl Future<Output = Result<()>> + Send;

    /// What an answer means that is no success.
    fn meaning(&self, failure: &Failure, own: &Self::Own) -> Error;

    /// The answer, if it is one of the service: with status 200, anything on the way may answer.
    fn verified(&self, answer: Answer, call: &Call<Self::Own>)
    -> impl Future<Output = Result<Answer>> + Send;

    /// Whether an answer refuses credentials that were good when they were taken, and may be replaced by now.
    fn refuses_credentials(&self, failure: &Failure) -> bool {
        failure.status == 401
    }

    /// How often the credentials have been renewed.
    fn renewals(&self) -> u64 {
        0
    }

    /// Gets other credentials, unless that was done since there had been so many renewals. `false` where there are no others.
    fn renewed(&self, renewals: u64) -> impl Future<Output = bool> + Send;

    /// Sends a call, again where that helps, and once more when the service refused credentials that others have replaced.
    ///
    /// # Errors
    ///
    /// Those of [`uri`](Self::uri), [`sign`](Self::sign), [`meaning`](Self::meaning) and [`verified`](Self::verified); `Timeout`
    /// and `Interrupted` when there is no answer.
    fn send(&self, call: &Call<Self::Own>) -> impl Future<Output = Result<Answer>> + Send {
        async {
            let (refused, renewals) = (AtomicBool::new(false), self.renewals());
            let mut again = false;
            loop {
                match send_once(self, call, &refused).await {
                    // Rare: boxed, so that the common way stays small.
                    Err(_)
                        if !again
                            && refused.load(Ordering::Relaxed)
                            && Box::pin(self.renewed(renewals)).await =>
                    {
                        again = true;
                    }
                    result => return result,
                }
            }
        }
    }

    /// Sends a call that may always be repeated, for the whole of its answer and its headers.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send); `Interrupted` and `Timeout` when the body is cut off every time; `Unexpected` when it is
    /// longer than [`PAGE`].
    fn whole(&self, call: &Call<Self::Own>) -> impl Future<Output = Result<(HeaderMap, Bytes)>> + Send {
        async {
            let mut tries = self.transport().retry().start();
            loop {
                match self.send(call).await?.into_parts(PAGE).await {
                    Err(error) if tries.again(&error).await => {}
                    whole => return whole,
                }
            }
        }
    }
}

/// With the credentials of the moment. Notes whether these were refused.
async fn send_once<S: Service + ?Sized>(
    service: &S,
    call: &Call<S::Own>,
    refused: &AtomicBool,
) -> Result<Answer> {
    let uri = service.uri(call).await?;
    let make = || async {
        let mut request = call.request(uri.clone());
        service.sign(call, &mut request).await?;
        Ok(request)
    };
    let explain = |failure: &Failure| {
        refused.fetch_or(service.refuses_credentials(failure), Ordering::Relaxed);
        service.meaning(failure, &call.own)
    };
    let answer = service.transport().send(call.replay, call.also, make, explain).await?;
    service.verified(answer, call).await
}
