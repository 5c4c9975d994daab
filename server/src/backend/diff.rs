//! What differs between two texts.

/// More pairs of lines than these are not compared one by one: a script of tens of thousands of lines may be changed.
const MOST_PAIRS: usize = 4_000_000;

/// Line by line, by their longest common subsequence; empty when nothing differs.
pub fn diff(before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let (a, b): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let head = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[head..], &b[head..]);
    let tail = a.iter().rev().zip(b.iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    let ends = &a[a.len() - tail..];
    let (a, b) = (&a[..a.len() - tail], &b[..b.len() - tail]);
    let mut out = String::new();
    for line in before.lines().take(head) {
        put(&mut out, ' ', line);
    }
    changed(&mut out, a, b);
    for line in ends {
        put(&mut out, ' ', line);
    }
    out
}

/// What lies between the first and the last line that differ.
fn changed(out: &mut String, a: &[&str], b: &[&str]) {
    let compared = a.len().saturating_mul(b.len()) <= MOST_PAIRS;
    let common = if compared { common(a, b) } else { Vec::new() };
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if compared && i < a.len() && j < b.len() && a[i] == b[j] {
            put(out, ' ', a[i]);
            (i, j) = (i + 1, j + 1);
        } else if j == b.len()
            || (i < a.len() && (!compared || common[i + 1][j] >= common[i][j + 1]))
        {
            put(out, '-', a[i]);
            i += 1;
        } else {
            put(out, '+', b[j]);
            j += 1;
        }
    }
}

/// How many lines the two have in common from each pair on.
fn common(a: &[&str], b: &[&str]) -> Vec<Vec<u32>> {
    let mut common = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = match a[i] == b[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    common
}

fn put(out: &mut String, sign: char, line: &str) {
    out.push(sign);
    out.push_str(line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_differs_between_what_stays() {
        assert_eq!(diff("a\nb\n", "a\nb\n"), "");
        assert_eq!(diff("a\nb\nc\n", "a\nx\nc\nd\n"), " a\n-b\n+x\n c\n+d\n");
        assert_eq!(diff("", "a\n"), "+a\n");
        assert_eq!(diff("a\nb\nb\n", "a\nb\n"), " a\n b\n-b\n");
    }

    #[test]
    fn a_script_that_is_all_new_is_not_compared_line_by_line() {
        let script = |word: &str| format!("a\n{}z\n", format!("{word}\n").repeat(30_000));
        let diff = diff(&script("old"), &script("new"));
        let count = |sign: &str| diff.lines().filter(|line| line.starts_with(sign)).count();
        assert_eq!((count(" "), count("-"), count("+")), (2, 30_000, 30_000));
    }
}
