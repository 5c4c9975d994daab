//! The line to a pod's init: orders go out, descriptors with them, and reports come in.

use std::io::IoSlice;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};

use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use crate::pod_init::proto::{REPORT_LIMIT_BYTES, Report};

/// An order, with the descriptors that go along.
pub struct Message {
    pub bytes: Vec<u8>,
    pub descriptors: Vec<OwnedFd>,
}

pub async fn send(mut queue: mpsc::UnboundedReceiver<Message>, mut writer: OwnedWriteHalf) {
    while let Some(Message { bytes, descriptors }) = queue.recv().await {
        let sent = match descriptors.is_empty() {
            true => Ok(0),
            false => send_along(&writer, &bytes, &descriptors).await,
        };
        let Ok(sent) = sent else { return };
        if writer.write_all(&bytes[sent..]).await.is_err() {
            return;
        }
    }
}

/// Sends the beginning of a message with its descriptors; answers how much of it.
async fn send_along(
    writer: &OwnedWriteHalf,
    bytes: &[u8],
    descriptors: &[OwnedFd],
) -> std::io::Result<usize> {
    let raw: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let along = [ControlMessage::ScmRights(&raw)];
    let socket: &UnixStream = writer.as_ref();
    let attempt = || {
        let slices = [IoSlice::new(bytes)];
        let flags = MsgFlags::MSG_NOSIGNAL;
        Ok(sendmsg::<()>(
            socket.as_raw_fd(),
            &slices,
            &along,
            flags,
            None,
        )?)
    };
    socket.async_io(Interest::WRITABLE, attempt).await
}

pub async fn read(reader: &mut OwnedReadHalf) -> Option<Report> {
    let length = reader
        .read_u32()
        .await
        .ok()
        .filter(|length| *length <= REPORT_LIMIT_BYTES)?;
    let mut body = vec![0; length as usize];
    reader.read_exact(&mut body).await.ok()?;
    serde_json::from_slice(&body).ok()
}
