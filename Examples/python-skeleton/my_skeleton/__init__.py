"""A plugin for Coffer, on the bare protocol.

    engine.py     your part: the paths, and what is done there
    mounts.py     what each mount is, and which handler serves a request
    storage.py    what a handler may ask of the core while it works on a request
    lane.py       one connection to the core: handshake, calls, deadlines, the end
    frames.py     bytes into frames, frames into messages, and what is wrong with them
    process.py    the process: sockets, signals, the loop

PROTOCOL.md of Coffer is the specification; comments here say "PROTOCOL: Calls" for its paragraphs. `plugin_pb2`
is made from plugin.proto by build.py.
"""

NAME = "my-skeleton"
VERSION = "0.1.0"
