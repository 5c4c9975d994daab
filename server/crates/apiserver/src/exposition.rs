//! Prometheus' text format (0.0.4), which upstream's components answer in.

use std::fmt::{Display, Write};

/// The media type.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    Counter,
    Gauge,
    Histogram,
}

impl MetricKind {
    fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// Label names and values.
pub type Labels<'a> = &'a [(&'a str, &'a str)];

/// Metrics as they are written down, one after the other.
#[derive(Debug, Default)]
pub struct Exposition(String);

impl Exposition {
    /// Begins a metric, whose samples follow.
    pub fn begin(&mut self, name: &str, kind: MetricKind, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {}", kind.word()));
    }

    /// One sample of the metric that was begun last.
    pub fn sample(&mut self, name: &str, labels: Labels<'_>, value: impl Display) {
        self.line(format_args!("{name}{} {value}", Braced(labels, None)));
    }

    /// A histogram: how many values each bound holds and no smaller one does, with those beyond the last,
    /// and their sum.
    pub fn histogram(
        &mut self,
        name: &str,
        labels: Labels<'_>,
        bounds: &[f64],
        counts: &[u64],
        sum: f64,
    ) {
        let mut so_far = 0_u64;
        let bounds = bounds.iter().map(ToString::to_string);
        let bounds = bounds.chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(counts) {
            so_far += count;
            let labels = Braced(labels, Some(&bound));
            self.line(format_args!("{name}_bucket{labels} {so_far}"));
        }
        let labels = Braced(labels, None);
        self.line(format_args!("{name}_sum{labels} {sum}"));
        self.line(format_args!("{name}_count{labels} {so_far}"));
    }

    /// A metric of one sample without labels.
    pub fn single(&mut self, name: &str, kind: MetricKind, help: &str, value: impl Display) {
        self.begin(name, kind, help);
        self.sample(name, &[], value);
    }

    /// All that was written.
    pub fn into_text(self) -> String {
        self.0
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{text}").expect("a String takes everything");
    }
}

/// Labels in their braces, with the bound of a bucket as the last; nothing where there are none.
#[derive(Clone, Copy)]
struct Braced<'a>(Labels<'a>, Option<&'a str>);

impl Display for Braced<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bound = self.1.map(|bound| ("le", bound));
        let labels = self.0.iter().copied().chain(bound);
        let mut before = '{';
        for (name, value) in labels {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            write!(f, "{before}{name}=\"{}\"", value.replace('\n', "\\n"))?;
            before = ',';
        }
        match before {
            ',' => f.write_char('}'),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_written_as_prometheus_reads_them() {
        let mut told = Exposition::default();
        told.begin("asked_total", MetricKind::Counter, "How \\often\nasked.");
        told.sample("asked_total", &[("verb", "GET"), ("of", "\"a\\b\"\n")], 3);
        told.single("open", MetricKind::Gauge, "Open.", -1);
        told.begin("took_seconds", MetricKind::Histogram, "Took.");
        told.histogram(
            "took_seconds",
            &[("verb", "GET")],
            &[0.005, 1.0],
            &[2, 0, 1],
            2.5,
        );
        let expect = r#"# HELP asked_total How \\often\nasked.
# TYPE asked_total counter
asked_total{verb="GET",of="\"a\\b\"\n"} 3
# HELP open Open.
# TYPE open gauge
open -1
# HELP took_seconds Took.
# TYPE took_seconds histogram
took_seconds_bucket{verb="GET",le="0.005"} 2
took_seconds_bucket{verb="GET",le="1"} 2
took_seconds_bucket{verb="GET",le="+Inf"} 3
took_seconds_sum{verb="GET"} 2.5
took_seconds_count{verb="GET"} 3
"#;
        assert_eq!(told.into_text(), expect);
    }
}
