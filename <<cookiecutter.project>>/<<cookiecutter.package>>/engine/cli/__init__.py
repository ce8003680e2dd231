"""Command line: strict configs, help, resume, jobs and their records."""
