"""Stand-ins for the outside services: for tests, and for a process without neighbours.

They keep the promises of the protocols in `services.orders.outside` (a key charges once, an object
can be read back), remember what they were asked, and can be told to fail. They live in the memory
of one process; several processes share the mock services under `services/mocks`.
"""
