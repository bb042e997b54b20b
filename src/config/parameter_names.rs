//! The parameter names of one partner's requests: each is sent once, and none promises data about the user.

use url::Url;

use crate::config::table_reader::TableReader;
use crate::config::toml_value::Located;

/// Names under which partners expect data about the user, as [`normalize`] returns them. A name is compared as a whole
/// and segment by segment, so that `userContext.ipAddress`, `user[ip]` and `geo.city` are recognised.
const IDENTIFYING_PARAMETERS: &[&str] = &[
    // The user's address.
    "affildata",
    "browserip",
    "clientaddress",
    "clientip",
    "customerip",
    "enduserip",
    "forwardedfor",
    "ip",
    "ipaddr",
    "ipaddress",
    "ipv4",
    "ipv6",
    "originip",
    "realip",
    "remoteaddr",
    "remoteaddress",
    "remoteip",
    "sourceip",
    "useraddress",
    "userip",
    "visitorip",
    "xff",
    "xforwardedfor",
    // The user's browser and device.
    "browseragent",
    "clientua",
    "clientuseragent",
    "deviceid",
    "fingerprint",
    "gaid",
    "idfa",
    "imei",
    "ua",
    "useragent",
    // Where the user is.
    "city",
    "clientlocation",
    "coordinates",
    "coords",
    "geo",
    "geocode",
    "geoip",
    "geolocation",
    "gps",
    "lat",
    "latitude",
    "latlng",
    "latlon",
    "latlong",
    "lng",
    "location",
    "lon",
    "long",
    "longitude",
    "postalcode",
    "postcode",
    "timezone",
    "userlocation",
    "uule",
    "zip",
    "zipcode",
    // What follows the user.
    "cookie",
    "cookies",
    "email",
    "referer",
    "referrer",
    "sessionid",
    "sessiontoken",
];

/// Whether partners expect data about the user under this name.
pub(super) fn is_identifying(name: &str) -> bool {
    let is_listed = |name: &str| IDENTIFYING_PARAMETERS.contains(&normalize(name).as_str());
    is_listed(name) || name.split(['.', '[', ']', '/', ':']).any(is_listed)
}

/// The letters and digits of a name, in lower case: `user_ip`, `User-IP` and `userIp` are one name.
fn normalize(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect()
}

/// The parameters that a partner's requests have so far, each with the key that names it.
#[derive(Debug)]
pub(super) struct ParameterNames {
    used: Vec<(String, String)>,
    /// Whether a dot in a name makes a nested object (`method = "POST-JSON"`).
    are_nested: bool,
}

impl ParameterNames {
    /// The parameters in the query of a partner's `url`, with percent escapes decoded.
    pub(super) fn of_url(table: &TableReader<'_>, url: Option<&Located<Url>>, are_nested: bool) -> Self {
        let mut used: Vec<(String, String)> = Vec::new();
        for (url, name) in url.into_iter().flat_map(|url| url.value.query_pairs().map(move |(name, _)| (url, name))) {
            if used.iter().any(|(known, _)| *known == name) {
                continue; // Some interfaces take a parameter several times: `engine=a&engine=b`.
            }
            if is_identifying(&name) {
                let message = format!(
                    "partners expect data about the user in the parameter {name}; remove it, or, if your contract asks for a \
                     constant of yours, write fixed = {{ \"{name}\" = {{ own = \"…\" }} }}"
                );
                table.error_at(url, message);
            }
            used.push((name.into_owned(), url.key.clone()));
        }
        Self { used, are_nested }
    }

    /// Adds the parameter that is named at `place`, and reports that it is there already.
    pub(super) fn add<T>(&mut self, table: &TableReader<'_>, name: &str, place: &Located<T>) {
        if let Some((known, key)) = self.used.iter().find(|(known, _)| self.collide(known, name)) {
            let what = if known == name { "this parameter" } else { "a part or the whole of this object" };
            table.error_at(place, format!("{key} already sends {what}; remove one of the two, or choose another name"));
        }
        self.used.push((name.to_owned(), place.key.clone()));
    }

    /// Whether only one of two parameters can be sent: they are equal, or one is an object that contains the other.
    fn collide(&self, one: &str, other: &str) -> bool {
        let contains = |object: &str, inner: &str| inner.strip_prefix(object).is_some_and(|rest| rest.starts_with('.'));
        one == other || self.are_nested && (contains(one, other) || contains(other, one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_names_of_user_data_in_every_spelling() {
        for name in [
            "ip",
            "IP",
            "user_ip",
            "userIP",
            "User-Ip",
            "affilData",
            "userContext.ipAddress",
            "user.ip",
            "user[ip]",
            "clientContext.userAgent",
            "context.location.country",
            "location",
            "userLocation",
            "geo",
            "lat",
            "lon",
            "X-Forwarded-For",
            "session_id",
            "sessionId",
            "device.deviceId",
        ] {
            assert!(is_identifying(name), "{name}");
        }
    }

    #[test]
    fn leaves_other_names_alone() {
        for name in [
            "q",
            "query.queryText",
            "lang",
            "market",
            "country",
            "count",
            "tip",
            "zipped",
            "uid",
            "clientId",
            "pc",
            "type",
            "filters.region",
            "clientContext.clientId",
            "folderId",
            "l10n",
            "description",
            "",
            ".",
            "ips",
            "relation",
        ] {
            assert!(!is_identifying(name), "{name}");
        }
    }

    #[test]
    fn every_listed_name_is_normal_and_listed_once() {
        let mut sorted = IDENTIFYING_PARAMETERS.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), IDENTIFYING_PARAMETERS.len());
        assert!(IDENTIFYING_PARAMETERS.iter().all(|name| normalize(name) == *name));
    }
}
