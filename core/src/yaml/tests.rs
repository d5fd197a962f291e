//! What this module makes of YAML, pinned case by case.

#![allow(clippy::too_many_lines, reason = "expected texts are long")]

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde::Deserialize;

use super::{Document, Limits};
use crate::collections::BTreeMap;
use crate::diagnostic::Diagnostics;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: Option<String>,
    size: Option<u8>,
    on: Option<bool>,
    #[serde(default)]
    parts: Vec<Thing>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    colour: Option<Colour>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Colour {
    Red,
    DarkBlue,
}

#[expect(clippy::needless_pass_by_value, reason = "as expect! makes it")]
fn check(text: &str, want: Expect) {
    let mut diagnostics = Diagnostics::new();
    let mut shown = String::new();
    match Document::parse(text) {
        Ok(mut document) => {
            let thing: Option<Thing> = document.decode(&mut diagnostics);
            if let Some(thing) = thing.filter(|_| diagnostics.is_empty()) {
                writeln!(shown, "{}", short(&thing)).expect("a string");
            }
        }
        Err(found) => diagnostics = found,
    }
    diagnostics.sort();
    shown.push_str(&diagnostics.render(text, "t.yaml", false));
    want.assert_eq(&shown);
}

/// What is set, and nothing else.
fn short(thing: &Thing) -> String {
    let mut out = String::from("{");
    if let Some(name) = &thing.name {
        write!(out, " name={name:?}").expect("a string");
    }
    if let Some(size) = thing.size {
        write!(out, " size={size}").expect("a string");
    }
    if let Some(on) = thing.on {
        write!(out, " on={on}").expect("a string");
    }
    if let Some(colour) = &thing.colour {
        write!(out, " colour={colour:?}").expect("a string");
    }
    if !thing.labels.is_empty() {
        write!(out, " labels={:?}", thing.labels).expect("a string");
    }
    for part in &thing.parts {
        write!(out, " {}", short(part)).expect("a string");
    }
    out + " }"
}

