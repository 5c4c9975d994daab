//! Which command stands for an image. Nothing is pulled: commands run from the host's PATH. Pure.

/// The first argument with which the binary is a tiny HTTP server.
pub const HTTP_ARGUMENT: &str = "pod-http";
/// The first argument with which the binary waits for its end, as the pause image does.
pub const PAUSE_ARGUMENT: &str = "pod-pause";

/// The built-in HTTP server's image name, for the examples.
pub const HTTP_IMAGE: &str = "orrery.dev/http";

/// What an image that we know runs when the pod names no command.
enum Builtin {
    /// The image's entrypoint is a program: args are its arguments.
    Own(&'static str),
    /// The image has no entrypoint, only a default command that args replace: a shell, or one that the
    /// host need not have.
    Args(Option<&'static str>),
}

/// Repositories by their last path segment, with the host's honest equal. Absent on purpose: images
/// whose behaviour nothing here has (nginx, fluentd, databases).
fn builtin(repository: &str) -> Option<Builtin> {
    let name = repository.rsplit('/').next().unwrap_or(repository);
    Some(match (repository, name) {
        (HTTP_IMAGE, _) => Builtin::Own(HTTP_ARGUMENT),
        (_, "pause" | "pause-amd64" | "pause-arm64") => Builtin::Own(PAUSE_ARGUMENT),
        (_, "busybox" | "alpine") => Builtin::Args(Some("sh")),
        (_, "debian" | "ubuntu" | "bash") => Builtin::Args(Some("bash")),
        (_, "perl" | "python") => Builtin::Args(None),
        _ => return None,
    })
}

/// The command line of a container, or what to tell its owner.
pub fn command_line(
    image: &str,
    command: &[String],
    args: &[String],
    exe: &str,
) -> Result<Vec<String>, String> {
    if !command.is_empty() {
        return Ok([command, args].concat());
    }
    let words = |argument: &str| [&[exe.to_owned(), argument.to_owned()], args].concat();
    match builtin(repository(image)) {
        Some(Builtin::Own(argument)) => Ok(words(argument)),
        Some(Builtin::Args(_)) if !args.is_empty() => Ok(args.to_vec()),
        Some(Builtin::Args(Some(shell))) => Ok(vec![shell.to_owned()]),
        _ => Err(format!(
            "image {image:?} is not pulled: the embedded engine runs commands of this host. Give the container a `command`, \
             such as command: [\"sh\", \"-c\", \"echo hello\"], or run it on a real cluster with --kubeconfig"
        )),
    }
}

/// The image without tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        // A colon before a slash belongs to a registry's port.
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines() {
        /// Why, image, command, args, command line.
        type Row = (&'static str, &'static str, Words, Words, Option<Words>);
        type Words = &'static [&'static str];
        let rows: [Row; 10] = [
            (
                "a command runs, whatever the image",
                "perl:5.34",
                &["perl", "-v"],
                &[],
                Some(&["perl", "-v"]),
            ),
            (
                "args follow the command",
                "x",
                &["sh"],
                &["-c", "true"],
                Some(&["sh", "-c", "true"]),
            ),
            (
                "pause waits",
                "registry.k8s.io/pause:3.10",
                &[],
                &[],
                Some(&["/orrery", "pod-pause"]),
            ),
            (
                "the examples' server",
                "orrery.dev/http",
                &[],
                &["--text=hi"],
                Some(&["/orrery", "pod-http", "--text=hi"]),
            ),
            (
                "args of busybox are its command",
                "busybox:1.28",
                &[],
                &["date"],
                Some(&["date"]),
            ),
            (
                "a registry with a port",
                "localhost:5000/busybox",
                &[],
                &["date"],
                Some(&["date"]),
            ),
            (
                "busybox alone is its shell",
                "busybox",
                &[],
                &[],
                Some(&["sh"]),
            ),
            ("perl alone says nothing", "perl:5.34", &[], &[], None),
            (
                "no local equal waits",
                "quay.io/fluentd_elasticsearch/fluentd:v5.0.1",
                &[],
                &[],
                None,
            ),
            (
                "args without a command say nothing of the program",
                "example.com/app",
                &[],
                &["--serve"],
                None,
            ),
        ];
        let owned = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        for (why, image, command, args, want) in rows {
            let got = command_line(image, &owned(command), &owned(args), "/orrery");
            assert_eq!(got.ok(), want.map(owned), "{why}");
        }
    }
}
