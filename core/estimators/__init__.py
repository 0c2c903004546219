"""Estimators in scikit-learn's shape that handle categories, missing values, threads and seeds themselves."""
