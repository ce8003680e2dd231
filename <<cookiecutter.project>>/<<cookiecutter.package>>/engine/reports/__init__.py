"""Tables, charts and pages about data and runs."""
