//! Commands beside a container (`exec`) and the container's own streams (`attach`).

use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt;
use tokio::io::AsyncWrite;

use super::ends::{self, Ends};
use super::pod::Pod;
use crate::pod_init::proto::{Role, Start};
use crate::runtime::ContainerSpec;
use crate::streams::{AttachSpec, ExecSpec, Resize, Session, SessionError, Streams, Writer};

/// Starts a command beside its container.
pub async fn exec(pod: Option<Arc<Pod>>, spec: ExecSpec) -> Result<Session, SessionError> {
    let ExecSpec {
        container,
        argv,
        streams,
        ..
    } = spec;
    let pod = pod.ok_or(SessionError::NotRunning)?;
    pod.running(&container).ok_or(SessionError::NotRunning)?;
    let ends = Ends::of_command(streams).map_err(no_descriptors)?;
    let mut start = Start {
        argv,
        exec: true,
        roles: ends.roles,
        ..pod.template(&container)
    };
    if streams.tty && start.env.iter().all(|(name, _)| name != "TERM") {
        // As upstream's runtimes do for a terminal.
        start.env.push(("TERM".to_owned(), "xterm".to_owned()));
    }
    let exit = pod.exec(&container, start, ends.theirs).await;
    let exit = exit.map_err(|message| match pod.running(&container) {
        Some(_) => SessionError::CannotRun(message),
        None => SessionError::NotRunning,
    })?;
    Ok(Session {
        stdin: ends.stdin,
        stdout: ends.stdout,
        stderr: ends.stderr,
        resize: ends.resize,
        exit: exit.boxed(),
    })
}

/// Joins what a container writes from now on, and what it reads when it reads anything.
pub async fn attach(pod: Option<Arc<Pod>>, spec: AttachSpec) -> Result<Session, SessionError> {
    let AttachSpec {
        container, streams, ..
    } = spec;
    let pod = pod.ok_or(SessionError::NotRunning)?;
    let attempt = pod.running(&container).ok_or(SessionError::NotRunning)?;
    let input = pod.input(&container);
    let is_terminal = input.as_ref().is_some_and(|input| input.is_terminal);
    let wanted = Streams {
        stderr: streams.stderr && !is_terminal,
        ..streams
    };
    let ends = Ends::outputs(wanted).map_err(no_descriptors)?;
    // before the client can write: what the container answers shall not be missed
    pod.attach(&container, ends.roles, ends.theirs).await;
    let (stdin, resize) = match input {
        Some(input) => {
            joined(&pod, &container, attempt, &input, streams).map_err(no_descriptors)?
        }
        // Nobody reads it; upstream drops it, too.
        None => (None, None),
    };
    let ended = {
        let container = container.clone();
        async move {
            pod.ended(&container, attempt).await;
            Some(0)
        }
    };
    Ok(Session {
        stdin,
        stdout: ends.stdout,
        stderr: ends.stderr,
        resize,
        exit: ended.boxed(),
    })
}

fn joined(
    pod: &Arc<Pod>,
    container: &str,
    attempt: u32,
    input: &Input,
    streams: Streams,
) -> io::Result<(Option<Writer>, Option<Resize>)> {
    let resize = match input.is_terminal {
        true => Some(ends::resize(input.descriptor.try_clone()?)),
        false => None,
    };
    if !streams.stdin {
        return Ok((None, resize));
    }
    let writer = ends::writer(input.descriptor.try_clone()?)?;
    let writer: Writer = match input.once {
        false => writer,
        true => Box::new(Once {
            writer,
            pod: pod.clone(),
            container: container.to_owned(),
            attempt,
        }),
    };
    Ok((Some(writer), resize))
}

fn no_descriptors(error: io::Error) -> SessionError {
    SessionError::CannotRun(format!("open its streams: {error}"))
}

/// What is written to a container that reads.
pub struct Input {
    descriptor: OwnedFd,
    is_terminal: bool,
    /// `stdinOnce`: it ends with the first client's.
    once: bool,
}

impl Input {
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self {
            descriptor: self.descriptor.try_clone()?,
            ..*self
        })
    }
}

/// What a container that can be attached to is started with.
#[derive(Default)]
pub struct Streamed {
    pub roles: Vec<Role>,
    pub theirs: Vec<OwnedFd>,
    pub input: Option<Input>,
}

/// The terminal or the pipe that the container asks for.
pub fn streamed(spec: &ContainerSpec) -> io::Result<Streamed> {
    if spec.tty {
        let (screen, terminal) = ends::open_terminal()?;
        return Ok(Streamed {
            roles: vec![Role::Terminal, Role::Screen],
            input: Some(Input {
                descriptor: screen.try_clone()?,
                is_terminal: true,
                once: false,
            }),
            theirs: vec![terminal, screen],
        });
    }
    if !spec.stdin {
        return Ok(Streamed::default());
    }
    let (read, write) = io::pipe()?;
    Ok(Streamed {
        roles: vec![Role::Stdin],
        theirs: vec![read.into()],
        input: Some(Input {
            descriptor: write.into(),
            is_terminal: false,
            once: spec.stdin_once,
        }),
    })
}

/// Ends the container's input with the client's.
struct Once {
    writer: Writer,
    pod: Arc<Pod>,
    container: String,
    attempt: u32,
}

impl Drop for Once {
    fn drop(&mut self) {
        self.pod.close_input(&self.container, self.attempt);
    }
}

impl AsyncWrite for Once {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writer).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_shutdown(context)
    }
}
