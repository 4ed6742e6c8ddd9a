"""The process's mounts, and requests for them. PROTOCOL: Mounts, Requests."""

import json

from onetime import engine
from onetime import plugin_pb2 as pb
from onetime.storage import Refused, Run


class Mounts:
    """They belong to the process: every lane serves them."""

    def __init__(self):
        self._mounts = {}

    def mount(self, spec):
        """Idempotent by id and generation. This engine has no options, so a new generation changes nothing."""
        known = self._mounts.get(spec.id)
        if known is None or spec.generation > known[0]:
            known = (spec.generation, pb.MountReply(routes=engine.routes()))
            self._mounts[spec.id] = known
        return known[1]

    def unmount(self, mount):
        self._mounts.pop(mount, None)

    def run(self, message):
        if message.mount not in self._mounts:
            raise Refused(pb.UNAVAILABLE, "no such mount in this process")
        try:
            path = message.path.decode()
        except UnicodeDecodeError:
            raise Refused(pb.INVALID_REQUEST, "the path is not UTF-8") from None
        if path == "" and message.operation == pb.HELP:
            handler = engine.show_help
        else:
            handler = engine.handler(path, message.operation)
        return Run(handler, Request(path, message.data), message.prefetched)


class Request:
    def __init__(self, path, data):
        self.path = path
        self._data = data

    def body(self):
        """The client's JSON object; an empty one if it sent none. Two parsers could read two things in an
        object that has a key twice, so that is none."""
        if not self._data:
            return {}
        try:
            body = json.loads(self._data.decode(), object_pairs_hook=_object, parse_constant=_no_constant)
            # Half of a surrogate pair is no text that could be stored.
            json.dumps(body, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise Refused(pb.INVALID_REQUEST, "the data are not a JSON object") from None
        if not isinstance(body, dict):
            raise Refused(pb.INVALID_REQUEST, "the data are not a JSON object")
        return body


def _object(pairs):
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _no_constant(_):
    raise ValueError("not a number of JSON's")
