"""The command line: strict configs, resume, the job and its records."""
