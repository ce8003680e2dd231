"""Engine of the project: training, data, checkpoints and reports; comes with the template and is updated by it."""
