"""Makes policies by which Chromium and Firefox search through the proxy: out of its OpenSearch descriptions alone.

Usage: policies.py PROXY_URL FOLDER
FOLDER/chromium is to stand at /etc/chromium, FOLDER/firefox at the distribution folder of Firefox.
"""

import json
import pathlib
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as xml

proxy, folder = sys.argv[1], pathlib.Path(sys.argv[2])
SPACE = {"": "http://a9.com/-/spec/opensearch/1.1/"}


def description(path):
    """The engine's name, and the Url element that searches."""
    with urllib.request.urlopen(proxy + path) as answer:
        root = xml.parse(answer).getroot()
    return root.findtext("ShortName", namespaces=SPACE), root.find("Url[@type='text/html']", SPACE)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")


name, url = description("/opensearch.xml")
assert url.get("method", "GET").upper() == "GET"
write(
    folder / "chromium/policies/managed/search.json",
    {
        "DefaultSearchProviderEnabled": True,
        "DefaultSearchProviderName": name,
        "DefaultSearchProviderSearchURL": url.get("template"),
    },
)

name, url = description("/opensearch-post.xml")
assert url.get("method").upper() == "POST"
form = [(field.get("name"), field.get("value")) for field in url.findall("Param", SPACE)]
engine = {
    "Name": name,
    "URLTemplate": url.get("template"),
    "Method": "POST",
    "PostData": urllib.parse.urlencode(form, safe="{}"),
}
write(
    folder / "firefox/policies.json",
    {"policies": {"SearchEngines": {"Add": [engine], "Default": name, "PreventInstalls": True}}},
)
