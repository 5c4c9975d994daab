//! The order in which go-yaml writes the keys of a mapping.

use std::cmp::Ordering;

/// The items in an order that may run in a circle, as go-yaml's does (`9` before `09a` before `0a` before `9`), of which
/// the standard library's sort panics.
pub fn sorted<T: Copy>(mut items: Vec<T>, compare: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut width = 1;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for pair in items.chunks(2 * width) {
            let (mut one, mut other) = pair.split_at(width.min(pair.len()));
            while let ([first, rest @ ..], [second, others @ ..]) = (one, other) {
                if compare(first, second).is_gt() {
                    merged.push(*second);
                    other = others;
                } else {
                    merged.push(*first);
                    one = rest;
                }
            }
            merged.extend_from_slice(one);
            merged.extend_from_slice(other);
        }
        items = merged;
        width *= 2;
    }
    items
}

/// go-yaml's order of keys: numbers by their value, letters behind what is none.
pub fn natural(one: &str, other: &str) -> Ordering {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    let mut pairs = one.iter().zip(&other).enumerate();
    let Some((at, (a, b))) = pairs.find(|(_, (a, b))| a != b) else {
        return one.len().cmp(&other.len());
    };
    match (a.is_alphabetic(), b.is_alphabetic()) {
        (true, true) => a.cmp(b),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => by_number(&one, &other, at),
    }
}

/// Two keys that differ from there on, in no letter.
fn by_number(one: &[char], other: &[char], at: usize) -> Ordering {
    // a zero counts behind another digit
    let before = one[..at].iter().rev();
    let mut digits = before.take_while(|c| c.is_ascii_digit());
    let behind_digit = digits.any(|c| *c != '0');
    let zero = one[at] == '0' || other[at] == '0';
    let start = u64::from(zero && behind_digit);
    let read = |key: &[char]| {
        let digits = key[at..].iter().map_while(|c| c.to_digit(10));
        digits.fold((start, 0_usize), |(number, len), digit| {
            let number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
            (number, len + 1)
        })
    };
    let (a, b) = (read(one), read(other));
    a.cmp(&b).then(one[at].cmp(&other[at]))
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;
    use crate::yaml::from_json;

    #[test]
    fn k_10_keys_whose_order_runs_in_a_circle_are_written_all_the_same() {
        let circle = ["9", "09a", "0a", "9"];
        for pair in circle.windows(2) {
            assert_eq!(natural(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        let parts = ["0", "1", "9", "a", ".", "-"];
        let mut fields = Map::new();
        for one in parts {
            for two in parts {
                let both = parts.map(|three| format!("{one}{two}{three}"));
                fields.extend(both.map(|key| (key, Value::Null)));
            }
        }
        let (written, keys) = (fields.len(), Value::Object(fields));
        assert_eq!(from_json(&keys).lines().count(), written);
    }

    #[test]
    fn what_has_an_order_is_sorted() {
        for len in 0..40_u32 {
            let items: Vec<_> = (0..len).map(|n| (n * 7 % 11, n)).collect();
            let mut want = items.clone();
            want.sort_by_key(|(key, _)| *key);
            assert_eq!(sorted(items, |(a, _), (b, _)| a.cmp(b)), want);
        }
    }

    #[test]
    fn k_10_keys_stand_in_their_natural_order() {
        let rows = [
            ("a2", "a10"),
            ("a", "ab"),
            ("B", "a"),
            ("a-b", "aa"),
            ("a_b", "aB"),
            ("a1-", "a1b"),
            ("a10", "a1b"),
            ("a1", "a01"),
            ("a1.b", "a01"),
            ("a_b", "a0"),
            (".", "1"),
            ("a.b", "a/b"),
        ];
        for (first, second) in rows {
            assert_eq!(natural(first, second), Ordering::Less, "{first} {second}");
            assert_eq!(
                natural(second, first),
                Ordering::Greater,
                "{second} {first}"
            );
        }
    }
}
