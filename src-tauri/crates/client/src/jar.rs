//! Cookies per host, whatever `Path` the server gave them.
//!
//! BBB wants `JSESSIONID` on every later request and on every WebSocket upgrade to its host (`session.md` §2.1), also
//! where the cookie's path would keep it away. A portal on another host keeps its own.

use parking_lot::Mutex;
use reqwest::Url;
use reqwest::cookie::CookieStore;
use reqwest::header::HeaderValue;
use std::collections::BTreeMap;

/// Longest cookie value kept, in bytes.
const MAX_VALUE: usize = 4096;
/// Most cookies kept for one host.
const MAX_PER_HOST: usize = 50;
/// Most hosts kept: more hops than a join may take.
const MAX_HOSTS: usize = 32;

/// A cookie jar for one class.
#[derive(Default)]
pub(crate) struct HostJar(Mutex<BTreeMap<String, BTreeMap<String, Cookie>>>);

struct Cookie {
    value: String,
    secure: bool,
}

impl CookieStore for HostJar {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, url: &Url) {
        let Some(host) = url.host_str() else { return };
        let mut hosts = self.0.lock();
        if !hosts.contains_key(host) && hosts.len() >= MAX_HOSTS {
            return;
        }
        let cookies = hosts.entry(host.to_owned()).or_default();
        for header in headers {
            let Some((name, cookie, expired)) = header.to_str().ok().and_then(parse) else { continue };
            if expired {
                cookies.remove(&name);
            } else if cookies.contains_key(&name) || cookies.len() < MAX_PER_HOST {
                cookies.insert(name, cookie);
            }
        }
    }

    fn cookies(&self, url: &Url) -> Option<HeaderValue> {
        let safe = matches!(url.scheme(), "https" | "wss") || is_loopback(url);
        let hosts = self.0.lock();
        let line = hosts
            .get(url.host_str()?)?
            .iter()
            .filter(|(_, cookie)| safe || !cookie.secure)
            .map(|(name, cookie)| format!("{name}={}", cookie.value))
            .collect::<Vec<_>>()
            .join("; ");
        if line.is_empty() { None } else { HeaderValue::from_str(&line).ok() }
    }
}

/// Whether this address never leaves the machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn parse(line: &str) -> Option<(String, Cookie, bool)> {
    let mut parts = line.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || value.len() > MAX_VALUE {
        return None;
    }
    let mut cookie = Cookie { value: value.to_owned(), secure: false };
    let mut expired = false;
    for attribute in parts {
        let (key, setting) = attribute.split_once('=').unwrap_or((attribute, ""));
        match key.trim().to_ascii_lowercase().as_str() {
            "secure" => cookie.secure = true,
            "max-age" => expired = setting.trim().parse::<i64>().is_ok_and(|age| age <= 0),
            _ => {}
        }
    }
    Some((name.to_owned(), cookie, expired))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(jar: &HostJar, url: &str, line: &str) {
        let header = HeaderValue::from_str(line).unwrap();
        jar.set_cookies(&mut std::iter::once(&header), &Url::parse(url).unwrap());
    }

    fn get(jar: &HostJar, url: &str) -> Option<String> {
        jar.cookies(&Url::parse(url).unwrap()).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_cookie_goes_to_every_path_of_its_host_only() {
        let jar = HostJar::default();
        set(
            &jar,
            "https://bbb.example.org/bigbluebutton/api/join",
            "JSESSIONID=A1; Path=/bigbluebutton; HttpOnly; Secure",
        );
        assert_eq!(get(&jar, "https://bbb.example.org/graphql").as_deref(), Some("JSESSIONID=A1"));
        assert_eq!(get(&jar, "https://portal.example.org/graphql"), None);
    }

    #[test]
    fn a_secure_cookie_is_not_sent_in_the_clear_except_on_this_machine() {
        let jar = HostJar::default();
        set(&jar, "https://bbb.example.org/", "a=1; Secure");
        assert_eq!(get(&jar, "http://bbb.example.org/"), None);
        set(&jar, "http://127.0.0.1:8090/", "b=2; Secure");
        assert_eq!(get(&jar, "http://127.0.0.1:8091/").as_deref(), Some("b=2"));
    }

    #[test]
    fn an_expired_cookie_goes_and_a_hostile_server_cannot_fill_the_memory() {
        let jar = HostJar::default();
        set(&jar, "https://h/", "a=1");
        set(&jar, "https://h/", "a=; Max-Age=0");
        assert_eq!(get(&jar, "https://h/"), None);
        set(&jar, "https://h/", &format!("big={}", "x".repeat(5000)));
        assert_eq!(get(&jar, "https://h/"), None);
        for index in 0..200 {
            set(&jar, "https://h/", &format!("c{index}=1"));
        }
        assert_eq!(get(&jar, "https://h/").unwrap().split("; ").count(), MAX_PER_HOST);
    }
}
