//! A body that ends with an error once it has passed a limit.
//!
//! Must not know: multipart, what the bytes are.

use crate::ingest::spool::{LimitExceeded, UploadLimits};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt as _};
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// The limit that a body passed, for whoever reads it through a parser.
pub type Passed = Rc<Cell<Option<LimitExceeded>>>;

/// Counts the bytes of a stream and stops it at the limits of a request.
pub struct Limited<S> {
    body: S,
    limits: UploadLimits,
    seen: u64,
    packed: Rc<Cell<u64>>,
    is_unpacked: bool,
    passed: Passed,
}

impl<S> Limited<S> {
    /// The bytes as received; counts them in `packed`.
    pub fn received(body: S, limits: UploadLimits, packed: Rc<Cell<u64>>, passed: Passed) -> Limited<S> {
        Limited { body, limits, seen: 0, packed, is_unpacked: false, passed }
    }

    /// The bytes after `Content-Encoding` was undone; they may not be too many for what is in `packed`.
    pub fn unpacked(body: S, limits: UploadLimits, packed: Rc<Cell<u64>>, passed: Passed) -> Limited<S> {
        Limited { body, limits, seen: 0, packed, is_unpacked: true, passed }
    }

    fn admit(&mut self, bytes: u64) -> Result<(), LimitExceeded> {
        self.seen += bytes;
        LimitExceeded::check("request_bytes", self.limits.request_bytes, self.seen)?;
        if self.is_unpacked {
            return self.limits.check_ratio(self.packed.get(), self.seen);
        }
        self.packed.set(self.seen);
        Ok(())
    }
}

impl<S> Stream for Limited<S>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.body.poll_next_unpin(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &polled
            && let Err(limit) = self.admit(chunk.len() as u64)
        {
            self.passed.set(Some(limit));
            return Poll::Ready(Some(Err(PayloadError::Overflow)));
        }
        polled
    }
}
