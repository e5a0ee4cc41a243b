"""The service under load, beside others that serve the same bundle."""
