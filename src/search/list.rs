//! Reads an answer with a list of results. It is read as a whole, so a long one is read on a thread for dear answers: the thread that
//! serves connections would do nothing else meanwhile.

use std::sync::Arc;

use crate::answer::json::{AnswerError, JsonAnswer};
use crate::answer::json_mapping::JsonMapping;
use crate::http_client::body::UpstreamBody;
use crate::problem::PartnerFailure;
use crate::search::verdict::read_json;
use crate::work::{WorkLost, work_of};

/// The longest answer that is read at once on the thread of the search, in bytes. Most answers are shorter; one takes some tenth of
/// a millisecond.
const MAX_INLINE_BYTES: usize = 32_768;

/// The work for a byte of JSON.
const JSON_WORK: u64 = 5;

/// Reads the results of an answer, or why they cannot be read.
///
/// # Errors
/// The body could not be received.
pub(super) async fn read_list(
    mut body: UpstreamBody,
    mapping: &Arc<JsonMapping>,
) -> Result<Result<JsonAnswer, AnswerError>, PartnerFailure> {
    let charset = body.charset();
    let bytes = body.read_all().await?;
    body.charge(work_of(bytes.len(), JSON_WORK))?;
    let turn = body.turn().await?;
    if bytes.len() <= MAX_INLINE_BYTES {
        return Ok(read_json(&bytes, charset.as_deref(), mapping));
    }
    let mapping = mapping.clone();
    let reading = turn.run_aside(move || read_json(&bytes, charset.as_deref(), &mapping));
    reading.await.map_err(|WorkLost| PartnerFailure::Shape)
}
