use thiserror::Error;

/// Why coding failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CodecError {
    /// The sender's fault: bytes that are not of this format.
    #[error("the data are corrupt")]
    Corrupt,
    /// Our misuse: a count of samples or a picture size the coder does not take.
    #[error("a size the coder does not take")]
    Size,
    /// The library refused; its code, as it is.
    #[error("the codec library refused ({0})")]
    Library(i32),
}

/// Result of this crate.
pub type Result<T> = std::result::Result<T, CodecError>;
