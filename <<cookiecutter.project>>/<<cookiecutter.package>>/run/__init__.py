"""The run folder: how a job starts and ends, what it records, and how its result is loaded."""
