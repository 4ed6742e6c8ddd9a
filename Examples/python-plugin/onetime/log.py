"""The log: one JSON object a line on standard error, written at once. Nothing that a client sent goes there."""

import json
import os


def log(level, message, **values):
    line = json.dumps({"@level": level, "@message": message, **values}) + "\n"
    os.write(2, line.encode())
