"""HOW a sample becomes network food, and a prediction an answer."""
