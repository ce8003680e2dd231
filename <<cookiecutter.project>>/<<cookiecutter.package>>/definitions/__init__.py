"""Definitions of problems: one file per problem, with its fields, sizes and metrics.

A new definition costs one file here, and a dataset that returns it.
"""
