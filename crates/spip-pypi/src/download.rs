//! One bounded download, piece by piece.

use std::io::Write;

use spip_core::{Cause, Gap, SafeUrl};
use tokio::time::timeout;

use crate::failure::{broken, not_http, refused, seconds, too_large};
use crate::transport::{FILE, Transport, is_http};

impl Transport {
    /// Writes the file at this address. The deadline counts for the answer and for each piece.
    pub(crate) async fn download(
        &self,
        url: &SafeUrl,
        into: &mut (dyn Write + Send),
        largest: u64,
    ) -> Result<(), Gap> {
        if !is_http(url.secret()) {
            return Err(not_http(url));
        }
        let _permit = self.permits.acquire().await;
        let deadline = self.limits.deadline;
        let silent = |_| {
            let waited = format!("did not answer within {} s", seconds(deadline));
            Gap::new(Cause::Unreachable, format!("{} {waited}", url.bare()))
        };
        let opened = timeout(deadline, self.open(url.secret(), FILE)).await;
        let (hop, mut response) = opened.map_err(silent)?.map_err(|failure| failure.gap)?;
        if response.status().as_u16() != 200 {
            return Err(refused(&hop, &response).gap);
        }
        let mut left = largest;
        while let Some(chunk) = timeout(deadline, response.chunk())
            .await
            .map_err(silent)?
            .map_err(|error| broken(&hop, &error).gap)?
        {
            let rest = left.checked_sub(chunk.len() as u64);
            left = rest.ok_or_else(|| too_large(&hop, largest))?;
            into.write_all(&chunk)
                .map_err(|error| Gap::new(Cause::Unreadable, format!("cannot be kept: {error}")))?;
        }
        Ok(())
    }
}
