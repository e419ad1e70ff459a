//! Which of the entries of a sound system are devices to a person.

use crate::DeviceInfo;

/// Leaves out raw and plugin entries, and puts the default first.
pub(super) fn tidy<D>(mut list: Vec<(DeviceInfo, D)>) -> Vec<(DeviceInfo, D)> {
    list.retain(|(info, _)| is_device(&info.id));
    // ALSA always has a "default", also on a computer without any card, where it cannot be opened.
    if !list.iter().any(|(info, _)| info.id != ALSA_DEFAULT) {
        list.retain(|(info, _)| info.id != ALSA_DEFAULT);
    }
    list.sort_by_key(|(info, _)| !info.is_default);
    list
}

const ALSA_DEFAULT: &str = "alsa:default";

fn is_device(id: &str) -> bool {
    let Some(pcm) = id.strip_prefix("alsa:") else { return true };
    // One entry a card (mixing and converting), one for each further output of a card, and the routed default.
    // The same cards by number, raw hardware and single plugins are for other people.
    let further = pcm
        .strip_prefix("plughw:CARD=")
        .and_then(|rest| rest.split_once(",DEV="))
        .is_some_and(|(card, device)| !card.bytes().all(|b| b.is_ascii_digit()) && device != "0");
    pcm == "default" || pcm == "pipewire" || pcm.starts_with("sysdefault:") || further
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(ids: &[(&str, bool)]) -> Vec<String> {
        let list = ids
            .iter()
            .map(|(id, is_default)| (DeviceInfo { id: (*id).into(), name: (*id).into(), is_default: *is_default }, ()));
        tidy(list.collect()).into_iter().map(|(info, ())| info.id).collect()
    }

    #[test]
    fn the_default_comes_first() {
        assert_eq!(tidied(&[("wasapi:a", false), ("wasapi:b", true)]), ["wasapi:b", "wasapi:a"]);
    }

    #[test]
    fn a_card_is_listed_once_without_its_plugins() {
        assert_eq!(
            tidied(&[
                ("alsa:null", false),
                ("alsa:default", true),
                ("alsa:sysdefault:CARD=PCH", false),
                ("alsa:hw:CARD=PCH,DEV=0", false),
                ("alsa:plughw:CARD=PCH,DEV=0", false),
                ("alsa:plughw:CARD=PCH,DEV=3", false),
                ("alsa:plughw:CARD=0,DEV=3", false),
                ("alsa:dmix:CARD=PCH,DEV=0", false),
            ]),
            ["alsa:default", "alsa:sysdefault:CARD=PCH", "alsa:plughw:CARD=PCH,DEV=3"]
        );
        assert!(tidied(&[("alsa:null", false), ("alsa:default", true), ("alsa:pulse", false)]).is_empty());
    }
}
