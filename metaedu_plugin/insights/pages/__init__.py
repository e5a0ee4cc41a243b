"""The pages behind the page: an item, a learner, a message, and what is done there."""
