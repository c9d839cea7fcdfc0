//! Which browser on which system a `User-Agent` header is of, as far as a person knows their devices by it.
//!
//! A closed list and nothing of the header itself: it is what whoever signs in says of themselves, and is shown and mailed to
//! the account's owner. What is not on the list is not told.

use crate::wire::Device;

/// What tells a browser, the name that people know it by. The first that is found: browsers name those they are like, too.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// The same of systems.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// What a `User-Agent` header says of the device.
#[must_use]
pub fn device(header: &str) -> Device {
    let first = |list: &[(&str, &str)]| {
        list.iter().find(|(mark, _)| header.contains(mark)).map(|(_, name)| (*name).to_owned())
    };
    Device { browser: first(BROWSERS), system: first(SYSTEMS) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_told_from_those_they_are_like_and_strangers_say_nothing() {
        const WEBKIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (header, browser, system) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(), "Firefox", "Windows"),
            (format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0"), "Edge", "Windows"),
            (format!("Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/142.0.0.0 Safari/537.36"), "Chrome", "Linux"),
            (format!("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 OPR/125.0.0.0"), "Opera", "ChromeOS"),
            (format!("Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36"), "Chrome", "Android"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1".to_owned(),
                "Safari",
                "iPhone",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15".to_owned(),
                "Safari",
                "macOS",
            ),
        ] {
            let expected = Device { browser: Some(browser.to_owned()), system: Some(system.to_owned()) };
            assert_eq!(device(&header), expected, "{header}");
        }
        for unknown in ["", "curl/8.5.0", "You were hacked, see https://evil.example"] {
            assert_eq!(device(unknown), Device::default(), "{unknown}");
        }
    }
}
