//! "Did you mean": the nearest of the legal names.

/// `; did you mean `ttl`?` if one of the names is near enough to what was written, and nothing
/// otherwise.
pub(crate) fn did_you_mean<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    // A third of the letters may be wrong: enough for slips and swaps, too few to turn `key` into
    // `ttl`.
    let allowed = (written.chars().count() / 3).max(1);
    let nearest = names
        .into_iter()
        .map(|name| (distance(written, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min();
    match nearest {
        Some((_, name)) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}

/// How many letters must be added, removed, replaced or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut rows = vec![(0..=to.len()).collect::<Vec<_>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replace = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name() {
        let names = ["namespace", "ttl", "ttl_from", "key"];
        assert_eq!(
            did_you_mean("namespcae", names),
            "; did you mean `namespace`?"
        );
        assert_eq!(did_you_mean("tll", names), "; did you mean `ttl`?");
        assert_eq!(did_you_mean("tttl", names), "; did you mean `ttl`?");
    }

    #[test]
    fn another_word_finds_nothing() {
        assert_eq!(did_you_mean("expire", ["namespace", "ttl", "key"]), "");
    }
}
