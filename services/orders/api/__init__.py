"""The HTTP side of the service: routes, bodies and errors; all decisions are made elsewhere."""
