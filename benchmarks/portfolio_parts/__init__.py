"""The parts of the measurement of the portfolio: sets, candidates, cells, the order in which members pay."""
