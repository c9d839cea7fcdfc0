//! Who may do what. The one place that decides; everything not said here is refused.
