//! The window as a person uses it: things are found by what they are and what they are called, never by their markup.

use crate::driver::{Driver, Element};
use crate::place::{self, eventually};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use xtask::desk::{Desk, Folder};
use xtask::trouble::{Outcome, Trouble};

const PATIENCE: Duration = Duration::from_secs(20);

/// Finds by role and accessible name; `name` may be a part unless `exact`.
const FINDER: &str = r#"
const [role, name, exact] = arguments;
const implied = {
  button: 'button,[role=button]', link: 'a[href],[role=link]', textbox: 'input:not([type]),input[type=text],input[type=url],input[type=search],textarea,[role=textbox]',
  dialog: 'dialog,[role=dialog],[role=alertdialog]', listitem: 'li,[role=listitem],[role=row],[role=option]', option: '[role=option]',
  menuitem: '[role^=menuitem]', region: 'section,[role=region],main,nav', heading: 'h1,h2,h3,[role=heading]', switch: '[role=switch],input[type=checkbox]',
  radio: 'label:has(input[type=radio]),[role=radio]', img: 'img,canvas,[role=img]', row: '[role=row],li', status: '[role=status],[role=alert],[aria-live]',
};
const squeeze = text => (text || '').replace(/[\u00a0\u202f\u2009]/g, ' ').replace(/\u2019/g, String.fromCharCode(39)).replace(/\s+/g, ' ').trim();
const called = element => {
  const by = element.getAttribute('aria-labelledby');
  if (by) return squeeze(by.split(/\s+/).map(id => document.getElementById(id)?.textContent ?? '').join(' '));
  if (element.getAttribute('aria-label')) return squeeze(element.getAttribute('aria-label'));
  if (element.labels?.length) return squeeze([...element.labels].map(label => label.textContent).join(' '));
  return squeeze(element.textContent) || squeeze(element.getAttribute('placeholder') || element.getAttribute('title'));
};
const seen = element => !element.closest('[aria-hidden=true],[inert]') && (element.checkVisibility ? element.checkVisibility({ visibilityProperty: true }) : element.getClientRects().length > 0);
const wanted = squeeze(name);
for (const element of document.querySelectorAll(implied[role] ?? `[role=${role}]`)) {
  const label = called(element);
  if ((exact ? label === wanted : label.includes(wanted)) && seen(element)) return element;
}
return null;
"#;

const TEXT: &str = r"return document.body.innerText.replace(/[\u00a0\u202f\u2009]/g, ' ').replace(/\u2019/g, String.fromCharCode(39)).replace(/\s+/g, ' ');";

/// The real window on a desk.
#[derive(Debug)]
pub struct Window {
    driver: Driver,
    // Its settings and what it remembers, gone with the test.
    _home: Folder,
}

