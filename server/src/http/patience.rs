//! How long a body may take: a client that stops in the middle of one is told so and let go.
//!
//! Must not know: what is in a body. How long a head may take says `server.rs`.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::rt::time::timeout;
use futures_util::StreamExt as _;
use std::io::ErrorKind;
use std::time::Duration;

/// Longest silence within a body.
pub const SILENCE: Duration = Duration::from_secs(30);
/// Longest time that a body of parameters may take as a whole.
pub const SMALL_BODY: Duration = Duration::from_secs(60);

/// The same body, but that it ends with an error after so long a silence.
pub fn patient(payload: Payload, silence: Duration) -> Payload {
    if matches!(payload, Payload::None) {
        return payload;
    }
    let stream = futures_util::stream::unfold(Some(payload), move |body| async move {
        let mut body = body?;
        match timeout(silence, body.next()).await {
            Ok(Some(chunk)) => Some((chunk, Some(body))),
            Ok(None) => None,
            Err(_) => Some((Err(PayloadError::Io(ErrorKind::TimedOut.into())), None)),
        }
    });
    Payload::Stream { payload: Box::pin(stream) }
}

/// Whether a body ended because the client was silent for too long.
pub fn was_silent(error: &PayloadError) -> bool {
    matches!(error, PayloadError::Io(error) if error.kind() == ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use actix_web::web::Bytes;
    use futures_util::Stream;
    use std::pin::Pin;

    type BoxedPayloadStream = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

    #[actix_web::test]
    async fn a_body_that_stops_is_ended() {
        let first = futures_util::stream::iter([Ok(Bytes::from_static(b"a"))]);
        let body: BoxedPayloadStream = Box::pin(first.chain(futures_util::stream::pending()));
        let mut body = patient(Payload::Stream { payload: body }, Duration::from_millis(5));
        assert_eq!(body.next().await.unwrap().unwrap(), Bytes::from_static(b"a"));
        assert!(was_silent(&body.next().await.unwrap().unwrap_err()));
        assert!(body.next().await.is_none());
    }

    #[actix_web::test]
    async fn a_body_that_ends_is_whole() {
        let all = futures_util::stream::iter([Ok(Bytes::from_static(b"a")), Ok(Bytes::from_static(b"b"))]);
        let all: BoxedPayloadStream = Box::pin(all);
        let body = patient(Payload::Stream { payload: all }, Duration::from_secs(60));
        let chunks: Vec<Bytes> = body.map(|chunk| chunk.unwrap()).collect().await;
        assert_eq!(chunks.concat(), b"ab");
        assert!(matches!(patient(Payload::None, SILENCE), Payload::None));
    }
}
