//! Waiting for what nobody announces.

use std::time::Duration;

use anyhow::{Result, bail};

/// Between looks: soon enough for a person, rare enough for a busy machine.
const LOOK: Duration = Duration::from_millis(100);

/// Looks again and again until it holds.
pub async fn eventually(
    patience: Duration,
    mut holds: impl AsyncFnMut() -> Result<bool>,
) -> Result<()> {
    let mut looks = tokio::time::interval(LOOK);
    let held = async {
        loop {
            looks.tick().await;
            if holds().await? {
                return anyhow::Ok(());
            }
        }
    };
    match tokio::time::timeout(patience, held).await {
        Ok(result) => result,
        Err(_) => bail!("it did not hold within {patience:?}"),
    }
}