impl Window {
    /// Opens it in `language` (`fr`, `en`) with nothing remembered.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn open(desk: &Desk, language: &str, args: &[&str]) -> Outcome<Self> {
        let home = Folder::new()?;
        let country = if language == "fr" { "fr_FR" } else { "en_GB" };
        let folder = |name: &str| home.path().join(name).display().to_string();
        speak(country, home.path())?;
        let environment = [
            ("LOCPATH", folder("")),
            ("LC_ALL", format!("{country}.UTF-8")),
            ("LANGUAGE", language.to_owned()),
            ("XDG_CONFIG_HOME", folder("config")),
            ("XDG_DATA_HOME", folder("data")),
            ("XDG_CACHE_HOME", folder("cache")),
        ];
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let driver = Driver::open(desk, &place::window_program()?, &args, &environment).await?;
        Ok(Self { driver, _home: home })
    }

    /// The thing of that role whose name contains `name`, as soon as it is there.
    ///
    /// # Errors
    /// It does not appear in 20 s.
    pub async fn the(&self, role: &str, name: &str) -> Outcome<Element> {
        let found = eventually(&format!("the {role} “{name}”"), PATIENCE, async || self.now(role, name).await).await;
        match found {
            Ok(element) => Ok(element),
            Err(trouble) => {
                Err(Trouble::new(format!("{trouble}; the window says: {}", self.text().await.unwrap_or_default())))
            }
        }
    }

    /// The same if it is there now.
    pub async fn now(&self, role: &str, name: &str) -> Option<Element> {
        self.driver.find(FINDER, &[json!(role), json!(name), json!(false)]).await.ok().flatten()
    }

    /// Presses a button by its name.
    ///
    /// # Errors
    /// It does not appear, or cannot be pressed within 20 s.
    pub async fn press(&self, name: &str) -> Outcome<()> {
        self.click("button", name).await
    }

    /// Clicks the thing of that role and name. One that is just moving or covered is tried again.
    ///
    /// # Errors
    /// It does not appear, or cannot be clicked within 20 s.
    pub async fn click(&self, role: &str, name: &str) -> Outcome<()> {
        self.the(role, name).await?;
        let mut last = None;
        let clicked = eventually(&format!("a click on “{name}”"), PATIENCE, async || {
            let element = self.now(role, name).await?;
            self.driver.click(&element).await.map_err(|trouble| last = Some(trouble)).ok()
        })
        .await;
        clicked
            .map_err(|trouble| Trouble::new(format!("{trouble}; {}", last.map(|t| t.to_string()).unwrap_or_default())))
    }

    /// Types into the field of that name.
    ///
    /// # Errors
    /// It does not appear.
    pub async fn fill(&self, name: &str, text: &str) -> Outcome<()> {
        let field = self.the("textbox", name).await?;
        self.driver.fill(&field, text).await
    }

    /// Presses keys together.
    ///
    /// # Errors
    /// The window is gone.
    pub async fn keys(&self, keys: &[&str]) -> Outcome<()> {
        self.driver.keys(keys).await
    }

    /// Everything it says, in one line.
    ///
    /// # Errors
    /// The window is gone.
    pub async fn text(&self) -> Outcome<String> {
        Ok(self.driver.script(TEXT, &[]).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until it says `text`.
    ///
    /// # Errors
    /// It does not within 20 s.
    pub async fn says(&self, text: &str) -> Outcome<()> {
        self.says_within(text, PATIENCE).await
    }

    /// Waits longer.
    ///
    /// # Errors
    /// It does not within `limit`.
    pub async fn says_within(&self, text: &str, limit: Duration) -> Outcome<()> {
        let waited =
            eventually(&format!("“{text}”"), limit, async || self.text().await.ok()?.contains(text).then_some(()))
                .await;
        match waited {
            Ok(()) => Ok(()),
            Err(trouble) => {
                Err(Trouble::new(format!("{trouble}; the window says: {}", self.text().await.unwrap_or_default())))
            }
        }
    }

    /// Waits until it no longer says `text`.
    ///
    /// # Errors
    /// It still does after 20 s.
    pub async fn unsays(&self, text: &str) -> Outcome<()> {
        let gone = async || (!self.text().await.ok()?.contains(text)).then_some(());
        eventually(&format!("“{text}” to go"), PATIENCE, gone).await
    }

    /// Runs a script in the page.
    ///
    /// # Errors
    /// It throws, or the window is gone.
    pub async fn script(&self, script: &str, args: &[Value]) -> Outcome<Value> {
        self.driver.script(script, args).await
    }

    /// Its process, the root of its tree.
    ///
    /// # Errors
    /// It has ended.
    pub fn process(&self) -> Outcome<u32> {
        self.driver.program()
    }

    /// Closes it.
    ///
    /// # Errors
    /// It is gone already.
    pub async fn close(self) -> Outcome<()> {
        self.driver.close().await
    }
}

/// Makes the system speak the language of `country`, for one window: a machine of ours may know none but C.
fn speak(country: &str, folder: &Path) -> Outcome<()> {
    let to = folder.join(format!("{country}.UTF-8"));
    let mut make = Command::new("localedef");
    make.args(["--no-archive", "-i", country, "-f", "UTF-8"]).arg(&to).stdout(Stdio::null()).stderr(Stdio::null());
    make.status().map_err(|_| Trouble::missing("localedef", "`cargo xtask test` installs it"))?;
    // It warns by its status of trifles in the system's own definitions.
    if to.join("LC_CTYPE").exists() {
        Ok(())
    } else {
        Err(Trouble::new(format!("the locale {country} cannot be made: check that the package locales is installed")))
    }
}
