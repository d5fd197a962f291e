//! Scenario texts in, values or diagnostics out.
