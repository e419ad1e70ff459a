//! Words and times that come from others, made harmless and bounded.

use protocol::ids::Text;

/// Longest name kept, in characters.
const NAME: usize = 200;
/// Longest chat message kept, in characters.
const BODY: usize = 20_000;

/// Longest id kept, in bytes: BBB's own columns end at 150.
const ID: usize = 200;

/// An id as the server gave it, if it is one.
pub(crate) fn id(text: &str) -> Option<&str> {
    (!text.is_empty() && text.len() <= ID).then_some(text)
}

/// A name as one plain line. Control characters and marks that turn the direction of text around are dropped: a name
/// must not be able to rearrange the sentence it stands in.
pub(crate) fn name(text: Option<&Text>) -> String {
    let Some(text) = text else { return String::new() };
    text.as_str().chars().filter(|c| !turns(*c) && !c.is_control()).take(NAME).collect::<String>().trim().to_owned()
}

/// A chat message: lines stay.
pub(crate) fn body(text: &str) -> String {
    text.chars().filter(|c| !turns(*c) && (!c.is_control() || matches!(c, '\n' | '\t'))).take(BODY).collect()
}

fn turns(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// `#rrggbb` or nothing: it ends up in a style of the window.
pub(crate) fn color(text: Option<&str>) -> Option<String> {
    let text = text?;
    let digits = text.strip_prefix('#')?;
    (digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit())).then(|| text.to_ascii_lowercase())
}

/// What two texts have in common when a server has escaped, trimmed or re-marked one of them: letters and digits.
pub(crate) fn bare(text: &str) -> String {
    let plain = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    plain.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_turn_text_around_or_break_its_line() {
        assert_eq!(name(Some(&Text::new("  A\u{202E}da\n\u{0007} "))), "Ada");
        assert_eq!(name(Some(&Text::new("x".repeat(5_000)))).chars().count(), NAME);
        assert_eq!(name(None), "");
    }

    #[test]
    fn only_plain_hex_colours_pass() {
        assert_eq!(color(Some("#FF00aa")).as_deref(), Some("#ff00aa"));
        for bad in ["red", "#fff", "#ff00aa;", "url(x)", "#gg0000", ""] {
            assert_eq!(color(Some(bad)), None, "{bad}");
        }
    }

    #[test]
    fn a_text_the_server_escaped_is_still_the_same_text() {
        assert_eq!(bare("5 < 7 & **so** on"), bare(" 5 &lt; 7 &amp; so on"));
        assert_ne!(bare("yes"), bare("no"));
    }
}
