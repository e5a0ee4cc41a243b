"""What the platform's settings get from the registry. An error here would stop the platform from starting."""
