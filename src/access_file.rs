//! Follows who may do what in the configuration file, so that another password counts within a second. The rest of the file waits
//! for SIGHUP.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use crate::{access::Access, args::Args, config::Config};

/// The file is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Applies each change of the file's users and access settings, for as long as it is polled.
pub(crate) async fn follow(args: Args, access: Access) {
    let Some(path) = args.config.clone() else { return };
    let mut seen = version(path.clone()).await;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = version(path.clone()).await;
        if now == seen {
            continue;
        }
        seen = now;
        let args = args.clone();
        match tokio::task::spawn_blocking(move || Config::from_args(&args)).await {
            Ok(Ok(config)) => access.set_rules(config.access),
            Ok(Err(error)) => tracing::warn!("users not applied: {error}"),
            Err(error) => tracing::error!("configuration not read: {error}"),
        }
    }
}

/// When the file was written, and its length. The file system may take its time.
async fn version(path: PathBuf) -> Option<(SystemTime, u64)> {
    let metadata = tokio::task::spawn_blocking(move || std::fs::metadata(path)).await;
    metadata.ok()?.ok().and_then(|metadata| Some((metadata.modified().ok()?, metadata.len())))
}
