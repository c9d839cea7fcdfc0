//! What Prometheus is told: how many, how long, how they ended. Labels come from fixed sets, never from a request.

use anyhow::Result;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder};

/// Latency steps in seconds: a point read takes about one millisecond, and 30 seconds is the usual limit.
const BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The gateway's figures, in a registry of their own.
pub struct Metrics {
    registry: Registry,
    /// Requests by `action` and `outcome` (`ok` or an error code).
    pub requests: IntCounterVec,
    /// How long they took, by `action`, in seconds.
    pub duration: HistogramVec,
    /// How many are being worked on.
    pub in_flight: IntGauge,
    /// What went wrong behind the gateway, by error code.
    pub backend_errors: IntCounterVec,
}

impl Metrics {
    /// Figures that begin at zero.
    pub fn new() -> Result<Self> {
        let metrics = Self {
            registry: Registry::new(),
            requests: IntCounterVec::new(
                Opts::new("voxora_gateway_requests_total", "Requests, by action and by how they ended"),
                &["action", "outcome"],
            )?,
            duration: HistogramVec::new(
                HistogramOpts::new("voxora_gateway_request_duration_seconds", "How long requests took")
                    .buckets(BUCKETS.to_vec()),
                &["action"],
            )?,
            in_flight: IntGauge::new("voxora_gateway_requests_in_flight", "Requests being worked on")?,
            backend_errors: IntCounterVec::new(
                Opts::new(
                    "voxora_gateway_backend_errors_total",
                    "Failures behind the gateway, by error code",
                ),
                &["code"],
            )?,
        };
        metrics.registry.register(Box::new(metrics.requests.clone()))?;
        metrics.registry.register(Box::new(metrics.duration.clone()))?;
        metrics.registry.register(Box::new(metrics.in_flight.clone()))?;
        metrics.registry.register(Box::new(metrics.backend_errors.clone()))?;
        Ok(metrics)
    }

    /// Prometheus' text format.
    pub fn render(&self) -> Result<String> {
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }
}
