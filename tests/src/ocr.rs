//! Reading a picture with tesseract.

use std::path::Path;
use std::process::Command;
use xtask::trouble::{Outcome, Trouble};

/// The words on a picture, in reading order.
///
/// # Errors
/// tesseract is missing or cannot read the file.
pub fn read(picture: &Path) -> Outcome<Vec<String>> {
    let out = Command::new("tesseract")
        .arg(picture)
        .args(["stdout", "--psm", "6", "-l", "eng"])
        .output()
        .map_err(|_| Trouble::missing("tesseract", "`cargo xtask test` installs it"))?;
    if !out.status.success() {
        return Err(Trouble::new(format!(
            "tesseract cannot read {}: {}",
            picture.display(),
            String::from_utf8_lossy(&out.stderr)
        )));
    }
    Ok(words(&String::from_utf8_lossy(&out.stdout)))
}

/// Words of a text as a reader would compare them: letters and figures only, in lower case.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Share of `expected` that stands in `found` in the same order, 0 to 1.
#[must_use]
pub fn share(expected: &[String], found: &[String]) -> f64 {
    // Longest common subsequence, one row at a time.
    let mut row = vec![0_usize; found.len() + 1];
    for word in expected {
        let mut diagonal = 0;
        for (column, other) in found.iter().enumerate() {
            let above = row[column + 1];
            row[column + 1] = if word == other { diagonal + 1 } else { above.max(row[column]) };
            diagonal = above;
        }
    }
    if expected.is_empty() { 1.0 } else { row[found.len()] as f64 / expected.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_and_a_strange_word_count_once() {
        let (expected, found) = (words("The fraction 3/4, read aloud."), words("The frction 3/4 read read aloud"));
        assert!((share(&expected, &found) - 5.0 / 6.0).abs() < 1e-9);
    }
}
