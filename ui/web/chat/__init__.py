"""Chat view: the conversation, its evidence, and the list of saved conversations."""
