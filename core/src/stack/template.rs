//! Variables in texts: `$NAME`, `${NAME:-default}`, `${NAME:?message}`.
//!
//! Upstream: docker/cli `cli/compose/template/template.go`, with its habits: the first operator of
//! a body counts wherever it stands, `$NAME-x` without braces has a default as well, and of several
//! mistakes in one text only the last thing counts.

/// The text with variables put in; or the text that is wrong.
pub(super) fn substitute<'v>(
    template: &str,
    variable: &impl Fn(&str) -> Option<&'v str>,
) -> Result<String, String> {
    let mut text = String::with_capacity(template.len());
    let mut wrong: Option<String> = None;
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            text.push('$');
            rest = after;
            continue;
        }
        let (body, length) = match rest.strip_prefix('{') {
            Some(inside) => match body(inside) {
                Some(body) if inside[body.len()..].starts_with('}') => (body, body.len() + 2),
                _ => ("", 0),
            },
            None => body(rest).map_or(("", 0), |body| (body, body.len())),
        };
        rest = &rest[length..];
        if body.is_empty() {
            wrong = Some(template.to_owned());
            continue;
        }
        match value(body, variable) {
            Ok(value) => {
                wrong = None;
                text.push_str(&value);
            }
            Err(missing) => wrong = Some(missing),
        }
    }
    text.push_str(rest);
    match wrong {
        None => Ok(text),
        Some(wrong) => Err(wrong),
    }
}

/// A name and perhaps an operator with all that follows, up to a closing brace.
fn body(text: &str) -> Option<&str> {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    if !text.starts_with(is_first) {
        return None;
    }
    let name = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let after = &text[name..];
    let operator = after.strip_prefix(':').unwrap_or(after);
    if operator.starts_with(['-', '?']) {
        let end = after.find('}').unwrap_or(after.len());
        return Some(&text[..name + end]);
    }
    Some(&text[..name])
}

/// What a body stands for; or what is said of a variable that is missing.
fn value<'v>(body: &str, variable: &impl Fn(&str) -> Option<&'v str>) -> Result<String, String> {
    let or_empty = |value: Option<&str>| value.unwrap_or_default().to_owned();
    if let Some((name, default)) = body.split_once(":-") {
        let given = variable(name).filter(|value| !value.is_empty());
        return Ok(given.unwrap_or(default).to_owned());
    }
    if let Some((name, default)) = body.split_once('-') {
        return Ok(variable(name).unwrap_or(default).to_owned());
    }
    for (operator, may_be_empty) in [(":?", false), ("?", true)] {
        let Some((name, message)) = body.split_once(operator) else {
            continue;
        };
        let given = variable(name);
        if given.is_none_or(|value| value.is_empty() && !may_be_empty) {
            return Err(format!(
                "required variable {name} is missing a value: {message}"
            ));
        }
        return Ok(or_empty(given));
    }
    Ok(or_empty(variable(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_as_docker_does() {
        let variable = |name: &str| match name {
            "A" => Some("aa"),
            "EMPTY" => Some(""),
            _ => None,
        };
        let check = |template: &str, want: Result<&str, &str>| {
            let got = substitute(template, &variable);
            let got = got.as_deref().map_err(String::as_str);
            assert_eq!(got, want, "{template}");
        };
        check("app:1", Ok("app:1"));
        check("$A ${A} $B|${B}|", Ok("aa aa ||"));
        check("${B:-d} ${EMPTY:-d} ${EMPTY-d} ${B-d}", Ok("d d  d"));
        check("$$A $${A}", Ok("$A ${A}"));
        // Without braces the operator takes all that follows.
        check("$A-web:1/$B/x", Ok("aa"));
        check("$B-web:1/$A/x", Ok("web:1/$A/x"));
        // A hyphen in a message makes a default of it.
        check("${B:?a-b}", Ok("b"));
        check("${A:-${B}}", Ok("aa}"));
        check(
            "${B:?must set}",
            Err("required variable B is missing a value: must set"),
        );
        check(
            "${EMPTY:?must set}",
            Err("required variable EMPTY is missing a value: must set"),
        );
        check("${EMPTY?must set}", Ok(""));
        check("a$-b", Err("a$-b"));
        check("${}", Err("${}"));
        check("${1x", Err("${1x"));
        check("${A", Err("${A"));
        check("cost: 5$", Err("cost: 5$"));
        // What comes after a mistake makes up for it.
        check("${1x$A", Ok("{1xaa"));
    }
}
