"""How the drivers reach Redis: the tests' URL, as our own programs read it."""
import sys
import urllib.parse

import redis


def options(url):
    """The arguments of redis-py's clients for a URL such as redis://host:port/3 or unix:/path?db=3."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "unix":
        database = urllib.parse.parse_qs(parts.query).get("db", ["0"])[0]
        return {"unix_socket_path": parts.path, "db": int(database)}
    return {"host": parts.hostname, "port": parts.port or 6379, "password": parts.password,
            "db": int(parts.path.strip("/") or 0)}


def connect(url):
    return redis.Redis(**options(url))


if __name__ == "__main__" and sys.argv[1:] == ["--check"]:
    assert options("unix:/tmp/r.sock?db=3") == {"unix_socket_path": "/tmp/r.sock", "db": 3}
