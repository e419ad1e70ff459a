//! SDP facts.
