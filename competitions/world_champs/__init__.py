"""World Champs: rank the start list of a road race."""
