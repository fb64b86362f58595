"""Measurements of the whole studio, run by hand or nightly; never timed tests. Each prints a table and writes JSON."""
