//! One line of results: for people a line of a table, for programs a line of JSON.

use std::io::Write;

use serde::Serialize;

use crate::measure::{Result, Rounds};

/// What one comparison came to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    scenario: &'static str,
    ours: f64,
    /// Nothing where the peer has no such figure, such as the time of a call that never succeeds.
    peer: Option<f64>,
    peer_name: String,
    unit: &'static str,
    ratio: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip)]
    target: Option<Target>,
}

/// What the design asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// Our figure is at most this.
    OursAtMost(f64),
    /// Our figure is at least this.
    OursAtLeast(f64),
    /// The ratio is at most this.
    RatioAtMost(f64),
    /// The ratio is below this.
    RatioBelow(f64),
}

/// The unit of times, with the number of nanoseconds in it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Time {
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
}

impl Row {
    /// Two figures.
    pub(crate) fn new(
        scenario: &'static str,
        ours: f64,
        peer: f64,
        peer_name: impl Into<String>,
        unit: &'static str,
    ) -> Self {
        Self {
            scenario,
            ours,
            peer: Some(peer),
            peer_name: peer_name.into(),
            unit,
            ratio: (peer != 0.0).then(|| ours / peer),
            note: None,
            target: None,
        }
    }

    /// A figure of ours beside a peer that has none.
    pub(crate) fn without_peer(
        scenario: &'static str,
        ours: f64,
        peer_name: impl Into<String>,
        unit: &'static str,
    ) -> Self {
        Self {
            peer: None,
            ratio: None,
            ..Self::new(scenario, ours, 0.0, peer_name, unit)
        }
    }

    /// Rounds of nanoseconds: the medians of both, and the median of the rounds' ratios.
    pub(crate) fn of_rounds(
        scenario: &'static str,
        rounds: &Rounds,
        peer_name: impl Into<String>,
        time: Time,
    ) -> Self {
        let spread = rounds.ratio();
        let ours = time.express(rounds.ours());
        let peer = time.express(rounds.peer());
        let row = Self::new(scenario, ours, peer, peer_name, time.unit());
        let quartiles = format!("ratio's quartiles {:.3} to {:.3}", spread.low, spread.high);
        Self {
            ratio: Some(spread.median),
            ..row
        }
        .note(quartiles)
    }

    /// Something to know about it.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        let note = note.into();
        self.note = Some(match self.note.take() {
            Some(before) => format!("{before}; {note}"),
            None => note,
        });
        self
    }

    /// What is asked for.
    pub(crate) fn target(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    fn verdict(&self) -> String {
        let Some(target) = self.target else {
            return String::new();
        };
        let ratio = self.ratio.unwrap_or(f64::NAN);
        let (asked, met) = match target {
            Target::OursAtMost(most) => (format!("ours <= {most}"), self.ours <= most),
            Target::OursAtLeast(least) => (format!("ours >= {least}"), self.ours >= least),
            Target::RatioAtMost(most) => (format!("ratio <= {most}"), ratio <= most),
            Target::RatioBelow(most) => (format!("ratio < {most}"), ratio < most),
        };
        format!("{asked}: {}", if met { "met" } else { "MISSED" })
    }

    fn cells(&self) -> [String; 8] {
        let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
        [
            self.scenario.to_owned(),
            figure(self.ours),
            shown(self.peer),
            self.unit.to_owned(),
            shown(self.ratio),
            self.peer_name.clone(),
            self.verdict(),
            self.note.clone().unwrap_or_default(),
        ]
    }
}

impl Time {
    /// So many nanoseconds in this unit.
    pub(crate) fn express(self, nanos: f64) -> f64 {
        match self {
            Self::Nanoseconds => nanos,
            Self::Microseconds => nanos / 1e3,
            Self::Milliseconds => nanos / 1e6,
            Self::Seconds => nanos / 1e9,
        }
    }

    /// Its name.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Microseconds => "us",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
        }
    }
}

/// Three digits that count, and all of those before the point.
fn figure(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Writes the table, and then a line of JSON for each row.
pub(crate) fn print(rows: &[Row], to: &mut impl Write) -> Result<()> {
    const HEAD: [&str; 8] = [
        "scenario",
        "ours",
        "peer",
        "unit",
        "ratio",
        "peer's name",
        "target",
        "note",
    ];
    let lines: Vec<[String; 8]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(rows.iter().map(Row::cells))
        .collect();
    let width = |column: usize| {
        let lengths = lines.iter().map(|line| line[column].chars().count());
        lengths.max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    for line in &lines {
        let cells = line.iter().zip(&widths);
        let cells: Vec<String> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        writeln!(to, "{}", cells.join("  ").trim_end())?;
    }
    writeln!(to)?;
    for row in rows {
        writeln!(to, "{}", serde_json::to_string(row)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_of_json_with_the_documented_fields() {
        let row = Row::new("cold_key", 1.0, 1000.0, "cached 4.1.0", "loads");
        let line = serde_json::to_string(&row).unwrap();
        let wanted = r#"{"scenario":"cold_key","ours":1.0,"peer":1000.0,"peer_name":"cached 4.1.0","unit":"loads","ratio":0.001}"#;
        assert_eq!(line, wanted);
    }

    #[test]
    fn a_missed_target_is_said() {
        let row = Row::new("x", 12.0, 10.0, "peer", "us");
        assert!(
            row.clone()
                .target(Target::RatioAtMost(1.2))
                .verdict()
                .ends_with("met")
        );
        assert!(
            row.target(Target::RatioBelow(1.2))
                .verdict()
                .ends_with("MISSED")
        );
    }
}
