"""A class that is made up: what its learners know, how they answer, and when."""