#[test]
fn text_is_what_is_written() {
    check(
        "{name: no, labels: {a: yes, b: 010, c: 1.50, d: true}}",
        expect![[r#"
            { name="no" labels={"a": "yes", "b": "010", "c": "1.50", "d": "true"} }
        "#]],
    );
    check(
        "name: !!str 5",
        expect![[r#"
        { name="5" }
    "#]],
    );
    check(
        "name: ~",
        expect![[r#"
        { }
    "#]],
    );
    check(
        "labels: {a: }",
        expect![[r#"
        t.yaml:1:11: error[E0005]: `labels.a`: expected text, found nothing
          |
        1 | labels: {a: }
          |           ^
          = help: write "" for an empty text

    "#]],
    );
}

#[test]
fn numbers_and_booleans_are_strict() {
    check(
        "size: 010\non: yes\n",
        expect![[r#"
            t.yaml:1:7: error[E0005]: `size`: expected a whole number from 0 to 255, found the text `010`
              |
            1 | size: 010
              |       ^^^
              = help: write it without quotes and leading zeros

            t.yaml:2:5: error[E0005]: `on`: expected `true` or `false`, found the text `yes`
              |
            2 | on: yes
              |     ^^^
              = help: did you mean `true`?

        "#]],
    );
    check(
        "size: 256",
        expect![[r#"
        t.yaml:1:7: error[E0005]: `size`: expected a whole number from 0 to 255, found the number 256
          |
        1 | size: 256
          |       ^^^

    "#]],
    );
    check(
        "size: 1.5",
        expect![[r#"
        t.yaml:1:7: error[E0005]: `size`: expected a whole number from 0 to 255, found the number 1.5
          |
        1 | size: 1.5
          |       ^^^

    "#]],
    );
    check(
        "size: '5'",
        expect![[r#"
            t.yaml:1:7: error[E0005]: `size`: expected a whole number from 0 to 255, found the text `5`
              |
            1 | size: '5'
              |       ^^^
              = help: write it without quotes and leading zeros

        "#]],
    );
    check(
        "{size: 0x10, on: true}",
        expect![[r#"
        { size=16 on=true }
    "#]],
    );
}

#[test]
fn keys_without_a_value_are_not_written() {
    check(
        "name:\nparts:\nsize:\n",
        expect![[r#"
        { }
    "#]],
    );
}

#[test]
fn duplicate_keys_are_refused_with_both_places() {
    check(
        "name: a\nsize: 1\nname: b\nparts: [{size: 1, size: 2}]\n",
        expect![[r#"
            t.yaml:3:1: error[E0002]: the key `name` is given twice
              |
            3 | name: b
              | ^^^^
              = note: line 1, column 1: the first one is here

            t.yaml:4:19: error[E0002]: the key `size` is given twice
              |
            4 | parts: [{size: 1, size: 2}]
              |                   ^^^^
              = note: line 4, column 10: the first one is here

        "#]],
    );
}

#[test]
fn anchors_and_merge_keys_work_in_structs() {
    check(
        "x-base: &base {name: a, size: 1}\nparts:\n  - *base\n  - {<<: *base, size: 2}\n  - \
         {<<: [{size: 3}, *base]}\n",
        expect![[r#"
            { { name="a" size=1 } { name="a" size=2 } { name="a" size=3 } }
        "#]],
    );
    check(
        "<<: 5",
        expect![[r#"
        t.yaml:1:5: error[E0009]: `<<` merges a mapping, or a list of mappings, into this one
          |
        1 | <<: 5
          |     ^

    "#]],
    );
    check(
        "parts: &a [*a]",
        expect![[r#"
        t.yaml:1:12: error[E0009]: this alias stands inside of what it stands for
          |
        1 | parts: &a [*a]
          |            ^^

    "#]],
    );
    check(
        "name: *nowhere",
        expect![[r#"
        t.yaml:1:7: error[E0001]: this is not YAML: while parsing node, found unknown anchor
          |
        1 | name: *nowhere
          |       ^
          = help: `*name` repeats what was marked with `&name` further up

    "#]],
    );
    // A quoted `<<` is a key like any other.
    check(
        "'<<': {name: a}",
        expect![[r#"
        t.yaml:1:1: error[E0003]: there is no key `<<` here
          |
        1 | '<<': {name: a}
          | ^^^^
          = help: expected `name`, `size`, `on`, `parts`, `labels` or `colour`

    "#]],
    );
}

#[test]
fn all_mistakes_are_reported_at_once() {
    check(
        "nmae: a\nsize: big\nparts:\n  - {size: 1, colour: dark_blue}\n  - [1]\n  - {siez: 1, on: \
         no}\nlabels: 5\n",
        expect![[r#"
            t.yaml:1:1: error[E0003]: there is no key `nmae` here
              |
            1 | nmae: a
              | ^^^^
              = help: did you mean `name`?

            t.yaml:2:7: error[E0005]: `size`: expected a whole number from 0 to 255, found the text `big`
              |
            2 | size: big
              |       ^^^

            t.yaml:4:23: error[E0006]: `parts[0].colour`: there is no `dark_blue`
              |
            4 |   - {size: 1, colour: dark_blue}
              |                       ^^^^^^^^^
              = help: did you mean `dark-blue`?

            t.yaml:5:5: error[E0005]: `parts[1]`: expected a mapping, found a list
              |
            5 |   - [1]
              |     ^^^

            t.yaml:6:6: error[E0003]: there is no key `siez` here
              |
            6 |   - {siez: 1, on: no}
              |      ^^^^
              = help: did you mean `size`?

            t.yaml:6:19: error[E0005]: `parts[2].on`: expected `true` or `false`, found the text `no`
              |
            6 |   - {siez: 1, on: no}
              |                   ^^
              = help: did you mean `false`?

            t.yaml:7:9: error[E0005]: `labels`: expected a mapping, found the number 5
              |
            7 | labels: 5
              |         ^

        "#]],
    );
}

#[test]
fn keys_for_notes_are_free() {
    check(
        "x-note: [1, {}]\nparts: [{x-y: 1, size: 1}]\n",
        expect![[r#"
            { { size=1 } }
        "#]],
    );
    check(
        "labels: {x-y: 1}",
        expect![[r#"
        { labels={"x-y": "1"} }
    "#]],
    );
}

#[test]
fn line_ends_and_byte_order_marks_do_not_matter() {
    check(
        "\u{feff}name: a\r\nparts:\r\n  - size: 1\r\n",
        expect![[r#"
            { name="a" { size=1 } }
        "#]],
    );
    check(
        "\u{feff}size: x\r\n",
        expect![[r#"
            t.yaml:1:7: error[E0005]: `size`: expected a whole number from 0 to 255, found the text `x`
              |
            1 | size: x
              |       ^

        "#]],
    );
}

#[test]
fn mistakes_in_the_yaml_itself() {
    check(
        "",
        expect![[r#"
        t.yaml:1:1: error[E0010]: the file is empty
          |
        1 |
          | ^

    "#]],
    );
    check(
        "# nothing\n",
        expect![[r#"
        t.yaml:1:1: error[E0010]: the file is empty
          |
        1 | # nothing
          | ^

    "#]],
    );
    check(
        "name: a\n\tsize: 1\n",
        expect![[r#"
            t.yaml:2:1: error[E0001]: this is not YAML: while scanning a plain scalar, found a tab
              |
            2 |     size: 1
              | ^^^^
              = help: indent with spaces; YAML does not accept tabs

        "#]],
    );
    check(
        "parts:\n\t- size: 1\n",
        expect![[r#"
        t.yaml:2:2: error[E0001]: this is not YAML: tabs disallowed within this context (block indentation)
          |
        2 |     - size: 1
          |     ^
          = help: indent with spaces; YAML does not accept tabs

    "#]],
    );
    check(
        "name: a: b\n",
        expect![[r#"
        t.yaml:1:8: error[E0001]: this is not YAML: mapping values are not allowed in this context
          |
        1 | name: a: b
          |        ^
          = help: put a value that contains `: ` into quotes

    "#]],
    );
    check(
        "parts: [1, 2\n",
        expect![[r#"
        t.yaml:2:1: error[E0001]: this is not YAML: while parsing a flow sequence, expected ',' or ']'
          |
        2 |
          | ^

    "#]],
    );
    check(
        "name: 'a\n",
        expect![[r#"
        t.yaml:1:7: error[E0001]: this is not YAML: while scanning a quoted scalar, found unexpected end of stream
          |
        1 | name: 'a
          |       ^

    "#]],
    );
    check(
        "name: a\n---\nname: b\n",
        expect![[r#"
        t.yaml:2:1: error[E0009]: a second document begins here, but a file holds one
          |
        2 | ---
          | ^^^

    "#]],
    );
    check(
        "name: !secret a\n",
        expect![[r#"
        t.yaml:1:7: error[E0009]: the tag `!secret` has no meaning here; remove it
          |
        1 | name: !secret a
          |       ^^^^^^^^^

    "#]],
    );
    check(
        "{[a]: 1}\n",
        expect![[r#"
        t.yaml:1:2: error[E0009]: a key must be plain text
          |
        1 | {[a]: 1}
          |  ^^^

    "#]],
    );
    check(
        "5\n",
        expect![[r#"
        t.yaml:1:1: error[E0005]: expected a mapping, found the number 5
          |
        1 | 5
          | ^

    "#]],
    );
}

#[test]
fn json_is_yaml() {
    check(
        r#"{"name": "a\u00e9", "parts": [{"size": 3, "on": false}]}"#,
        expect![[r#"
            { name="aé" { size=3 on=false } }
        "#]],
    );
}

#[test]
fn bombs_do_not_go_off() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let inside = format!("*a{}, ", n - 1).repeat(10);
        writeln!(bomb, "a{n}: &a{n} [{inside}]").expect("a string");
    }
    let found = Document::parse(&bomb).expect_err("too much");
    expect!["the file holds more than 2000000 values, aliases followed"]
        .assert_eq(&found[0].message);

    let deep = "[".repeat(20_000);
    let found = Document::parse(&deep).expect_err("too deep");
    expect!["lists and mappings are nested too deeply"].assert_eq(&found[0].message);

    let deep: String = (0..20_000).map(|n| " ".repeat(n % 300) + "a:\n").collect();
    assert!(Document::parse(&deep).is_err());

    let mut chain = String::from(
        "- &a0 1
",
    );
    for n in 1..100 {
        writeln!(chain, "- &a{n} [*a{}]", n - 1).expect("a string");
    }
    let found = Document::parse(&chain).expect_err("too deep");
    expect!["lists and mappings are nested more than 64 deep"].assert_eq(&found[0].message);

    let mut many = String::new();
    for n in 0..2_000 {
        write!(many, "k{n}: 1, ").expect("a string");
    }
    let merges = "- {<<: *a}\n".repeat(2_000);
    let found = Document::parse(&format!("- &a {{{many}}}\n{merges}")).expect_err("too much");
    expect![["the file holds more than 2000000 values, aliases followed"]]
        .assert_eq(&found[0].message);

    let limits = Limits {
        bytes: 10,
        ..Limits::default()
    };
    let found = Document::parse_within("name: abcdefgh", limits).expect_err("too long");
    expect!["the file has 14 bytes, at most 10 are read"].assert_eq(&found[0].message);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in r#"([a-z\-\[\]{}:,&*<>|'"\\ \n\t#!é0-9.]|parts:|- |: |\n  ){0,60}"#) {
        let mut diagnostics = Diagnostics::new();
        if let Ok(mut document) = Document::parse(&text) {
            let _: Option<Thing> = document.decode(&mut diagnostics);
            if let Some(place) = document.root().scalar_place() {
                for at in 0..text.len() {
                    place.locate(document.source(), at, at + 1);
                }
            }
        }
        let _ = diagnostics.render(&text, "t.yaml", true);
    }

    /// Where serde_yaml reads a text of these types, this module reads the same.
    #[test]
    fn serde_yaml_agrees(labels in prop::collection::btree_map("[a-z]{1,3}", r"[ -~é\n]{0,12}", 0..5)) {
        let text = serde_yaml::to_string(&labels).expect("labels are YAML");
        let mut diagnostics = Diagnostics::new();
        let mut document = Document::parse(&text).expect("serde_yaml writes YAML");
        let read: Option<BTreeMap<String, String>> = document.decode(&mut diagnostics);
        prop_assert_eq!(read, Some(labels));
    }
}
