"""Class priors: what is known of those of the test, and probabilities corrected from one to another."""

from core.priors.correction import class_shares, correct_prior, prior_weights, priors_of_rows
from core.priors.estimation import Evidence, estimated_prior
from core.priors.prior import Prior

__all__ = ["Evidence", "Prior", "class_shares", "correct_prior", "estimated_prior", "prior_weights", "priors_of_rows"]
