"""Class imbalance: the class prior of the test differs from that of train."""
