"""The view of a conversation, with its evidence."""
