//! Exact fractions: what `math/big.Rat` reads, as far as it fits.

/// A fraction with a positive denominator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rational {
    pub(super) numerator: i128,
    pub(super) denominator: i128,
}

impl Rational {
    /// Reads `3`, `-1.5`, `.25`, `1e3` or `1/3`. Numbers beyond some thirty digits are refused.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some((numerator, denominator)) = text.split_once('/') {
            let denominator = integer(denominator).filter(|&denominator| denominator > 0)?;
            let (negative, numerator) = sign(numerator);
            return Some(Self {
                numerator: signed(negative, integer(numerator)?),
                denominator,
            });
        }
        let (negative, body) = sign(text);
        let (mantissa, exponent) = match body.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                let (negative, digits) = sign(exponent);
                let size = i32::try_from(integer(digits)?).ok()?;
                (mantissa, if negative { -size } else { size })
            }
            None => (body, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let fraction = fraction.trim_end_matches('0');
        if mantissa.bytes().all(|b| b == b'.') {
            return None;
        }
        let digits = integer(&format!("0{whole}{fraction}"))?;
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let scale = 10_i128.checked_pow(exponent.unsigned_abs())?;
        Some(if exponent < 0 {
            Self {
                numerator: signed(negative, digits),
                denominator: scale,
            }
        } else {
            Self {
                numerator: signed(negative, digits.checked_mul(scale)?),
                denominator: 1,
            }
        })
    }

    /// The fraction times `factor` as a quotient and whether that is exact.
    pub(super) fn times(self, factor: i64) -> Option<(i64, bool)> {
        let product = self.numerator.checked_mul(i128::from(factor))?;
        let quotient = i64::try_from(product / self.denominator).ok()?;
        Some((quotient, product % self.denominator == 0))
    }
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn signed(negative: bool, size: i128) -> i128 {
    if negative { -size } else { size }
}

fn integer(digits: &str) -> Option<i128> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}
