"""The pipeline: pre-processing, network, post-processing."""
