//! Natural order: numbers inside texts count as numbers (`fvbommel/sortorder`).

use std::cmp::Ordering;

/// Compares two texts; `web.2` comes before `web.10`.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (first, second) = match (a, b) {
            ([], []) => return Ordering::Equal,
            ([], _) => return Ordering::Less,
            (_, []) => return Ordering::Greater,
            ([first, ..], [second, ..]) => (*first, *second),
        };
        if !first.is_ascii_digit() || !second.is_ascii_digit() {
            if first != second {
                return first.cmp(&second);
            }
            (a, b) = (&a[1..], &b[1..]);
            continue;
        }
        let (number_a, zeros_a) = take_number(&mut a);
        let (number_b, zeros_b) = take_number(&mut b);
        let order = number_a
            .len()
            .cmp(&number_b.len())
            .then_with(|| number_a.cmp(number_b))
            .then(zeros_a.cmp(&zeros_b));
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Takes the digits in front: those that count, and how many zeros stood before them.
fn take_number<'a>(text: &mut &'a [u8]) -> (&'a [u8], usize) {
    let end = text
        .iter()
        .position(|b| !b.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    let zeros = digits.iter().take_while(|&&b| b == b'0').count();
    (&digits[zeros..], zeros)
}
