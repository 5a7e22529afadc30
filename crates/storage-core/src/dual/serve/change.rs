//! What `PUT` and `DELETE` ask for (RFC 9110, 9.3.4 and 9.3.5).

use std::time::SystemTime;

use bytes::Bytes;
use md5::{Digest, Md5};
use storage_types::serve::{Precondition, PutOptions, PutPlan, ServePlan, ServeRequest};
use storage_types::{DeleteOptions, Error, ErrorKind, Metadata, Operation, Result, WriteMode};

use super::ServeResponse;
use crate::dual::node::StorageNode;
use crate::dual::pieces::Pieces;
use crate::maybe_async;

#[maybe_async]
impl StorageNode {
    /// Does what a `DELETE` asks for (RFC 9110, 9.3.5): 204, or 404 where nothing is stored. `If-Match`, `If-None-Match` and
    /// `If-Unmodified-Since` hold in the same step, else 412.
    ///
    /// # Errors
    ///
    /// What the store says; `Unsupported` for a condition on a mount that has no conditional deletes. [`ServeResponse::of_error`]
    /// makes an answer of it: 409 for a directory.
    pub async fn serve_delete(&self, request: &ServeRequest) -> Result<ServeResponse> {
        if request.method != "DELETE" {
            return Ok(answer(ServePlan::empty(405).with("allow", "DELETE")));
        }
        let (mode, _) = match self.demanded(request, Operation::Delete).await? {
            Some(demanded) => demanded,
            None => return Ok(answer(ServePlan::empty(412))),
        };
        let options = match mode {
            WriteMode::IfMatch(etag) => DeleteOptions::new().if_match(etag),
            // Nothing is to be there, and then nothing is to be done.
            WriteMode::Create => {
                let status = if self.exists().await? { 412 } else { 404 };
                return Ok(answer(ServePlan::empty(status)));
            }
            _ => DeleteOptions::new(),
        };
        match self.delete_if_exists_with(&options).await {
            Ok(was_there) => Ok(answer(ServePlan::empty(if was_there { 204 } else { 404 }))),
            Err(error) if options.if_match.is_some() && is_refusal(&error) => {
                Ok(answer(ServePlan::empty(412)))
            }
            Err(error) => Err(error),
        }
    }

    /// Does what a `PUT` asks for, with a body in pieces.
    pub(crate) async fn put_pieces<P: Pieces>(
        &self,
        request: &ServeRequest,
        body: &mut P,
        options: &PutOptions,
    ) -> Result<ServeResponse> {
        let can = self.capabilities();
        let mut plan = match PutPlan::new(request, options, can.user_metadata || can.opaque_paths) {
            Ok(plan) => plan,
            Err(refused) => return Ok(answer(refused)),
        };
        let Some((mode, was_there)) = self.demanded(request, Operation::Write).await? else {
            return Ok(answer(ServePlan::empty(412)));
        };
        let is_conditional = mode != WriteMode::Replace;
        plan.options.mode = mode;
        // A file system that keeps no attributes stores the content all the same.
        plan.options.metadata_optional = plan.options.content_encoding.is_none();
        let mut checked = Checked::new(body, &plan, options.max_bytes);
        let written = self.write_pieces(&mut checked, &plan.options).await;
        match (checked.refused, written) {
            (Some(status), _) => Ok(answer(ServePlan::empty(status))),
            (None, Ok(metadata)) => Ok(answer(ServePlan::stored(!was_there, &metadata, SystemTime::now()))),
            (None, Err(error)) if is_conditional && is_refusal(&error) => Ok(answer(ServePlan::empty(412))),
            (None, Err(error)) => Err(error),
        }
    }

    /// The condition that the store has to check, and whether something is there, as far as a write has to know; `None` when
    /// those of the request do not hold.
    async fn demanded(
        &self,
        request: &ServeRequest,
        operation: Operation,
    ) -> Result<Option<(WriteMode, bool)>> {
        match request.precondition() {
            Precondition::Checked(mode) => {
                let is_there = matches!(mode, WriteMode::IfMatch(_));
                Ok(Some((mode, is_there)))
            }
            Precondition::None if operation == Operation::Delete => Ok(Some((WriteMode::Replace, true))),
            Precondition::None => Ok(Some((WriteMode::Replace, self.is_file().await?))),
            _ => {
                let stored = self.stat_if_exists().await?.filter(Metadata::is_file);
                let Some(mode) = request.settled(stored.as_ref(), SystemTime::now()) else { return Ok(None) };
                if mode == WriteMode::Replace {
                    // Without a tag nobody can tell whether it is the same still.
                    let lacks =
                        Error::unsupported("check this condition in the step that changes the content");
                    return Err(self.described(operation, lacks));
                }
                Ok(Some((mode, stored.is_some())))
            }
        }
    }
}

fn answer(plan: ServePlan) -> ServeResponse {
    ServeResponse::new(plan, None)
}

/// Whether a condition did not hold any more when the store looked.
fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::PreconditionFailed | ErrorKind::AlreadyExists)
}

/// A body that is compared with what was declared while it comes.
struct Checked<'a, P> {
    body: &'a mut P,
    left: Option<u64>,
    /// Bytes that may come still.
    room: u64,
    md5: Option<([u8; 16], Md5)>,
    /// The status that tells what is wrong with it.
    refused: Option<u16>,
}

impl<'a, P> Checked<'a, P> {
    fn new(body: &'a mut P, plan: &PutPlan, max_bytes: Option<u64>) -> Self {
        let md5 = plan.md5.map(|declared| (declared, Md5::new()));
        Self { body, left: plan.length, room: max_bytes.unwrap_or(u64::MAX), md5, refused: None }
    }

    fn refuse(&mut self, status: u16, why: &'static str) -> Error {
        self.refused = Some(status);
        Error::invalid(why)
    }

    fn take(&mut self, piece: &Bytes) -> Result<()> {
        let length = piece.len() as u64;
        let Some(room) = self.room.checked_sub(length) else {
            return Err(self.refuse(413, "the body is longer than is allowed"));
        };
        self.room = room;
        if let Some(left) = self.left {
            let Some(left) = left.checked_sub(length) else {
                return Err(self.refuse(400, "the body is longer than it was declared"));
            };
            self.left = Some(left);
        }
        if let Some((_, md5)) = &mut self.md5 {
            md5.update(piece);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        if self.left.is_some_and(|left| left > 0) {
            return Err(self.refuse(400, "the body is shorter than it was declared"));
        }
        let same = self.md5.take().is_none_or(|(declared, md5)| declared == <[u8; 16]>::from(md5.finalize()));
        if same { Ok(()) } else { Err(self.refuse(400, "the body has another MD5 than was declared")) }
    }
}

#[maybe_async]
impl<P: Pieces> Pieces for Checked<'_, P> {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let piece = self.body.next().await?;
        match &piece {
            Some(piece) => self.take(piece)?,
            None => self.end()?,
        }
        Ok(piece)
    }
}
