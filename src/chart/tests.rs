//! Charts of known numbers.

use super::*;

fn ticks(n: u32) -> Vec<Tick> {
    (1..=n).map(|day| Tick { short: day.to_string(), full: format!("day {day}"), is_marked: day == 2 }).collect()
}

fn series(name: &str, values: &[u64]) -> Series {
    Series { name: name.to_owned(), values: values.iter().map(|n| Some(*n)).collect() }
}

/// The `y` and `height` of all bars, in order.
fn bars(svg: &str) -> Vec<(u64, u64)> {
    let bar = regex::Regex::new(
        "<rect class=\"c[0-7](?: hollow)?\" x=\"[0-9]+\" y=\"([0-9]+)\" width=\"[0-9]+\" height=\"([0-9]+)\">",
    )
    .unwrap();
    bar.captures_iter(svg).map(|found| (found[1].parse().unwrap(), found[2].parse().unwrap())).collect()
}

#[test]
fn bar_heights_are_proportional_to_their_numbers() {
    let both = [series("a", &[25, 0]), series("b", &[75, 50])];
    let stacked = plot("clicks", &ticks(2), &both, PlotKind::Stacked).into_string();
    assert_eq!(bars(&stacked), [(160, 50), (10, 150), (210, 0), (110, 100)]);
    let grouped = plot("clicks", &ticks(2), &both, PlotKind::Grouped).into_string();
    // The axis ends at 80, in steps of 20.
    assert_eq!(bars(&grouped), [(210 - 62, 62), (210 - 187, 187), (210, 0), (210 - 125, 125)]);
    assert!(
        grouped.contains(">80</text>")
            && grouped.contains(">60</text>")
            && grouped.contains("<title>day 1, b: 75</title>"),
        "{grouped}"
    );
    assert!(grouped.contains("class=\"tick out\""), "the marked day");
}

#[test]
fn lines_skip_missing_values() {
    let gap = Series { name: "a".to_owned(), values: vec![Some(4), None, Some(2)] };
    let lines = plot("people", &ticks(3), &[gap], PlotKind::Lines).into_string();
    assert!(lines.contains("points=\"82,10 170,110\""), "{lines}");
    let gap = [Series { name: "a".to_owned(), values: vec![Some(4), None, Some(0)] }];
    let grouped = plot("clicks", &ticks(3), &gap, PlotKind::Grouped).into_string();
    assert_eq!(grouped.matches(", a: ").count(), 2, "a number that is not known has no bar: {grouped}");
    assert_eq!(lines.matches("<circle").count(), 2, "isolated values are visible");
    assert!(lines.contains("<title>day 3, a: 2</title>"), "{lines}");
}

#[test]
fn series_differ_without_color_and_the_numbers_are_described() {
    let grouped =
        plot("clicks", &ticks(2), &[series("ours", &[25, 0]), series("theirs", &[75, 50])], PlotKind::Grouped);
    let grouped = grouped.into_string();
    assert_eq!(grouped.matches("<rect class=\"c1 hollow\"").count(), 2, "{grouped}");
    assert!(grouped.contains("<span class=\"c0\">ours</span><span class=\"c1 hollow\">theirs</span>"), "{grouped}");
    let described =
        "<desc>day 1 to day 2. ours: 25 in total, highest 25 (day 1). theirs: 125 in total, highest 75 (day 1).</desc>";
    assert!(grouped.contains(described), "{grouped}");
    let money = [series("this period", &[7_440, 5]), Series { name: "before".to_owned(), values: vec![None, None] }];
    let compared = plot("money", &ticks(2), &money, PlotKind::Compared { places: 2 }).into_string();
    for part in [
        "<polyline class=\"before dashed\"",
        "<title>day 2, this period: 0.05</title>",
        ">80.00</text>",
        "this period: 74.45 in total, highest 74.40 (day 1). before: no values.",
    ] {
        assert!(compared.contains(part), "no {part} in {compared}");
    }
}

#[test]
fn axes_have_round_steps() {
    let scale = regex::Regex::new("class=\"scale\"[^>]*>([^<]*)<").unwrap();
    for (max, labels) in [
        (1, &["0", "1"][..]),
        (4, &["0", "1", "2", "3", "4"]),
        (7, &["0", "2", "4", "6", "8"]),
        (394, &["0", "100", "200", "300", "400"]),
        (12_001, &["0", "5,000", "10,000", "15,000"]),
    ] {
        let chart = plot("", &ticks(1), &[series("a", &[max])], PlotKind::Stacked).into_string();
        let found: Vec<&str> = scale.captures_iter(&chart).map(|found| found.get(1).unwrap().as_str()).collect();
        assert_eq!(found, labels, "{max}");
    }
}

#[test]
fn the_period_before_is_a_line_over_the_bars() {
    let both = [series("a", &[25, 0]), series("b", &[75, 50]), series("before", &[150, 200])];
    let chart = plot("clicks", &ticks(2), &both, PlotKind::StackedCompared).into_string();
    assert_eq!(bars(&chart), [(185, 25), (110, 75), (210, 0), (160, 50)]);
    assert_eq!(chart.matches("<polyline").count(), 1, "{chart}");
    assert!(chart.contains("<polyline class=\"before dashed\" points=\"82,60 126,10\""), "{chart}");
}

#[test]
fn sparklines_need_two_values() {
    assert_eq!(sparkline(&[None, Some(5)]).into_string(), "");
    let line = sparkline(&[Some(0), None, Some(u64::MAX)]).into_string();
    assert!(line.contains("<polyline points=\"0,30 120,2\"") && line.contains("aria-hidden"), "{line}");
}

#[test]
fn draws_extreme_values() {
    let most = [series("a", &[u64::MAX, 0]), series("b", &[u64::MAX, 1])];
    for kind in [
        PlotKind::Stacked,
        PlotKind::StackedCompared,
        PlotKind::Grouped,
        PlotKind::Lines,
        PlotKind::Compared { places: 2 },
    ] {
        plot("", &ticks(2), &most, kind).into_string();
        plot("", &[], &[], kind).into_string();
        plot("", &ticks(1_000), &[series("a", &[0; 1_000])], kind).into_string();
    }
    assert!(share_bars("", &["a"], &[("x".to_owned(), vec![u64::MAX, u64::MAX])]).into_string().contains("<rect"));
    assert!(share_bars("", &["a"], &[("x".to_owned(), vec![0])]).into_string().contains("width=\"0\""));
    assert!(heatmap("", &["a"], &[("x".to_owned(), vec![Some(1_000), None])]).into_string().contains("0.600"));
}

#[test]
fn text_is_escaped_and_nothing_is_loaded() {
    let page = page("<b>", &table("<c>", &["<d>"], &[vec![("<e>".to_owned(), "")]]));
    assert!(
        !["<b>", "<c>", "<d>", "<e>", "<script", "http:", "https:", "url("]
            .iter()
            .any(|unexpected| page.contains(unexpected)),
        "{page}"
    );
    assert!(POLICY.contains("style-src 'sha256-") && POLICY.ends_with("; frame-ancestors 'none'"));
}
