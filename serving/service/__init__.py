"""The engine as a service: an ASGI application, and what keeps it well under load, in doubt and in change."""
