"""Chat view: the conversation, the evidence beside it, and the list of saved conversations."""
