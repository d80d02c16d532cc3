//! Standard input, once.

use super::{
    Run, SourceError,
    byte_stream::{NextStartCode, publish},
};

pub(super) async fn run(mut run: Run<'_>) -> Result<(), SourceError> {
    publish(&mut tokio::io::stdin(), NextStartCode, "standard input", &mut run).await
}
