//! Long answers in pieces: of one that a client does not read, the connection holds a piece, not the whole. So many
//! clients that read nothing take little memory. Must not know: what an answer says.

use actix_web::body::{BodySize, EitherBody, MessageBody};
use actix_web::web::Bytes;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes of a piece: as many as the connection gathers before it writes.
const PIECE: usize = 32 << 10;
/// Longest answer that leaves as one: with its head it takes no more of the connection than a piece does, which is
/// gathered in a buffer twice as large. Pages of lists have about so many, and each write costs as much as making
/// some of their rows.
const WHOLE: usize = 60 << 10;

/// What is left of an answer.
pub struct Pieces(Bytes);

/// The same body, in pieces when it is long and in memory.
pub fn in_pieces<B: MessageBody>(body: B) -> EitherBody<B, Pieces> {
    match body.size() {
        BodySize::Sized(length) if length > WHOLE as u64 => match body.try_into_bytes() {
            Ok(bytes) => EitherBody::right(Pieces(bytes)),
            Err(stream) => EitherBody::left(stream),
        },
        _ => EitherBody::left(body),
    }
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let left = &mut self.get_mut().0;
        let length = left.len().min(PIECE);
        Poll::Ready((length > 0).then(|| Ok(left.split_to(length))))
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use actix_web::body::to_bytes;
    use std::future::poll_fn;
    use std::pin::pin;

    #[actix_web::test]
    async fn a_long_answer_comes_in_pieces_and_whole() {
        let long: Vec<u8> = (0..PIECE * 2 + 7).map(|at| (at % 251) as u8).collect();
        let mut body = pin!(in_pieces(long.clone()));
        assert_eq!(body.size(), BodySize::Sized(long.len() as u64));
        let (mut sizes, mut whole) = (Vec::new(), Vec::new());
        while let Some(piece) = poll_fn(|cx| body.as_mut().poll_next(cx)).await {
            let piece = piece.unwrap();
            sizes.push(piece.len());
            whole.extend_from_slice(&piece);
        }
        assert_eq!((sizes, whole), (vec![PIECE, PIECE, 7], long));
    }

    #[actix_web::test]
    async fn a_short_one_stays_as_it_is() {
        let body = in_pieces(vec![b'a'; WHOLE]);
        assert!(matches!(body, EitherBody::Left { .. }));
        assert_eq!(to_bytes(body).await.unwrap().len(), WHOLE);
    }
}
