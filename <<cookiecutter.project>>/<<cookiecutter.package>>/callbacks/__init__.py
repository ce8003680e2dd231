"""What happens beside training: checkpoints and pictures."""
