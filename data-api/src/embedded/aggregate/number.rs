//! Numbers as MongoDB computes with them: whole numbers stay whole, and what meets a double becomes one.
//!
//! A whole result beyond ±(2^53 − 1) is refused: MongoDB would go on with 64 bits, which no JSON carries exactly.

use serde_json::Value;

use super::super::compare::as_f64;
use crate::DataApiError;
use crate::document::MAX_INTEGER;
use crate::error::invalid;

/// The most decimal places a double has after the point; its exact expansion ends there.
const MAX_PLACES: usize = 1074;

/// A number of one of the two kinds that documents hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Integer(i64),
    Double(f64),
}

impl Number {
    pub(super) fn of(value: &Value) -> Option<Self> {
        let number = value.as_number()?;
        Some(number.as_i64().map_or_else(|| Self::Double(as_f64(number)), Self::Integer))
    }

    #[allow(clippy::cast_precision_loss, reason = "stored whole numbers stay within ±2^53")]
    pub(super) const fn as_f64(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Double(double) => double,
        }
    }

    /// The whole number it is, also as a double.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "whole and within ±2^53")]
    pub(super) fn integral(self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(integer),
            Self::Double(double) => {
                (double.fract() == 0.0 && double.abs() <= MAX_INTEGER as f64).then_some(double as i64)
            }
        }
    }

    /// As a value, where it can be one; `operator` is whose result it is.
    pub(super) fn into_value(self, operator: &str) -> Result<Value, DataApiError> {
        match self {
            Self::Integer(value) => integer(operator, value.into()),
            Self::Double(value) => double(operator, value),
        }
    }
}

/// A whole number as a value.
pub(super) fn integer(operator: &str, value: i128) -> Result<Value, DataApiError> {
    i64::try_from(value)
        .ok()
        .filter(|value| value.abs() <= MAX_INTEGER)
        .map(Value::from)
        .ok_or_else(|| invalid(format!("the result of {operator} is beyond ±(2^53 − 1)")))
}

/// A double as a value.
pub(super) fn double(operator: &str, value: f64) -> Result<Value, DataApiError> {
    serde_json::Number::from_f64(value)
        .map(Value::Number)
        .ok_or_else(|| invalid(format!("the result of {operator} is not a finite number")))
}

/// A sum that keeps what doubles lose when they are added one by one, as MongoDB's sums do (2Sum: Knuth, "The Art of
/// Computer Programming", volume 2, 4.2.2), and that is whole as long as every part is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    /// Of the whole numbers, exactly.
    integers: i128,
    /// Of everything: the rounded total and what rounding lost.
    total: f64,
    lost: f64,
    has_doubles: bool,
    pub(super) count: u32,
}

impl Sum {
    pub(super) fn add(&mut self, number: Number) {
        match number {
            Number::Integer(integer) => self.integers += i128::from(integer),
            Number::Double(_) => self.has_doubles = true,
        }
        let part = number.as_f64();
        let total = self.total + part;
        let before = total - part;
        self.lost += (self.total - before) + (part - (total - before));
        self.total = total;
        self.count += 1;
    }

    pub(super) fn as_f64(&self) -> f64 {
        self.total + self.lost
    }

    /// The whole part of the sum, where every part was whole.
    pub(super) fn integer(&self) -> Option<i128> {
        (!self.has_doubles).then_some(self.integers)
    }

    pub(super) fn value(&self, operator: &str) -> Result<Value, DataApiError> {
        match self.integer() {
            Some(total) => integer(operator, total),
            None => double(operator, self.as_f64()),
        }
    }

    /// The mean; null of nothing.
    pub(super) fn mean(&self, operator: &str) -> Result<Value, DataApiError> {
        if self.count == 0 {
            Ok(Value::Null)
        } else {
            double(operator, self.as_f64() / f64::from(self.count))
        }
    }
}

/// The remainder with the sign of the dividend. A double divisor that is whole leaves whole dividends whole.
pub(super) fn remainder(dividend: Number, divisor: Number) -> Result<Number, DataApiError> {
    if divisor.as_f64() == 0.0 {
        return Err(invalid("can't $mod by zero"));
    }
    let whole = divisor.integral().filter(|divisor| i32::try_from(*divisor).is_ok());
    Ok(match (dividend, divisor, whole) {
        (Number::Integer(dividend), Number::Integer(divisor), _)
        | (Number::Integer(dividend), _, Some(divisor)) => Number::Integer(dividend % divisor),
        _ => Number::Double(dividend.as_f64() % divisor.as_f64()),
    })
}

/// Rounds half to even, or cuts off, at a decimal place: 0 is the point, -1 the tens, 2 the hundredths.
pub(super) fn round(number: Number, place: i64, cut: bool) -> Number {
    let Ok(places) = usize::try_from(place) else {
        return round_up_front(number, place, cut);
    };
    match number {
        Number::Double(double) if places == 0 => {
            Number::Double(if cut { double.trunc() } else { double.round_ties_even() })
        }
        // In decimals, exactly: binary arithmetic would round what it should only look at.
        Number::Double(double) => {
            let digits = if cut { MAX_PLACES } else { places };
            let mut text = format!("{double:.digits$}");
            if cut && let Some(point) = text.find('.') {
                text.truncate(point + 1 + places);
            }
            Number::Double(text.parse().unwrap_or(double))
        }
        Number::Integer(_) => number,
    }
}

