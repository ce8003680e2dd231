"""Pipeline of pre-processing, network and post-processing."""
