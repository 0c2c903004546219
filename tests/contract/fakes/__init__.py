"""Five awkward competitions, each of a shape that a plain table does not have."""
