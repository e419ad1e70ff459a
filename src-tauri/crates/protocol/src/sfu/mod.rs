//! SFU messages.
