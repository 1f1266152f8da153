"""Conversation history: questions, answers and their evidence in a database."""
