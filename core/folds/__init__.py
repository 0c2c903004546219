"""Folds: how a run imitates the difference between train and test."""

from core.folds.fold import BrokenPromise, Fold, Folds
from core.folds.splitters import given, group, group_time, random, stratified, stratified_group, time

__all__ = [
    "BrokenPromise",
    "Fold",
    "Folds",
    "given",
    "group",
    "group_time",
    "random",
    "stratified",
    "stratified_group",
    "time",
]
