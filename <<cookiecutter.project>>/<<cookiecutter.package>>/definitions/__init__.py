"""Definitions of problems: one file per problem, with its fields, sizes and metrics.

A new definition, or a subclass with another metric, needs one file here, and a dataset that returns it.
"""
