//! A histogram of one latency in microseconds: 1 µs to 1 h, three digits.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hdrhistogram::{
    Histogram,
    serialization::{Deserializer, Serializer as _, V2Serializer},
};
use serde::{Deserialize, Serialize, de};

/// An hour, the longest latency that is told apart.
const LONGEST_MICROS: u64 = 3_600_000_000;

/// The latencies of one kind. It is written as base64 of HdrHistogram's V2 format, which other
/// tools read.
#[derive(Debug, Clone, PartialEq)]
pub struct LatencyHistogram(Histogram<u64>);

impl Default for LatencyHistogram {
    fn default() -> Self {
        #[expect(
            clippy::expect_used,
            reason = "the bounds are constants that are in order"
        )]
        Self(Histogram::new_with_bounds(1, LONGEST_MICROS, 3).expect("bounds in order"))
    }
}

impl LatencyHistogram {
    /// Records one latency; none is shorter than 1 µs or longer than an hour.
    pub fn record(&mut self, micros: u64) {
        self.0.saturating_record(micros.clamp(1, LONGEST_MICROS));
    }

    /// How many were recorded.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency in microseconds that this share of all did not exceed; `quantile` is 0 to 1.
    pub fn at(&self, quantile: f64) -> u64 {
        self.0.value_at_quantile(quantile)
    }

    /// The longest, in microseconds.
    pub fn max(&self) -> u64 {
        self.0.max()
    }

    /// The shortest, in microseconds.
    pub fn min(&self) -> u64 {
        self.0.min()
    }

    /// The mean, in microseconds.
    pub fn mean(&self) -> f64 {
        self.0.mean()
    }

    /// Adds all of the other, without loss.
    pub fn merge(&mut self, other: &Self) {
        // The bounds of both are the same: `deserialize` refuses others.
        let added = self.0.add(&other.0);
        debug_assert!(added.is_ok(), "{added:?}");
    }

    /// Every latency that was told apart, with how often it was recorded, ascending.
    pub fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        let iter = self.0.iter_recorded();
        iter.map(|step| (step.value_iterated_to(), step.count_at_value()))
    }
}

impl Serialize for LatencyHistogram {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::new();
        V2Serializer::new()
            .serialize(&self.0, &mut bytes)
            .map_err(serde::ser::Error::custom)?;
        to.serialize_str(&STANDARD.encode(bytes))
    }
}

impl<'de> Deserialize<'de> for LatencyHistogram {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let bytes = STANDARD.decode(text).map_err(de::Error::custom)?;
        let read = Deserializer::new()
            .deserialize::<u64, _>(&mut bytes.as_slice())
            .map_err(de::Error::custom)?;
        let own = Self::default().0;
        if (read.low(), read.high(), read.sigfig()) != (own.low(), own.high(), own.sigfig()) {
            return Err(de::Error::custom(
                "the histogram is not of 1 µs to 1 h with three digits",
            ));
        }
        Ok(Self(read))
    }
}
