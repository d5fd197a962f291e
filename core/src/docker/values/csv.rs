//! One line of comma-separated fields, as Go's `encoding/csv` reads it.

/// The fields of the line; the errors are Go's.
pub(super) fn fields(line: &str) -> Result<Vec<String>, String> {
    if line.is_empty() {
        return Err("EOF".to_owned());
    }
    let error = |column: usize, what: &str| {
        Err(format!(
            "parse error on line 1, column {}: {what}",
            column + 1
        ))
    };
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let start = line.len() - rest.len();
        let Some(mut quoted) = rest.strip_prefix('"') else {
            let end = rest.find(',').unwrap_or(rest.len());
            if let Some(quote) = rest[..end].find('"') {
                return error(start + quote, "bare \" in non-quoted-field");
            }
            fields.push(rest[..end].to_owned());
            match rest.get(end + 1..) {
                Some(after) => rest = after,
                None => return Ok(fields),
            }
            continue;
        };
        let mut field = String::new();
        loop {
            let Some(quote) = quoted.find('"') else {
                return error(line.len(), "extraneous or missing \" in quoted-field");
            };
            field.push_str(&quoted[..quote]);
            let after = &quoted[quote + 1..];
            if let Some(more) = after.strip_prefix('"') {
                field.push('"');
                quoted = more;
            } else if let Some(more) = after.strip_prefix(',') {
                fields.push(field);
                rest = more;
                break;
            } else if after.is_empty() {
                fields.push(field);
                return Ok(fields);
            } else {
                let column = line.len() - after.len() - 1;
                return error(column, "extraneous or missing \" in quoted-field");
            }
        }
    }
}
