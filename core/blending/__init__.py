"""Blenders: how weights of members are found, and what they are worth on rows they have not seen."""
