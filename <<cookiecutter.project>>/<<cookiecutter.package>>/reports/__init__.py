"""What can be looked at: tables and pages about data and runs."""
