"""Makes searx's settings out of the example that its package ships: one offline engine, JSON answers.

Usage: searx_settings.py EXAMPLE DATABASE PORT > settings.yml
"""

import secrets
import sys

import yaml

example, database, port = sys.argv[1:]
with open(example, encoding="utf-8") as file:
    # The complete example: searx has no defaults for missing keys.
    settings = yaml.safe_load(file)

settings["server"].update(port=int(port), bind_address="127.0.0.1", secret_key=secrets.token_hex(16))
settings["search"]["formats"] = ["html", "json"]
settings["engines"] = [
    {
        "name": "facts",
        "shortcut": "f",
        "engine": "sqlite",
        "database": database,
        "result_template": "default.html",
        "query_str": "SELECT title, url, content FROM d WHERE title LIKE '%' || :query || '%'",
    }
]
yaml.safe_dump(settings, sys.stdout)
