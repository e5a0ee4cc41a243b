"""What the platform's settings get from insights. An error here would stop the platform from starting."""
