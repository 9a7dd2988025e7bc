//! Drawings, as a person sees them. `UPDATE_GOLDEN=1 cargo test -p datamesh-workflow graph` writes
//! them anew; look at what changed.

use serde_json::json;

use super::*;

const ASCII_50: Style = Style {
    width: 50,
    ascii: true,
};

#[track_caller]
fn check(document: &str, style: Style, name: &str, golden: &str) {
    let document = serde_json::from_str(document).unwrap();
    let drawing = draw(&document, style);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/graph/golden/");
        std::fs::write(format!("{folder}{name}"), &drawing).unwrap();
        return;
    }
    assert_eq!(drawing, golden, "\n{drawing}");
    let widest = drawing.lines().map(width_of).max().unwrap();
    assert!(widest <= style.width, "{widest} columns");
}

#[test]
fn a_promotion_goes_straight_down() {
    let document = include_str!("golden/promotion.json");
    let golden = include_str!("golden/promotion.txt");
    check(document, Style::default(), "promotion.txt", golden);
}

#[test]
fn choices_loops_and_nested_machines() {
    let document = include_str!("golden/nested.json");
    let golden = include_str!("golden/nested.txt");
    check(document, Style::default(), "nested.txt", golden);
}

#[test]
fn in_plain_ascii_and_narrow() {
    let document = include_str!("golden/nested.json");
    let golden = include_str!("golden/nested_ascii.txt");
    check(document, ASCII_50, "nested_ascii.txt", golden);
}

#[test]
fn thirty_states_stay_on_few_pages() {
    let name = |number: usize| format!("Step {number}");
    let states: serde_json::Map<String, Value> = (0..30)
        .map(|number| {
            let state = match number {
                29 => json!({"Type": "Succeed"}),
                number if number % 7 == 3 => json!({"Type": "Choice", "Default": name(number + 1),
                    "Choices": [{"Variable": "$.again", "BooleanEquals": true, "Next": name(number - 2)}]}),
                number => json!({"Type": "Pass", "Next": name(number + 1)}),
            };
            (name(number), state)
        })
        .collect();
    let drawing = draw(
        &json!({"StartAt": "Step 0", "States": states}),
        Style::default(),
    );
    assert!(drawing.lines().count() < 100);
    assert_eq!(drawing.matches("▲").count(), 4);
}

#[test]
fn what_is_no_document_is_drawn_too() {
    for document in [
        json!(null),
        json!([]),
        json!({"States": 1}),
        json!({"StartAt": "A", "States": {"A": 1}}),
    ] {
        draw(&document, ASCII_50);
    }
}

#[test]
fn machines_nested_too_deep_for_the_width_are_counted() {
    let mut machine = json!({"StartAt": "Z", "States": {"Z": {"Type": "Succeed"}}});
    for depth in 0..20 {
        let name = format!("M{depth}");
        machine = json!({"StartAt": name, "States": {&name: {"Type": "Map", "ItemProcessor": machine, "End": true}}});
    }
    let drawing = draw(&machine, ASCII_50);
    assert!(drawing.contains("for each item: 1 state"));
    assert!(drawing.lines().all(|line| width_of(line) <= 50));
}

#[test]
fn long_names_and_conditions_give_way() {
    let long = "n".repeat(200);
    let document = json!({"StartAt": long, "States": {&long: {"Type": "Choice", "Choices": [
        {"Variable": format!("$.{long}"), "StringEquals": "x", "Next": long}]}}});
    let drawing = draw(&document, ASCII_50);
    assert!(
        drawing.lines().all(|line| width_of(line) <= 50),
        "{drawing}"
    );
}
