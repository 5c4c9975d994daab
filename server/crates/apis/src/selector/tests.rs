use std::collections::BTreeMap;

use serde_json::json;

use super::*;

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

#[test]
fn k_06_label_selector_strings() {
    let have = labels(&[("app", "web"), ("tier", "front"), ("n", "5"), ("empty", "")]);
    let rows = [
        ("", true, ""),
        ("app=web", true, "app=web"),
        ("app==web", true, "app=web"),
        ("app!=web", false, "app!=web"),
        ("missing!=x", true, "missing!=x"),
        (" app = web , tier = front ", true, "app=web,tier=front"),
        ("tier=front,app=web", true, "app=web,tier=front"),
        ("app in (db, web)", true, "app in (db,web)"),
        ("app notin (db)", true, "app notin (db)"),
        ("missing notin (db)", true, "missing notin (db)"),
        ("missing in (db)", false, "missing in (db)"),
        ("app", true, "app"),
        ("!app", false, "!app"),
        ("!missing", true, "!missing"),
        ("empty=", true, "empty="),
        ("empty in ()", true, "empty in ()"),
        ("n>4", true, "n>4"),
        ("n<5", false, "n<5"),
        ("app in (in,notin,web)", true, "app in (in,notin,web)"),
        ("in", false, "in"),
    ];
    for (text, matches, printed) in rows {
        let selector: Selector = text.parse().expect(text);
        assert_eq!(selector.matches(Some(&have)), matches, "{text}");
        assert_eq!(selector.to_string(), printed, "{text}");
    }
}

#[test]
fn wrong_label_selector_strings() {
    let rows = [
        (
            "=x",
            "found '=', expected: !, identifier, or 'end of string'",
        ),
        ("a=b,", "found '', expected: identifier after ','"),
        (
            "a b",
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
        ),
        (
            "a in b",
            "unable to parse requirement: found 'b' expected: '('",
        ),
        (
            "a in (b c)",
            "unable to parse requirement: found 'c', expected: ',' or ')'",
        ),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        (
            "a$=b",
            "unable to parse requirement: <nil>: Invalid value: \"a$\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        ),
        (
            "a=-b",
            "unable to parse requirement: values[0][a]: Invalid value: \"-b\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        ),
    ];
    for (text, want) in rows {
        assert_eq!(text.parse::<Selector>().expect_err(text), want, "{text}");
    }
}

#[test]
fn label_selector_structs() {
    let have = labels(&[("app", "web")]);
    let rows = [
        ("an empty selector matches all", json!({}), true),
        ("labels", json!({"matchLabels": {"app": "web"}}), true),
        ("other labels", json!({"matchLabels": {"app": "db"}}), false),
        (
            "expressions",
            json!({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}, {"key": "x", "operator": "DoesNotExist"}]}),
            true,
        ),
        (
            "a wrong operator matches nothing",
            json!({"matchExpressions": [{"key": "app", "operator": "Is"}]}),
            false,
        ),
    ];
    for (why, selector, want) in rows {
        let selector = serde_json::from_value(selector).expect("a selector");
        assert_eq!(matches_labels(Some(&selector), Some(&have)), want, "{why}");
    }
    assert!(
        !matches_labels(None, Some(&have)),
        "no selector matches nothing"
    );
}

#[test]
fn wrong_label_selector_structs() {
    let rows = [
        (
            json!({"matchExpressions": [{"key": "a", "operator": "In"}]}),
            "s.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        ),
        (
            json!({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}),
            "s.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
        (
            json!({"matchExpressions": [{"key": "a", "operator": "Is"}]}),
            "s.matchExpressions[0].operator: Invalid value: \"Is\": not a valid selector operator",
        ),
    ];
    for (selector, want) in rows {
        let selector = serde_json::from_value(selector).expect("a selector");
        let errors = validate_label_selector(Some(&selector), "s");
        assert_eq!(
            errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [want]
        );
    }
}

#[test]
fn k_39_field_selectors() {
    let field = |name: &str| match name {
        "metadata.name" => Some("a"),
        "odd" => Some("x,y=z\\"),
        _ => None,
    };
    let rows = [
        ("", true),
        ("metadata.name=a", true),
        ("metadata.name==a", true),
        ("metadata.name!=a", false),
        ("metadata.name=a,status.phase!=Failed", true),
        (",metadata.name=a,", true),
        ("odd=x\\,y\\=z\\\\", true),
        ("absent=", true),
    ];
    for (text, want) in rows {
        let selector: FieldSelector = text.parse().expect(text);
        assert_eq!(selector.matches(field), want, "{text}");
    }
    let wrong = [
        ("a", "invalid selector: 'a'; can't understand 'a'"),
        (
            "a=b\\x",
            "invalid field selector: invalid escape sequence: \\x",
        ),
        (
            "a=b=c",
            "invalid field selector: unescaped character in value: 61",
        ),
    ];
    for (text, want) in wrong {
        assert_eq!(
            text.parse::<FieldSelector>().expect_err(text),
            want,
            "{text}"
        );
    }
}
