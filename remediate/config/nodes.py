"""When two nodes of the configuration are one: the same machine and port, however they are written. Opens nothing."""

from __future__ import annotations

from ipaddress import ip_address

from remediate.config.archive import ArchiveSettings

_HERE = "127.0.0.1"


def place_of(host: str, port: int) -> tuple[str, int]:
    """Where somebody listens, as far as its name tells without asking anybody."""
    name = host.strip().rstrip(".").casefold()
    if name in ("localhost", "ip6-localhost"):
        return _HERE, port
    try:
        address = ip_address(name.strip("[]"))
    except ValueError:
        return name, port
    return (_HERE if address.is_loopback or address.is_unspecified else str(address)), port


def places_of(archive: ArchiveSettings) -> frozenset[tuple[str, int]]:
    """Where a node is asked, and where it takes stores."""
    node = archive.store
    return frozenset({place_of(archive.host, archive.port), *([place_of(node.host, node.port)] if node else ())})
