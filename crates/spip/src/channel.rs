//! The private channel to the hook: JSON lines, some followed by raw bytes.

use std::collections::HashMap;
use std::io;

use spip_core::Package;
use spip_plan::Event;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use crate::judge::Permission;

/// The longest line that is read, in bytes. A plan of a thousand packages has about ten million.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// The longest payload, in bytes.
const LONGEST_PAYLOAD: usize = 64 * 1024 * 1024;

const BOOT: &str = include_str!("hook/boot.py");
const HOOK: &str = include_str!("hook/hook.py");

/// What Python is told to run first.
pub(crate) fn boot() -> &'static str {
    BOOT
}

/// Why the channel cannot be used any longer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChannelError {
    /// The socket failed.
    #[error("talk to the hook inside pip: {0}")]
    Io(#[from] io::Error),
    /// The hook sent something that is no message.
    #[error(transparent)]
    Garbled(#[from] spip_plan::EventError),
    /// The hook sent more than it may.
    #[error("read the hook's message: it is too long")]
    TooLong,
    /// The stream ended inside a message.
    #[error("read the hook's message: it is cut off")]
    CutOff,
}

/// The guard's end.
pub(crate) struct Channel {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Channel {
    pub(crate) fn new(stream: UnixStream) -> Self {
        let (reader, writer) = stream.into_split();
        Self {
            reader: BufReader::with_capacity(256 * 1024, reader),
            writer,
        }
    }

    /// The next message with its payload; `None` once every process has closed its end.
    pub(crate) async fn next(&mut self) -> Result<Option<(Event, Vec<u8>)>, ChannelError> {
        let mut line = Vec::new();
        let mut bounded = (&mut self.reader).take(LONGEST_LINE);
        if bounded.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        if line.last() != Some(&b'\n') {
            let full = u64::try_from(line.len()).is_ok_and(|length| length >= LONGEST_LINE);
            return Err(if full {
                ChannelError::TooLong
            } else {
                ChannelError::CutOff
            });
        }
        let event = Event::parse(&line)?;
        let length = event.payload();
        if length > LONGEST_PAYLOAD {
            return Err(ChannelError::TooLong);
        }
        let mut payload = vec![0; length];
        self.reader.read_exact(&mut payload).await?;
        Ok(Some((event, payload)))
    }

    /// Sends the hook itself to a process that has just started.
    pub(crate) async fn send_hook(&mut self) -> Result<(), ChannelError> {
        let boot = serde_json::to_string(BOOT).map_err(io::Error::from)?;
        let source = format!("BOOT = {boot}\n{HOOK}");
        self.writer
            .write_all(format!("{:08x}", source.len()).as_bytes())
            .await?;
        self.writer.write_all(source.as_bytes()).await?;
        Ok(())
    }

    /// Lets a waiting process go on. This takes an approval. The names are those of the hook.
    pub(crate) async fn allow(
        &mut self,
        id: &str,
        permission: Permission,
        names: &HashMap<String, Package>,
    ) -> Result<(), ChannelError> {
        let digest = |(name, package): (&String, &Package)| {
            Some((
                name.clone(),
                permission.sha256.get(&package.id)?.to_string(),
            ))
        };
        let sha256: HashMap<_, _> = names.iter().filter_map(digest).collect();
        self.reply(&serde_json::json!({ "id": id, "ok": true, "sha256": sha256 }))
            .await
    }

    /// Tells a process that it will be guarded.
    pub(crate) async fn acknowledge(&mut self, id: &str) -> Result<(), ChannelError> {
        self.reply(&serde_json::json!({ "id": id, "ok": true }))
            .await
    }

    /// Lets a process go on, unguarded: its command installs nothing.
    pub(crate) async fn release(&mut self, id: &str) -> Result<(), ChannelError> {
        self.reply(&serde_json::json!({ "id": id, "ok": true, "guard": false }))
            .await
    }

    /// Stops a waiting process.
    pub(crate) async fn refuse(&mut self, id: &str, why: &str) -> Result<(), ChannelError> {
        self.reply(&serde_json::json!({ "id": id, "ok": false, "why": why }))
            .await
    }

    async fn reply(&mut self, reply: &serde_json::Value) -> Result<(), ChannelError> {
        let mut line = reply.to_string();
        line.push('\n');
        Ok(self.writer.write_all(line.as_bytes()).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the guard makes of these bytes, after which the other side is gone.
    async fn read(bytes: &[u8]) -> Result<Option<(Event, Vec<u8>)>, ChannelError> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(bytes).await.unwrap();
        drop(theirs);
        Channel::new(ours).next().await
    }

    #[tokio::test]
    async fn reads_a_message_and_its_payload() {
        let page =
            b"{\"type\": \"page\", \"url\": \"u\", \"final_url\": null, \"content_type\": null, \
            \"absent\": false, \"too_large\": false, \"payload\": 3}\nabcdef";
        let (event, payload) = read(page).await.unwrap().unwrap();
        assert!(matches!(event, Event::Page { .. }));
        assert_eq!(payload, b"abc");
    }

    #[tokio::test]
    async fn tells_the_end_from_a_message_that_is_cut_off_or_garbled() {
        assert!(matches!(read(b"").await, Ok(None)));
        let cut = read(b"{\"type\": \"boot\"").await;
        assert!(matches!(cut, Err(ChannelError::CutOff)));
        let garbled = read(b"\x00\xffnonsense\n").await;
        assert!(matches!(garbled, Err(ChannelError::Garbled(_))));
        let without_payload = b"{\"type\": \"page\", \"url\": \"u\", \"final_url\": null, \
            \"content_type\": null, \"absent\": false, \"too_large\": false, \"payload\": 9}\nabc";
        assert!(matches!(
            read(without_payload).await,
            Err(ChannelError::Io(_))
        ));
    }

    #[tokio::test]
    async fn refuses_a_payload_beyond_the_bound_without_reading_it() {
        let flood =
            b"{\"type\": \"page\", \"url\": \"u\", \"final_url\": null, \"content_type\": null, \
            \"absent\": false, \"too_large\": false, \"payload\": 99999999999}\n";
        assert!(matches!(read(flood).await, Err(ChannelError::TooLong)));
    }
}