/// [`round`] at a place before the point.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "where it is lossy it is not used"
)]
fn round_up_front(number: Number, place: i64, cut: bool) -> Number {
    let unit = 10_i128.pow(u32::try_from(place.unsigned_abs()).unwrap_or(u32::MAX).min(20));
    let (whole, fraction) = match number {
        Number::Integer(integer) => (i128::from(integer), 0.0),
        // Doubles of that size are farther apart than any unit.
        Number::Double(double) if double.abs() >= 1e38 => return number,
        Number::Double(double) => (double.trunc() as i128, double.fract()),
    };
    let (mut units, rest) = (whole / unit, whole % unit);
    let above_half = 2 * rest.abs() > unit || (2 * rest.abs() == unit && (fraction != 0.0 || units % 2 != 0));
    if above_half && !cut {
        units += rest.signum();
    }
    let rounded = units * unit;
    match number {
        Number::Integer(_) => i64::try_from(rounded).map_or(number, Number::Integer),
        Number::Double(_) => Number::Double(rounded as f64),
    }
}

/// A number as `$toString` and `$concat`'s helpers write it: doubles with up to 16 digits, like C's `%.16g`.
pub(super) fn text(number: Number) -> String {
    let double = match number {
        Number::Integer(integer) => return integer.to_string(),
        Number::Double(double) => double,
    };
    let scientific = format!("{double:.15e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let places = usize::try_from(15 - exponent).unwrap_or(0);
        return trimmed(&format!("{double:.places$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(digits), exponent.abs())
}

/// Without zeros at the end of the decimals, and without a point that nothing follows.
fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::Number::{Double, Integer};
    use super::{Sum, remainder, round, text};

    #[test]
    fn rounding_is_half_to_even_on_the_exact_value() {
        for (number, place, rounded, cut) in [
            (Double(2.5), 0, Double(2.0), Double(2.0)),
            (Double(3.5), 0, Double(4.0), Double(3.0)),
            (Double(-1.5), 0, Double(-2.0), Double(-1.0)),
            (Double(0.125), 2, Double(0.12), Double(0.12)),
            (Double(0.375), 2, Double(0.38), Double(0.37)),
            // Just below the tie that its shortest text suggests.
            (Double(2.675), 2, Double(2.67), Double(2.67)),
            (Double(0.3), 1, Double(0.3), Double(0.2)),
            (Double(1234.5678), 2, Double(1234.57), Double(1234.56)),
            (Double(-1234.5678), -2, Double(-1200.0), Double(-1200.0)),
            (Double(250.0), -2, Double(200.0), Double(200.0)),
            (Double(250.000_01), -2, Double(300.0), Double(200.0)),
            (Double(1e300), -5, Double(1e300), Double(1e300)),
            (Integer(1250), -2, Integer(1200), Integer(1200)),
            (Integer(1251), -2, Integer(1300), Integer(1200)),
            (Integer(-1350), -2, Integer(-1400), Integer(-1300)),
            (Integer(7), -20, Integer(0), Integer(0)),
            (Integer(7), 5, Integer(7), Integer(7)),
        ] {
            assert_eq!(round(number, place, false), rounded, "round {number:?} {place}");
            assert_eq!(round(number, place, true), cut, "trunc {number:?} {place}");
        }
    }

    #[test]
    fn sums_lose_nothing_on_the_way() {
        let sum = |numbers: &[super::Number]| {
            let mut sum = Sum::default();
            for number in numbers {
                sum.add(*number);
            }
            sum.value("$sum").map(|value| value.to_string()).map_err(|error| error.to_string())
        };
        assert_eq!(sum(&[Double(0.1); 10]), Ok("1.0".into()));
        assert_eq!(sum(&[Double(1e100), Double(1.0), Double(-1e100)]), Ok("1.0".into()));
        assert_eq!(sum(&[Integer(1), Integer(2)]), Ok("3".into()));
        assert_eq!(sum(&[Integer(1), Double(2.0)]), Ok("3.0".into()));
        let most = Integer(9_007_199_254_740_991);
        assert_eq!(sum(&[most, Integer(1), Integer(-1)]), Ok("9007199254740991".into()));
        assert!(sum(&[most, Integer(1)]).unwrap_err().contains("2^53"));
        assert!(sum(&[Double(f64::MAX), Double(f64::MAX)]).unwrap_err().contains("finite"));
    }

    #[test]
    fn remainders_keep_whole_numbers_whole() {
        assert_eq!(remainder(Integer(-7), Integer(3)), Ok(Integer(-1)));
        assert_eq!(remainder(Integer(7), Double(2.0)), Ok(Integer(1)));
        assert_eq!(remainder(Double(7.0), Integer(2)), Ok(Double(1.0)));
        assert_eq!(remainder(Integer(7), Double(2.5)), Ok(Double(2.0)));
        assert!(remainder(Integer(7), Double(0.0)).is_err());
    }

    #[test]
    fn doubles_are_written_with_sixteen_digits() {
        for (double, written) in [
            (3.0, "3"),
            (-0.5, "-0.5"),
            (0.1 + 0.2, "0.3"),
            (1e15, "1000000000000000"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (0.0001, "0.0001"),
            (0.000_01, "1e-05"),
            (1234.5678, "1234.5678"),
            (1.234_567_890_123_456e22, "1.234567890123456e+22"),
        ] {
            assert_eq!(text(Double(double)), written);
        }
        assert_eq!(text(Integer(-12)), "-12");
    }
}
