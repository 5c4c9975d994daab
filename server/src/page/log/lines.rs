//! The lines of a log as they come, whatever bytes they are made of.

use futures::stream::BoxStream;
use futures::{AsyncBufRead, AsyncBufReadExt, StreamExt};

/// A program that ends no line must not fill the memory: what is longer is told as several lines. Four times what
/// runtimes write as one piece.
const LONGEST_BYTES: usize = 64 << 10;

/// Until the log ends or breaks. Bytes that are no UTF-8 are marked, as a terminal marks them.
pub fn of<'a>(log: impl AsyncBufRead + Send + 'a) -> BoxStream<'a, String> {
    let begun = (Box::pin(log), Vec::new());
    futures::stream::unfold(begun, |(mut log, mut begun)| async move {
        let line = next(&mut log, &mut begun).await?;
        Some((line, (log, begun)))
    })
    .boxed()
}

/// `begun` is what a letter that did not fit into the last line begins with.
async fn next(log: &mut (impl AsyncBufRead + Unpin), begun: &mut Vec<u8>) -> Option<String> {
    let mut line = std::mem::take(begun);
    loop {
        let there = log.fill_buf().await.unwrap_or_default();
        if there.is_empty() {
            return (!line.is_empty()).then(|| text(&line));
        }
        let part = &there[..there.len().min(LONGEST_BYTES - line.len())];
        let end = part.iter().position(|byte| *byte == b'\n');
        line.extend_from_slice(&part[..end.unwrap_or(part.len())]);
        let taken = end.map_or(part.len(), |end| end + 1);
        log.consume_unpin(taken);
        if end.is_some() {
            return Some(text(line.strip_suffix(b"\r").unwrap_or(&line)));
        }
        if line.len() == LONGEST_BYTES {
            *begun = line.split_off(whole(&line));
            return Some(text(&line));
        }
    }
}

/// Up to where there are whole letters.
fn whole(line: &[u8]) -> usize {
    match std::str::from_utf8(line) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => line.len(),
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

#[cfg(test)]
mod tests {
    use futures::io::BufReader;

    use super::*;

    async fn lines(log: &[u8]) -> Vec<String> {
        // in pieces that end anywhere
        of(BufReader::with_capacity(7, log)).collect().await
    }

    #[tokio::test]
    async fn a_log_is_told_to_its_end_whatever_its_bytes() {
        let rows: [(&[u8], &[&str], &str); 5] = [
            (b"", &[], "nothing"),
            (b"one\n\ntwo\r\n", &["one", "", "two"], "ends of lines"),
            (b"one\nlast", &["one", "last"], "an end without its own"),
            (
                b"a\xff\xfeb\nafter it\n",
                &["a\u{fffd}\u{fffd}b", "after it"],
                "bytes that are no letters",
            ),
            (
                "여러 조각의 글자\n".as_bytes(),
                &["여러 조각의 글자"],
                "letters in two pieces",
            ),
        ];
        for (log, expected, why) in rows {
            assert_eq!(lines(log).await, expected, "{why}");
        }
    }

    #[tokio::test]
    async fn a_line_without_an_end_is_told_in_parts_and_loses_nothing() {
        let endless = "글".repeat(LONGEST_BYTES);
        let parts = lines(endless.as_bytes()).await;
        assert!(parts.iter().all(|part| part.len() <= LONGEST_BYTES));
        assert_eq!(parts.concat(), endless);
    }
}
