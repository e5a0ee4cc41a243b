"""What the platform's settings get from tutoring. An error here would stop the platform from starting."""
