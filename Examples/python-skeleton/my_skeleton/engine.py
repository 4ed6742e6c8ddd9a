"""The engine: keeps a value under a name.

A handler is a generator. It yields what it wants to read or write, is sent the result, and returns an answer;
see storage.py.
"""

import re

from my_skeleton import plugin_pb2 as pb
from my_skeleton.storage import Answer, Get, List, Refused, Write

NAMES = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")


def bits(*operations):
    return sum(1 << operation for operation in operations)


def routes():
    """What the core is told: it routes, shows help, and makes the OpenAPI document by it."""
    item = pb.RouteDeclaration(
        pattern=b"items/:name", operations=bits(pb.READ, pb.UPDATE, pb.DELETE),
        existence=b"items/{name}", summary=b"Keep, read and delete a value.")
    item.fields.add(name=b"name", kind=pb.STRING, help=b"Name of the item.")
    item.fields.add(name=b"value", kind=pb.STRING, help=b"For writes: what to keep.")
    # The core may send this entry along with the request, which saves a round trip.
    item.reads.add(operations=bits(pb.READ), keys=[b"items/{name}"])
    items = pb.RouteDeclaration(pattern=b"items/?", operations=bits(pb.LIST), summary=b"List the items.")
    return [item, items]


def handler(path, operation):
    """The handler for a request, or how it is refused."""
    if path in ("items", "items/"):
        handlers = {pb.LIST: list_items}
    elif re.fullmatch("items/[^/]+", path):
        # A route without CREATE serves it by its UPDATE.
        handlers = {
            pb.READ: read_item, pb.CREATE: write_item, pb.UPDATE: write_item, pb.DELETE: delete_item}
    else:
        raise Refused(pb.UNSUPPORTED_PATH, "unsupported path")
    if operation == pb.HELP:
        return show_help
    if operation not in handlers:
        raise Refused(pb.UNSUPPORTED_OPERATION, "unsupported operation")
    return handlers[operation]


def key(request):
    name = request.path.removeprefix("items/")
    # A name becomes part of a key. What could lead out of its folder is not one.
    if not NAMES.fullmatch(name):
        raise Refused(pb.INVALID_REQUEST, "a name has letters, digits, \"-\", \"_\" and \".\"")
    return "items/" + name


def read_item(request):
    place = key(request)
    stored = (yield Get([place]))[place]
    # Without data it is 404 for a read.
    return Answer() if stored is None else Answer({"value": stored.decode()})


def write_item(request):
    place = key(request)
    value = request.body().get("value")
    if not isinstance(value, str):
        # Shown to the client.
        raise Refused(pb.INVALID_REQUEST, "missing value")
    yield Write(puts={place: value.encode()})
    return Answer()


def delete_item(request):
    yield Write(deletes=[key(request)])
    return Answer()


def list_items(request):
    names, after, more = [], "", True
    while more:
        page, more = yield List("items/", after)
        names += page
        after = names[-1] if names else ""
        more = more and bool(page)
    return Answer({"keys": names} if names else None)


def show_help(request):
    lines = [f"    {route.pattern.decode()}\n        {route.summary.decode()}\n" for route in routes()]
    return Answer({"help": "## PATHS\n\n" + "\n".join(lines), "see_also": []})
    yield  # A generator like the others.
