//! As much XML as the HTTP API needs: the text of a named element (`http-api.md` §7). No entities from documents, no
//! nesting, no growth.

/// Text of the first `<name>…</name>`, entities and CDATA resolved; `None` when absent. An empty element is `""`.
pub(super) fn element(xml: &str, name: &str) -> Option<String> {
    let open = format!("<{name}>");
    let Some((_, rest)) = xml.split_once(&open) else {
        return xml.contains(&format!("<{name}/>")).then(String::new);
    };
    let (inner, _) = rest.split_once(&format!("</{name}>"))?;
    let inner = inner.trim();
    if let Some(data) = inner.strip_prefix("<![CDATA[").and_then(|inner| inner.strip_suffix("]]>")) {
        return Some(data.to_owned());
    }
    Some(unescape(inner))
}

/// Values of one attribute over all elements of that name, at most 8: `<error key="…" message="…"/>`.
pub(super) fn attributes(xml: &str, element: &str, attribute: &str) -> Vec<String> {
    let open = format!("<{element} ");
    let wanted = format!("{attribute}=\"");
    xml.split(&open)
        .skip(1)
        .filter_map(|rest| {
            let tag = rest.split('>').next()?;
            let (_, value) = tag.split_once(&wanted)?;
            Some(unescape(value.split('"').next()?))
        })
        .take(8)
        .collect()
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = after.split_once(';').filter(|(name, _)| name.len() <= 8).and_then(|(name, tail)| {
            let c = match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => {
                    let number = name.strip_prefix('#')?;
                    let code = match number.strip_prefix(['x', 'X']) {
                        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                        None => number.parse().ok()?,
                    };
                    char::from_u32(code)?
                }
            };
            Some((c, tail))
        });
        rest = if let Some((c, tail)) = known {
            out.push(c);
            tail
        } else {
            out.push('&');
            after
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_entities_and_cdata_are_read() {
        let xml = "<response>\n<a> x &amp; &#233;&#x2F; </a><b><![CDATA[1 < 2]]></b><c></c><d/></response>";
        assert_eq!(element(xml, "a").as_deref(), Some("x & é/"));
        assert_eq!(element(xml, "b").as_deref(), Some("1 < 2"));
        assert_eq!((element(xml, "c").as_deref(), element(xml, "d").as_deref()), (Some(""), Some("")));
        assert_eq!(element(xml, "e"), None);
    }

    #[test]
    fn broken_xml_yields_nothing_or_itself() {
        assert_eq!(element("<a>never closed", "a"), None);
        assert_eq!(element("<a>&bogus; & &#xFFFFFFFF; &#;</a>", "a").as_deref(), Some("&bogus; & &#xFFFFFFFF; &#;"));
    }
}
