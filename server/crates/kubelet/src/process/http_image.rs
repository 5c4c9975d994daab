//! What the built-in images run: a tiny HTTP server, and the pause that only waits. The binary itself,
//! executed again, so that the examples need nothing on the host.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use nix::sys::signal::{SigSet, Signal};

use super::images::{HTTP_ARGUMENT, PAUSE_ARGUMENT};

/// Bytes of a request head that are read before it is refused.
const HEAD_LIMIT_BYTES: u64 = 16 << 10;

/// Runs a built-in image when `args` (without the program's name) ask for one, and never returns then.
pub fn main_if_asked(args: &[String]) {
    match args.first().map(String::as_str) {
        Some(HTTP_ARGUMENT) => std::process::exit(serve(&args[1..])),
        Some(PAUSE_ARGUMENT) => std::process::exit(pause()),
        _ => {}
    }
}

/// Waits for SIGTERM or SIGINT.
fn pause() -> i32 {
    let ends: SigSet = [Signal::SIGTERM, Signal::SIGINT].into_iter().collect();
    match ends.thread_block().and_then(|()| ends.wait()) {
        Ok(_) => 0,
        Err(_) => 1,
    }
}

/// `--port=N` (8080 or $PORT), `--text=T` (the host's name and the pod's address).
fn serve(args: &[String]) -> i32 {
    let option = |name: &str| {
        args.iter()
            .find_map(|arg| arg.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    };
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let port = option("--port")
        .or_else(|| variable("PORT"))
        .unwrap_or_else(|| "8080".to_owned());
    let host = variable("POD_IP").unwrap_or_else(|| "127.0.0.1".to_owned());
    let name = variable("HOSTNAME").unwrap_or_default();
    let text = option("--text").unwrap_or_else(|| format!("hello from {name} at {host}"));
    let listener = match TcpListener::bind(format!("{host}:{port}")) {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("cannot listen on {host}:{port}: {error}");
            return 1;
        }
    };
    println!("listening on http://{host}:{port}");
    for connection in listener.incoming().flatten() {
        let text = text.clone();
        std::thread::spawn(move || answer(connection, &text));
    }
    0
}

fn answer(mut connection: TcpStream, text: &str) -> Option<()> {
    let mut reader = BufReader::new(connection.try_clone().ok()?.take(HEAD_LIMIT_BYTES));
    let mut request = String::new();
    reader.read_line(&mut request).ok()?;
    let mut line = String::new();
    while reader.read_line(&mut line).ok()? > 2 {
        line.clear();
    }
    println!("{}", request.trim_end());
    let length = text.len() + 1;
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    connection
        .write_all(format!("{head}{text}\n").as_bytes())
        .ok()
}
