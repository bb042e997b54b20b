//! The last step of an answer: compresses it where that tells nobody anything, and pads it where `[listen] pad` says so.
//! `docs/http-api.md`, "Compression and padding", says which answers are compressed and why.

use bytes::Bytes;
use http::StatusCode;

use crate::clients::state::Client;
use crate::content_coding::brotli::BrotliEncoder;
use crate::content_coding::gzip::GzipEncoder;
use crate::content_coding::{CodingFailed, ContentCoding};
use crate::server::accept_encoding::AcceptedCodings;
use crate::server::endpoint::Endpoint;
use crate::server::padding;
use crate::server::response::{self, Response};
use crate::state::AppState;
use crate::work::{AnswerWork, BudgetExceeded, WorkLost};

/// The codings of complete answers. Of equal weights the first is taken: brotli makes a page 3 % shorter, in twice the time.
const OFFERED: [ContentCoding; 2] = [ContentCoding::Gzip, ContentCoding::Brotli];

/// Codes and pads a complete answer. One that streams, an asset or an empty one stays as it is.
pub(super) async fn apply(
    state: &AppState,
    client: &Client,
    endpoint: Option<Endpoint<'_>>,
    accepted: AcceptedCodings,
    mut response: Response,
) -> Response {
    let may_compress = endpoint.is_none_or(Endpoint::may_compress);
    // A redirect is padded together with its target.
    let pads = state.pad && endpoint.is_none_or(Endpoint::is_padded) && response.status() != StatusCode::SEE_OTHER;
    let Some(body) = response.body().whole_bytes().filter(|body| !body.is_empty()).cloned() else { return response };
    if may_compress {
        response::vary_by_coding(&mut response);
    }
    // A refusal must cost little.
    let is_long = body.len() >= state.compress_bytes && response.status().is_success();
    let is_worth_it = is_long || accepted.refuses_identity();
    let coding = if may_compress && is_worth_it { accepted.best(&OFFERED) } else { ContentCoding::Identity };
    // A body that cannot be coded within the budget of an answer, or for which no memory is left, is sent as it is.
    let held = state.limiter.take_spare_bytes(client, coding.encoder_bytes(body.len()), &state.waiting_bytes);
    if held.is_some()
        && let Ok(coded) = coded(state, coding, &body, pads).await
        && (coded.len() < body.len() || pads || accepted.refuses_identity())
    {
        return response::with_coding(response, coding, coded.into());
    }
    if pads {
        let padded = padding::padded(response::media_type(&response), &body);
        return response::with_coding(response, ContentCoding::Identity, padded);
    }
    response
}

/// A body was not coded: its work exceeds the budget, or the coder failed.
struct NotCoded;

impl From<CodingFailed> for NotCoded {
    fn from(_: CodingFailed) -> Self {
        Self
    }
}

impl From<BudgetExceeded> for NotCoded {
    fn from(_: BudgetExceeded) -> Self {
        Self
    }
}

impl From<WorkLost> for NotCoded {
    fn from(_: WorkLost) -> Self {
        Self
    }
}

/// The coded body. Work that is more than a slice lets others have the thread in between.
async fn coded(state: &AppState, coding: ContentCoding, body: &Bytes, pads: bool) -> Result<Vec<u8>, NotCoded> {
    let mut encoder = BodyEncoder::new(coding).ok_or(NotCoded)?;
    let (mut work, mut rest) = (AnswerWork::new(state.coding_lane.clone()), body.clone());
    while !rest.is_empty() {
        let turn = work.turn().await;
        let slice = rest.split_to(coding.bytes_of(turn.slice()).min(rest.len()));
        work.charge(coding.work(slice.len()))?;
        encoder = turn.run(move || encoder.push(&slice)).await??;
    }
    Ok(work.turn().await.run(move || encoder.finish(pads)).await??)
}

/// Codes a complete body.
enum BodyEncoder {
    Gzip(GzipEncoder, Vec<u8>),
    Brotli(Box<BrotliEncoder>),
}

impl BodyEncoder {
    fn new(coding: ContentCoding) -> Option<Self> {
        match coding {
            ContentCoding::Identity => None,
            ContentCoding::Gzip => Some(Self::Gzip(GzipEncoder::default(), Vec::new())),
            ContentCoding::Brotli => Some(Self::Brotli(Box::default())),
        }
    }

    fn push(mut self, content: &[u8]) -> Result<Self, CodingFailed> {
        match &mut self {
            Self::Gzip(encoder, out) => encoder.push(content, out)?,
            Self::Brotli(encoder) => encoder.push(content)?,
        }
        Ok(self)
    }

    fn finish(self, pads: bool) -> Result<Vec<u8>, CodingFailed> {
        match self {
            Self::Gzip(encoder, mut out) => {
                if pads {
                    encoder.finish_padded(&mut out)?
                } else {
                    encoder.finish(&mut out)?
                }
                Ok(out)
            }
            Self::Brotli(encoder) => encoder.finish(pads),
        }
    }
}
