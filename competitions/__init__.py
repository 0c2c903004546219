"""One folder a competition; each stands on the core and knows no other."""
