//! Small texts that many tables share.

/// The first twelve characters of an id (`formatter.TruncateID`).
pub fn short_id(id: &str) -> &str {
    id.char_indices().nth(12).map_or(id, |(at, _)| &id[..at])
}

/// The first letter a capital, the rest small (`formatter.PrettyPrint`).
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first
            .to_uppercase()
            .chain(chars.flat_map(char::to_lowercase))
            .collect(),
        None => String::new(),
    }
}

/// The text, cut to so many characters, the last of which is then an ellipsis
/// (`formatter.Ellipsis`).
pub(super) fn ellipsis(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['…']).collect()
}

/// An image as people write it: without the default registry, and without the digest where
/// there is a tag (`reference.FamiliarString`).
pub fn familiar_image(image: &str) -> &str {
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    let image = image.strip_prefix("library/").unwrap_or(image);
    match image.split_once('@') {
        Some((name, _))
            if name
                .rsplit('/')
                .next()
                .is_some_and(|last| last.contains(':')) =>
        {
            name
        }
        _ => image,
    }
}

/// An amount of memory in four digits: `23.54GiB` (go-units `BytesSize`, `%.4g`).
pub fn binary_size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut power = 0;
    while bytes >> (10 * power) >= 1024 {
        power += 1;
    }
    let number = significant(u128::from(bytes), 1_u128 << (10 * power), 4);
    format!("{number}{}", UNITS[power])
}

/// `numerator / denominator` in so many significant digits, without trailing zeros. Meant for
/// quotients below ten thousand.
pub(super) fn significant(numerator: u128, denominator: u128, digits: usize) -> String {
    let whole_digits = (numerator / denominator)
        .checked_ilog10()
        .map_or(1, |log| log as usize + 1);
    let decimals = digits.saturating_sub(whole_digits);
    let scale = 10_u128.pow(u32::try_from(decimals).expect("a few digits"));
    // Halves go to the even neighbour, as they do in C and Go.
    let scaled = numerator * scale;
    let (mut quotient, rest) = (scaled / denominator, scaled % denominator);
    if rest * 2 > denominator || (rest * 2 == denominator && quotient % 2 == 1) {
        quotient += 1;
    }
    let (whole, fraction) = (quotient / scale, quotient % scale);
    let fraction = format!("{fraction:0decimals$}");
    match fraction.trim_end_matches('0') {
        "" => whole.to_string(),
        fraction => format!("{whole}.{fraction}"),
    }
}
