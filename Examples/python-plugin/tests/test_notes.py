"""The engine without a process: its handlers run against a dictionary. `python -m unittest` runs it."""

import json
import unittest

from onetime import engine, plugin_pb2 as pb
from onetime.mounts import Mounts
from onetime.storage import Refused
from tests.memory import Storage

MOUNT = bytes(16)


class Notes(unittest.TestCase):
    def setUp(self):
        self.storage = Storage()
        self.mounts = Mounts()
        self.mounts.mount(pb.Mount(id=MOUNT, generation=1))

    def call(self, operation, path, data=None):
        body = json.dumps(data).encode() if data is not None else b""
        run = self.mounts.run(pb.Request(mount=MOUNT, operation=operation, path=path.encode(), data=body))
        return self.storage.finish(run)

    def refused(self, *call):
        with self.assertRaises(Refused) as refusal:
            self.call(*call)
        return refusal.exception.code

    def test_a_note_is_gone_after_its_last_read(self):
        self.call(pb.UPDATE, "notes/door", {"note": "4711", "reads": "2"})
        self.assertEqual(self.call(pb.READ, "notes/door"), {"note": "4711", "reads_left": 1})
        self.assertEqual(self.call(pb.READ, "notes/door"), {"note": "4711", "reads_left": 0})
        self.assertIsNone(self.call(pb.READ, "notes/door"))
        self.assertEqual(self.storage.entries, {})

    def test_of_two_who_read_the_last_time_at_once_one_gets_it(self):
        self.call(pb.UPDATE, "notes/a", {"note": "x"})
        others = []
        self.storage.before_commit = lambda: others.append(self.call(pb.READ, "notes/a"))
        self.assertIsNone(self.call(pb.READ, "notes/a"))
        self.assertEqual(others, [{"note": "x", "reads_left": 0}])

    def test_a_note_is_not_overwritten(self):
        self.call(pb.CREATE, "notes/a", {"note": "x"})
        self.assertEqual(self.refused(pb.UPDATE, "notes/a", {"note": "y"}), pb.INVALID_REQUEST)
        self.call(pb.DELETE, "notes/a")
        self.call(pb.CREATE, "notes/a", {"note": "y"})

    def test_what_is_no_note_is_refused(self):
        for body in [None, {}, {"note": ""}, {"note": 5}, {"note": "x", "reads": 0}, {"note": "x", "reads": 101},
                     {"note": "x", "reads": True}, {"note": "x", "reads": "many"}, ["note"]]:
            with self.subTest(body=body):
                self.assertEqual(self.refused(pb.UPDATE, "notes/a", body), pb.INVALID_REQUEST)
        for name in ["..", ".", "a b", "é", "a\0", "x" * 129]:
            with self.subTest(name=name):
                self.assertEqual(self.refused(pb.UPDATE, f"notes/{name}", {"note": "x"}), pb.INVALID_REQUEST)
        self.assertEqual(self.refused(pb.READ, "elsewhere"), pb.UNSUPPORTED_PATH)
        self.assertEqual(self.refused(pb.PATCH, "notes/a"), pb.UNSUPPORTED_OPERATION)
        self.assertEqual(self.storage.entries, {})

    def test_a_list_names_what_is_there(self):
        self.assertIsNone(self.call(pb.LIST, "notes/"))
        for name in ["b", "a"]:
            self.call(pb.UPDATE, f"notes/{name}", {"note": "x"})
        self.assertEqual(self.call(pb.LIST, "notes"), {"keys": ["a", "b"]})

    def test_every_declared_operation_has_a_handler(self):
        for route in engine.routes():
            path = route.pattern.decode().replace(":name", "a").removesuffix("?")
            for operation in pb.Operation.values():
                if route.operations & (1 << operation):
                    self.assertTrue(engine.handler(path, operation))


if __name__ == "__main__":
    unittest.main()
