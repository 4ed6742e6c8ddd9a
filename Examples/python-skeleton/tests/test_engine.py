"""The engine without a process: its handlers run against a dictionary. `python -m unittest` runs it."""

import json
import unittest

from my_skeleton import plugin_pb2 as pb
from my_skeleton.mounts import Mounts
from my_skeleton.storage import Refused
from tests.memory import Storage

MOUNT = bytes(16)


class Items(unittest.TestCase):
    def setUp(self):
        self.storage = Storage()
        self.mounts = Mounts()
        self.mounts.mount(pb.Mount(id=MOUNT, generation=1))

    def call(self, operation, path, data=None):
        body = json.dumps(data).encode() if data is not None else b""
        run = self.mounts.run(pb.Request(mount=MOUNT, operation=operation, path=path.encode(), data=body))
        return self.storage.finish(run)

    def test_what_was_written_is_read_listed_and_deleted(self):
        self.assertIsNone(self.call(pb.READ, "items/a"))
        self.call(pb.UPDATE, "items/a", {"value": "x"})
        self.assertEqual(self.call(pb.READ, "items/a"), {"value": "x"})
        self.assertEqual(self.call(pb.LIST, "items/"), {"keys": ["a"]})
        self.call(pb.DELETE, "items/a")
        self.assertEqual(self.storage.entries, {})

    def test_a_write_without_a_value_is_refused(self):
        for body in [None, {}, {"value": 5}, ["value"]]:
            with self.subTest(body=body), self.assertRaises(Refused) as refusal:
                self.call(pb.UPDATE, "items/a", body)
            self.assertEqual(refusal.exception.code, pb.INVALID_REQUEST)


if __name__ == "__main__":
    unittest.main()
