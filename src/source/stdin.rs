//! Standard input, once.

use super::{
    Run, SourceError,
    byte_stream::{Input, Silence, publish},
    frame_end::Cuts,
    input_format::InputFormat,
};

/// What comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What it is; told by the first bytes if not given.
    pub format: Option<InputFormat>,
}

pub(super) async fn run(config: &Config, mut run: Run<'_>) -> Result<(), SourceError> {
    let input = Input { format: config.format, cuts: Cuts::Arbitrary, silence: Silence::Wait };
    publish(&mut tokio::io::stdin(), input, "standard input", &mut run).await
}
