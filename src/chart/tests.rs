//! Pictures of known numbers.

use super::*;

fn ticks(n: u32) -> Vec<Tick> {
    (1..=n).map(|day| Tick { short: day.to_string(), full: format!("day {day}"), is_marked: day == 2 }).collect()
}

fn series(name: &str, values: &[u64]) -> Series {
    Series { name: name.to_owned(), values: values.iter().map(|n| Some(*n)).collect() }
}

/// Every `y` and `height` of the bars, in their order.
fn bars(svg: &str) -> Vec<(u64, u64)> {
    let bar =
        regex::Regex::new("<rect class=\"c[0-7]\" x=\"[0-9]+\" y=\"([0-9]+)\" width=\"[0-9]+\" height=\"([0-9]+)\">")
            .unwrap();
    bar.captures_iter(svg).map(|found| (found[1].parse().unwrap(), found[2].parse().unwrap())).collect()
}

#[test]
fn bars_stand_on_the_ground_or_on_each_other_and_reach_their_number() {
    let both = [series("a", &[25, 0]), series("b", &[75, 50])];
    let stacked = plot("clicks", &ticks(2), &both, PlotKind::Stacked).into_string();
    assert_eq!(bars(&stacked), [(160, 50), (10, 150), (210, 0), (110, 100)]);
    let beside = plot("clicks", &ticks(2), &both, PlotKind::Beside).into_string();
    // The scale reaches 76: whole numbers at each of its four parts.
    assert_eq!(bars(&beside), [(210 - 65, 65), (210 - 197, 197), (210, 0), (210 - 131, 131)]);
    assert!(beside.contains(">76</text>") && beside.contains("<title>day 1, b: 75</title>"), "{beside}");
    assert!(beside.contains("class=\"tick out\""), "the marked day");
}

#[test]
fn lines_leave_out_what_is_not_known() {
    let gap = Series { name: "a".to_owned(), values: vec![Some(4), None, Some(2)] };
    let lines = plot("people", &ticks(3), &[gap], PlotKind::Lines).into_string();
    assert!(lines.contains("points=\"82,10 170,110\""), "{lines}");
    assert_eq!(lines.matches("<circle").count(), 2, "a point alone is seen");
    assert!(lines.contains("<title>day 3, a: 2</title>"), "{lines}");
}

#[test]
fn extremes_are_drawn_too() {
    let most = [series("a", &[u64::MAX, 0]), series("b", &[u64::MAX, 1])];
    for form in [PlotKind::Stacked, PlotKind::Beside, PlotKind::Lines] {
        plot("", &ticks(2), &most, form).into_string();
        plot("", &[], &[], form).into_string();
        plot("", &ticks(1_000), &[series("a", &[0; 1_000])], form).into_string();
    }
    assert!(shares("", &["a"], &[("x".to_owned(), vec![u64::MAX, u64::MAX])]).into_string().contains("<rect"));
    assert!(shares("", &["a"], &[("x".to_owned(), vec![0])]).into_string().contains("width=\"0\""));
    assert!(heat("", &["a"], &[("x".to_owned(), vec![Some(1_000), None])]).into_string().contains("0.600"));
}

#[test]
fn texts_are_escaped_and_nothing_is_loaded() {
    let page = frame("<b>", &table("<c>", &["<d>"], &[vec![("<e>".to_owned(), "")]]));
    assert!(
        !["<b>", "<c>", "<d>", "<e>", "<script", "http:", "https:", "url("].iter().any(|what| page.contains(what)),
        "{page}"
    );
    assert!(POLICY.contains("style-src 'sha256-") && POLICY.ends_with("; frame-ancestors 'none'"));
}
