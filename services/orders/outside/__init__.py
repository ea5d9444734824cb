"""The outside services: what orders needs of them (protocols), and the clients that speak to them.

Every client has a stand-in in `services.orders.fakes` that keeps the same promises in memory.
"""
