use super::*;

#[test]
fn canonical_texts() {
    let rows = [
        ("0", "0"),
        ("1", "1"),
        ("1000m", "1"),
        ("0.5", "500m"),
        (".5", "500m"),
        ("5.", "5"),
        ("1.5", "1500m"),
        ("100m", "100m"),
        ("1024Mi", "1Gi"),
        ("1000Mi", "1000Mi"),
        ("64Mi", "64Mi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1000", "1k"),
        ("1024", "1024"),
        ("1e3", "1e3"),
        ("1E3", "1e3"),
        ("1E", "1E"),
        ("12e6", "12e6"),
        ("1200", "1200"),
        ("0.1u", "100n"),
        ("0.1n", "1n"),
        ("-100m", "-100m"),
        ("+2", "2"),
        ("9e999", "9223372036854775807e0"),
    ];
    for (text, want) in rows {
        let read: Quantity = text.parse().expect("a valid quantity");
        let want = want.trim_end_matches("e0");
        assert_eq!(read.to_string(), want, "{text}");
    }
}

#[test]
fn amounts() {
    let rows = [
        ("1", 1, 1000),
        ("100m", 1, 100),
        ("1500m", 2, 1500),
        ("1Ki", 1024, 1_024_000),
        ("0.0001", 1, 1),
        ("2G", 2_000_000_000, 2_000_000_000_000),
    ];
    for (text, units, milli) in rows {
        let read: Quantity = text.parse().expect("a valid quantity");
        assert_eq!((read.units(), read.milli()), (units, milli), "{text}");
    }
}

#[test]
fn wrong_texts() {
    let regex = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    let rows = [
        ("", regex),
        ("abc", regex),
        ("1 Gi", regex),
        ("1.2.3", "unable to parse numeric part of quantity"),
        ("1KM", "unable to parse quantity's suffix"),
        ("1K", "unable to parse quantity's suffix"),
    ];
    for (text, want) in rows {
        let error = text.parse::<Quantity>().expect_err(text);
        assert_eq!(error.to_string(), want, "{text:?}");
    }
}

#[test]
fn comparison_and_sums_ignore_the_format() {
    let read = |text: &str| text.parse::<Quantity>().expect("a valid quantity");
    assert_eq!(read("1Ki"), read("1024"));
    assert!(read("999m") < read("1"));
    assert_eq!((read("1Gi") + read("1Gi")).to_string(), "2Gi");
    assert_eq!((read("0") + read("1Mi")).to_string(), "1Mi");
    assert_eq!((read("1") - read("1500m")).to_string(), "-500m");
}
