//! A chart of a run as inline SVG: one or more lines over the seconds of the run.

use std::fmt::Write as _;

use crate::export::html::escaped;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 180.0;
/// Room for the numbers at the left, and for the seconds below.
const LEFT: f64 = 64.0;
const BELOW: f64 = 22.0;
const ABOVE: f64 = 10.0;
/// Points that are drawn at most; of several seconds in one point the highest value is.
const MOST_POINTS: u32 = 360;

/// One line of a chart.
pub(super) struct ChartLine<'a> {
    /// Its name in the legend, which is its style's class too: `p50`, `p99`, `max`.
    pub(super) name: &'a str,
    /// Seconds and values, ascending by second.
    pub(super) points: Vec<(u32, u64)>,
}

/// Draws the lines, with a title for those who hear the page. `write` gives a value its unit.
pub(super) fn svg(title: &str, lines: &[ChartLine<'_>], write: impl Fn(u64) -> String) -> String {
    let points = || lines.iter().flat_map(|line| &line.points);
    let last = points()
        .map(|(second, _)| *second)
        .max()
        .unwrap_or(0)
        .max(1);
    let highest = points().map(|(_, value)| *value).max().unwrap_or(0).max(1);
    let each = last.div_ceil(MOST_POINTS).max(1);
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">\n",
        escaped(title)
    );
    for quarter in 0..=4_u64 {
        let value = highest * quarter / 4;
        let y = height_of(value, highest);
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            y + 4.0,
            escaped(&write(value))
        );
    }
    for quarter in 0..=4_u32 {
        let second = u64::from(last) * u64::from(quarter) / 4;
        let anchor = if quarter == 4 { "end" } else { "middle" };
        let x = LEFT + (WIDTH - LEFT) * f64::from(quarter) / 4.0;
        let _ = writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{second} s</text>",
            HEIGHT - 6.0
        );
    }
    for line in lines {
        let mut path = String::new();
        for (second, value) in thinned(&line.points, each) {
            let x = LEFT + (WIDTH - LEFT) * f64::from(second) / f64::from(last);
            let sign = if path.is_empty() { 'M' } else { 'L' };
            let _ = write!(path, "{sign}{x:.1} {:.1}", height_of(value, highest));
        }
        let _ = writeln!(
            out,
            "<path class=\"{0}\" d=\"{path}\"><title>{0}</title></path>",
            escaped(line.name)
        );
    }
    out.push_str("</svg>\n");
    out
}

fn height_of(value: u64, highest: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a pixel is coarser than what is lost"
    )]
    let share = value as f64 / highest as f64;
    ABOVE + (HEIGHT - ABOVE - BELOW) * (1.0 - share)
}

/// The highest value of every `each` seconds.
fn thinned(points: &[(u32, u64)], each: u32) -> Vec<(u32, u64)> {
    let mut thin: Vec<(u32, u64)> = Vec::new();
    for (second, value) in points {
        let second = second / each * each;
        match thin.last_mut() {
            Some(last) if last.0 == second => last.1 = last.1.max(*value),
            _ => thin.push((second, *value)),
        }
    }
    thin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_its_highest_values_and_few_points() {
        let mut points: Vec<(u32, u64)> = (0..7_200).map(|second| (second, 10)).collect();
        points[4_321].1 = 99;
        let thin = thinned(&points, 7_200_u32.div_ceil(MOST_POINTS));
        assert_eq!(thin.len(), 360);
        assert!(thin.contains(&(4_320, 99)));
        let line = ChartLine {
            name: "p99",
            points,
        };
        let svg = svg("sent", &[line], |value| value.to_string());
        assert_eq!(svg.matches(['M', 'L']).count(), 360);
    }
}
