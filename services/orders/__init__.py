"""The orders service: products, stock, orders, payment and receipts over HTTP.

Nothing is imported here, so that a test of one module pays for that module only. Start at
`services.orders.app.create_app` (the HTTP application), `services.orders.dependencies` (what it
needs) or `python -m services.orders` (the process).
"""
