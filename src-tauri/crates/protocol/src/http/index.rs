//! The API index (`session.md` §2.2, §5.3): which server it is and where its GraphQL lives.

use super::xml;
use serde_json::Value;
use url::Url;

/// Largest answer read, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// What the server says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiIndex {
    /// Exact release, if the server shows it.
    pub bbb_version: Option<String>,
    /// WebSocket of GraphQL. Absent on BBB 2.7 and older.
    pub graphql_ws: Option<String>,
    /// Base of `meetingStaticData`.
    pub graphql_api: Option<String>,
    /// `0.0.x` on 3.0, `0.1.x` on 4.0.
    pub plugin_sdk: Option<String>,
}

/// Why an index cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// Neither the JSON nor the XML form: not BBB, or a proxy's page.
    #[error("not a BigBlueButton API index")]
    NotBbb,
}

impl ApiIndex {
    /// Reads the JSON or XML form.
    ///
    /// # Errors
    /// [`IndexError::NotBbb`] for anything else.
    pub fn parse(body: &str) -> Result<Self, IndexError> {
        let body = body.trim_start_matches('\u{feff}').trim_start();
        if body.len() > MAX_BODY {
            return Err(IndexError::NotBbb);
        }
        if body.starts_with('{') {
            let root: Value = serde_json::from_str(body).map_err(|_| IndexError::NotBbb)?;
            let response = root.get("response").ok_or(IndexError::NotBbb)?;
            return Self::of(|name| response.get(name).and_then(Value::as_str).map(str::to_owned));
        }
        if body.starts_with("<?xml") || body.starts_with("<response") {
            return Self::of(|name| xml::element(body, name));
        }
        Err(IndexError::NotBbb)
    }

    /// A BBB without GraphQL: 2.7 or older, which we do not speak.
    #[must_use]
    pub fn is_too_old(&self) -> bool {
        self.graphql_ws.is_none()
    }

    fn of(field: impl Fn(&str) -> Option<String>) -> Result<Self, IndexError> {
        if field("returncode").as_deref() != Some("SUCCESS") {
            return Err(IndexError::NotBbb);
        }
        let text = |name: &str| field(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        let url = |name: &str, scheme: &str| {
            text(name).filter(|text| {
                Url::parse(text).is_ok_and(|url| {
                    url.has_host() && (url.scheme() == scheme || url.scheme().strip_suffix('s') == Some(scheme))
                })
            })
        };
        Ok(Self {
            bbb_version: text("bbbVersion").filter(|version| version.len() <= 64),
            graphql_ws: url("graphqlWebsocketUrl", "ws"),
            graphql_api: url("graphqlApiUrl", "http"),
            plugin_sdk: text("html5PluginSdkVersion").filter(|version| version.len() <= 64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let json = r#"{"response":{"returncode":"SUCCESS","version":"2.0","apiVersion":"2.0","bbbVersion":"3.0.19","graphqlWebsocketUrl":"wss://bbb.example.org/graphql","graphqlApiUrl":"https://bbb.example.org/api/rest","html5PluginSdkVersion":"0.0.99"}}"#;
        let xml = "<response><returncode>SUCCESS</returncode><version>2.0</version><bbbVersion>3.0.19</bbbVersion>\
            <graphqlWebsocketUrl>wss://bbb.example.org/graphql</graphqlWebsocketUrl>\
            <graphqlApiUrl>https://bbb.example.org/api/rest</graphqlApiUrl><html5PluginSdkVersion>0.0.99</html5PluginSdkVersion></response>";
        let index = ApiIndex::parse(json).unwrap();
        assert_eq!(Ok(&index), ApiIndex::parse(xml).as_ref());
        assert_eq!(index.graphql_ws.as_deref(), Some("wss://bbb.example.org/graphql"));
        assert!(!index.is_too_old());
    }

    #[test]
    fn a_server_without_graphql_is_too_old() {
        let xml = "<response><returncode>SUCCESS</returncode><version>2.0</version><bbbVersion/></response>";
        let index = ApiIndex::parse(xml).unwrap();
        assert!(index.is_too_old());
        assert_eq!(index.bbb_version, None);
    }

    #[test]
    fn anything_else_is_not_bbb() {
        let huge = format!("{{\"response\":\"{}\"}}", "x".repeat(MAX_BODY));
        for body in [
            "",
            "OK",
            "<html></html>",
            "{",
            "{}",
            r#"{"response":[]}"#,
            r#"{"response":{"returncode":"FAILED"}}"#,
            &huge,
        ] {
            assert_eq!(ApiIndex::parse(body), Err(IndexError::NotBbb), "{body:.30}");
        }
    }

    #[test]
    fn addresses_of_another_kind_are_not_taken() {
        let json = r#"{"response":{"returncode":"SUCCESS","graphqlWebsocketUrl":"javascript:alert(1)","graphqlApiUrl":"file:///etc"}}"#;
        let index = ApiIndex::parse(json).unwrap();
        assert_eq!((index.graphql_ws, index.graphql_api), (None, None));
    }
}
