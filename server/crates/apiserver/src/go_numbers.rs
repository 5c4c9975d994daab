//! Numbers as Go has them: in what its converter of unstructured objects makes of a document, behind strategic merge
//! patches and server-side apply, and in what it shows to people.

use serde_json::{Number, Value};

use crate::shapes::{Scalar, Shape};

/// Fits each number into the field that it is of, as upstream's converter does: what has no fraction is an integer
/// however it is written, and of one that is too large for its field the lower bits stay, unsaid. What does not fit
/// stays for the decoder to refuse.
pub fn fit(value: &mut Value, shape: &Shape) {
    match (value, shape) {
        (Value::Object(map), Shape::Struct(_)) => {
            for (name, below) in map {
                fit(below, shape.field(name));
            }
        }
        (Value::Object(map), Shape::Map { item, .. }) => {
            map.values_mut().for_each(|below| fit(below, item));
        }
        (Value::Array(items), Shape::List { item, .. }) => {
            items.iter_mut().for_each(|below| fit(below, item));
        }
        (Value::Number(number), Shape::Leaf(scalar)) => {
            if let Some(fitted) = fitted(number, *scalar) {
                *number = fitted;
            }
        }
        _ => {}
    }
}

fn fitted(number: &Number, scalar: Scalar) -> Option<Number> {
    match scalar {
        Scalar::Int32 => {
            let [a, b, c, d, ..] = integer(number)?.to_le_bytes();
            Some(i32::from_le_bytes([a, b, c, d]).into())
        }
        Scalar::Int64 => integer(number).map(Number::from),
        // reads JSON, in which Go writes 5.0 as 5
        Scalar::IntOrString => whole(number),
        _ => None,
    }
}

/// The integer that Go's conversion makes of a number without a fraction; of one that no int64 holds, what amd64 does.
fn integer(number: &Number) -> Option<i64> {
    let float = match number.as_i64() {
        Some(integer) => return Some(integer),
        None => number.as_f64()?,
    };
    (float.fract() == 0.0).then(|| exact(float).unwrap_or(i64::MIN))
}

fn exact(float: f64) -> Option<i64> {
    // 2^63, which is the first that is too large
    const END: f64 = 9_223_372_036_854_775_808.0;
    let fits = float.fract() == 0.0 && (-END..END).contains(&float);
    fits.then_some(float as i64)
}

/// The same number as Go's encoder of JSON writes it, where that is without a fraction: `5` of 5.0.
pub fn whole(number: &Number) -> Option<Number> {
    if !number.is_f64() {
        return None;
    }
    number.as_f64().and_then(exact).map(Number::from)
}

/// Writes every number of a document without a fraction that has none.
pub fn write_whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(write_whole),
        Value::Object(map) => map.values_mut().for_each(write_whole),
        _ => {}
    }
}

/// As Go prints it with `%v`: `5` of 5.0, `1e+06` of 1000000.0.
pub fn shown(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if !number.is_i64() => shown_float(float),
        _ => number.to_string(),
    }
}

fn shown_float(float: f64) -> String {
    /// Beyond these Go's shortest form shows the exponent.
    const EXPONENTS: std::ops::Range<i32> = -4..6;
    let scientific = format!("{float:e}");
    let parts = scientific.split_once('e');
    let exponent = parts.and_then(|(_, exponent)| exponent.parse::<i32>().ok());
    match (parts, exponent) {
        (Some((digits, _)), Some(exponent)) if !EXPONENTS.contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        _ => format!("{float}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn job(parallelism: &str) -> Value {
        serde_json::from_str(&format!(r#"{{"spec":{{"parallelism":{parallelism}}}}}"#))
            .expect("JSON")
    }

    #[test]
    fn k_03_numbers_fit_their_fields_as_gos_converter_makes_them() {
        let rows = [
            ("5", json!(5)),
            ("5.0", json!(5)),
            ("1e3", json!(1000)),
            ("-0", json!(0)),
            // the upper half is lost
            ("3000000000", json!(-1_294_967_296)),
            ("4294967297", json!(1)),
            ("9223372036854775808", json!(0)),
            // has a fraction, which no integer has
            ("5.5", json!(5.5)),
            ("\"5\"", json!("5")),
        ];
        let shape = Shape::Struct("io.k8s.api.batch.v1.Job".to_owned());
        for (written, want) in rows {
            let mut value = job(written);
            fit(&mut value, &shape);
            assert_eq!(value["spec"]["parallelism"], want, "{written}");
        }
        let seconds = |n: Value| json!({"spec": {"activeDeadlineSeconds": n}});
        let mut long = seconds(json!(3e9));
        fit(&mut long, &shape);
        assert_eq!(long, seconds(json!(3_000_000_000_i64)));
    }

    #[test]
    fn k_03_a_port_that_may_be_a_name_reads_json() {
        let shape = Shape::Struct("io.k8s.api.core.v1.HTTPGetAction".to_owned());
        let rows = [
            (json!(80.0), json!(80)),
            (json!(3_000_000_000_i64), json!(3_000_000_000_i64)),
            (json!(1.5), json!(1.5)),
            (json!("http"), json!("http")),
        ];
        for (port, want) in rows {
            let mut value = json!({"port": port});
            fit(&mut value, &shape);
            assert_eq!(value, json!({"port": want}), "{port}");
        }
    }

    #[test]
    fn k_08_floats_are_shown_as_go_shows_them() {
        let rows = [
            ("7", "7"),
            ("9223372036854775808", "9.223372036854776e+18"),
            ("5.0", "5"),
            ("5.5", "5.5"),
            ("-0.0", "-0"),
            ("100000.0", "100000"),
            ("1000000.0", "1e+06"),
            ("123456789.5", "1.234567895e+08"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("99999999999999999999", "1e+20"),
        ];
        for (written, want) in rows {
            let number: Number = serde_json::from_str(written).expect("a number");
            assert_eq!(shown(&number), want, "{written}");
        }
    }

    #[test]
    fn what_has_no_fraction_is_written_without_one() {
        let mut value = json!({"a": [1.0, 1.5, 1e300], "b": {"c": -2.0}});
        write_whole(&mut value);
        assert_eq!(value, json!({"a": [1, 1.5, 1e300], "b": {"c": -2}}));
    }
}
