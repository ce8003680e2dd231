"""WHERE samples come from: one class a source, and the one data module that serves them all."""
