"""Chats: the list, the transcript, the composer, and the evidence beside them."""
