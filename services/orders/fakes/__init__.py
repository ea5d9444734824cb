"""Stand-ins for the outside services: for tests, and for processes without neighbours.

They keep the promises of the protocols in `services.orders.outside` (a key charges once, an object
can be read back) and remember what they were asked. `Fake…` live in the memory of one process and
can be told to fail; `Folder…` live in a folder, for several processes on one machine.
"""
