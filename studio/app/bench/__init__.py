"""Comparisons of providers on one and the same task: who hears, answers and speaks how fast, how well, for how much."""
