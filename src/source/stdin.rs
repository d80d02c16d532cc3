//! Standard input, once.

use super::{
    Run, SourceError,
    byte_stream::{Silence, publish},
    frame_end::Cuts,
};

pub(super) async fn run(mut run: Run<'_>) -> Result<(), SourceError> {
    publish(&mut tokio::io::stdin(), Cuts::Arbitrary, Silence::Wait, "standard input", &mut run).await
}
