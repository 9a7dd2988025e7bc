//! gRPC messages in HTTP bodies: a compression flag, the length in four bytes, the message
//! (gRPC over HTTP/2, "Length-Prefixed-Message"). Ours are never compressed.

use axum::body::Body;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use tonic::{Code, Status};

const PREFIX: usize = 5;

/// A message as the body of a request.
pub fn encode(message: &impl prost::Message) -> Bytes {
    let length = message.encoded_len();
    let mut frame = BytesMut::with_capacity(PREFIX + length);
    frame.put_u8(0);
    frame.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    // The buffer is large enough, which is all that can be wrong.
    let _ = message.encode(&mut frame);
    frame.freeze()
}

/// The answer of a gRPC service: messages, then a status.
#[derive(Debug)]
pub struct Reply {
    body: Body,
    buffer: BytesMut,
    status: Option<Status>,
}

impl Reply {
    /// Reads an answer.
    ///
    /// # Errors
    /// The status of a call that was refused before its first message.
    pub fn new(response: http::Response<Body>) -> Result<Self, Status> {
        if let Some(status) = Status::from_header_map(response.headers())
            && status.code() != Code::Ok
        {
            return Err(status);
        }
        Ok(Self {
            body: response.into_body(),
            buffer: BytesMut::new(),
            status: None,
        })
    }

    /// The next message; `None` after the last.
    ///
    /// # Errors
    /// The status that the call ended with.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            if let Some(message) = self.take_message() {
                return Ok(Some(message));
            }
            if let Some(status) = self.status.take() {
                return match status.code() {
                    Code::Ok => Ok(None),
                    _ => Err(status),
                };
            }
            match self.body.frame().await {
                None => {
                    self.status = Some(Status::ok(""));
                }
                Some(Err(error)) => return Err(Status::internal(error.to_string())),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.buffer.extend_from_slice(&data),
                    Err(frame) => self.status = frame.into_trailers().ok().map(end),
                },
            }
        }
    }

    /// The only message of a unary call.
    ///
    /// # Errors
    /// The status that the call ended with.
    pub async fn only(mut self) -> Result<Bytes, Status> {
        let message = self.next().await?;
        while self.next().await?.is_some() {}
        message.ok_or_else(|| Status::internal("the service answered nothing"))
    }

    fn take_message(&mut self) -> Option<Bytes> {
        let prefix = self.buffer.get(1..PREFIX)?;
        let length = u32::from_be_bytes(prefix.try_into().ok()?) as usize;
        if self.buffer.len() < PREFIX + length {
            return None;
        }
        self.buffer.advance(PREFIX);
        Some(self.buffer.split_to(length).freeze())
    }
}

fn end(trailers: HeaderMap) -> Status {
    Status::from_header_map(&trailers).unwrap_or_else(|| Status::ok(""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;

    fn reply(frames: Vec<Frame<Bytes>>) -> Reply {
        let frames = futures::stream::iter(frames.into_iter().map(Ok::<_, std::io::Error>));
        Reply::new(http::Response::new(Body::new(StreamBody::new(frames)))).unwrap()
    }

    fn trailers(status: Status) -> Frame<Bytes> {
        let mut headers = HeaderMap::new();
        status.add_header(&mut headers).unwrap();
        Frame::trailers(headers)
    }

    #[tokio::test]
    async fn messages_are_found_however_the_bytes_are_cut() {
        let mut bytes = encode(&"hello".to_owned()).to_vec();
        bytes.extend(encode(&"you".to_owned()));
        for cut in 1..bytes.len() {
            let (head, tail) = bytes.split_at(cut);
            let mut reply = reply(vec![
                Frame::data(Bytes::copy_from_slice(head)),
                Frame::data(Bytes::copy_from_slice(tail)),
                trailers(Status::ok("")),
            ]);
            let mut found: Vec<String> = Vec::new();
            while let Some(message) = reply.next().await.unwrap() {
                found.push(prost::Message::decode(message).unwrap());
            }
            assert_eq!(found, ["hello", "you"], "cut at {cut}");
        }
    }

    #[tokio::test]
    async fn a_status_after_messages_is_an_error() {
        let frames = vec![
            Frame::data(encode(&"hello".to_owned())),
            trailers(Status::unavailable("draining")),
        ];
        let mut reply = reply(frames);
        assert!(reply.next().await.unwrap().is_some());
        assert_eq!(reply.next().await.unwrap_err().code(), Code::Unavailable);
    }
}
